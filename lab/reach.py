# SPDX-License-Identifier: Apache-2.0
"""Does a guest answer while it moves: asked from a place that stays.

The place is a port on a compute host's br-data, the bridge between the hosts,
with the VLAN tag that the guest's network has there. It need not be the host
where the guest is, nor one where the guest will be.
"""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab import settings
from lab.probe import Guest, Nic, Unreachable, enter, on, plugged

BRIDGE = 'br-data'
PING = settings.HERE / 'guest' / 'ping.py'


@dataclass
class Pings:
    """Known once the block has ended; `silence` is in seconds."""

    sent: int = 0
    lost: int = 0
    silence: float = 0.0


def vlan(host: str, nic: Nic) -> int:
    """Between the hosts, as Neutron's agent on the guest's host has it."""
    key = 'other_config:segmentation_id'
    command = ('ovs-vsctl', 'get', 'Port', nic.device('qvo'), key)
    return int(on(host, *command).strip().strip('"'))


@contextmanager
def pinged(guest: Guest, seat: str, nic: int = 0) -> Iterator[Pings]:
    """Twenty times a second from the host `seat`, as long as the block."""
    found = guest.nics[nic]
    pings = Pings()
    tag = vlan(guest.host, found)
    with plugged(seat, BRIDGE, found.device('see'), tag) as device:
        address = f'{found.link_local}%{device}'
        command = (settings.PYTHON, PING, address)
        with subprocess.Popen(
            [*enter(seat), *map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            if process.stdout.readline() != 'answers\n':
                raise Unreachable(f'no ping from {seat} is answered')
            yield pings
            counted, _ = process.communicate()
    pings.__dict__.update(json.loads(counted))
