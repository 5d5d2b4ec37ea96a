# SPDX-License-Identifier: Apache-2.0
"""The cables: a management, a data and a migration network between the hosts.

All are bridges inside the controller's namespace, where the machine's own
packet filter does not see them. The machine itself has one cable to the
management network, so that a person's curl reaches the services. No host has
a default route, so nothing that comes from elsewhere gets an answer.

Between compute hosts libvirt and QEMU take guests over without asking who
sends them. So they listen on the migration network, to which neither the
machine nor its users have a way: its root alone could make one.
"""

import contextlib
import json
import os
import subprocess

from lab import settings
from lab.hosts import CONTROLLER, Host, first_process

CABLE = 'nlt-lab'
BRIDGES = ('mgmt0', 'data0', 'move0')


def _ip(pid: int, *words: str) -> str:
    command = ['nsenter', '--target', str(pid), '--net', 'ip', *words]
    return subprocess.run(
        command, check=True, capture_output=True, text=True
    ).stdout


def _devices(pid: int) -> set[str]:
    return {link['ifname'] for link in json.loads(_ip(pid, '-j', 'link'))}


def _pid(host: Host) -> int:
    pid = first_process(host)
    if pid is None:
        raise SystemExit(f'{host.name} went off while the lab was starting.')
    return pid


def check_unused() -> None:
    """Refuse to shadow a network that the machine already knows."""
    subnet = f'{settings.NETWORK}.0/{settings.PREFIX}'
    for route in json.loads(
        _ip(os.getpid(), '-j', 'route', 'show', 'root', subnet)
    ):
        if route.get('dev') != CABLE:
            raise SystemExit(
                f'{subnet} is taken on this machine, by {route["dev"]}.'
            )


def plug(*computes: Host) -> None:
    controller = _pid(CONTROLLER)
    for bridge in BRIDGES:
        if bridge not in _devices(controller):
            _ip(controller, 'link', 'add', bridge, 'type', 'bridge')
            _ip(controller, 'link', 'set', bridge, 'up')
    _address(controller, 'mgmt0', CONTROLLER.address)
    _plug(controller, 'mgmt0', 'mgmt-machine', os.getpid(), CABLE)
    _address(os.getpid(), CABLE, f'{settings.NETWORK}.1')
    for host in computes:
        pid = _pid(host)
        for bridge in BRIDGES:
            _plug(controller, bridge, f'{bridge[:4]}-{host.name}', pid, bridge)
        _address(pid, 'move0', host.move_address)
        # The last: the host waits for it (lab/boot.py).
        _address(pid, 'mgmt0', host.address)


def _plug(controller: int, bridge: str, near: str, pid: int, far: str) -> None:
    """A cable from the controller's bridge to another namespace."""
    if near in _devices(controller) and far in _devices(pid):
        return
    # After a host's end its cables go in their own time: go ahead of them.
    _delete(controller, near)
    _delete(pid, far)
    peer = ('peer', 'name', far, 'netns', str(pid))
    _ip(controller, 'link', 'add', near, 'type', 'veth', *peer)
    _ip(controller, 'link', 'set', near, 'master', bridge, 'up')
    _ip(pid, 'link', 'set', far, 'up')


def _delete(pid: int, device: str) -> None:
    with contextlib.suppress(subprocess.CalledProcessError):
        _ip(pid, 'link', 'delete', device)


def _address(pid: int, device: str, address: str) -> None:
    _ip(
        pid,
        'address',
        'replace',
        f'{address}/{settings.PREFIX}',
        'dev',
        device,
    )


def unplug_machine() -> None:
    """It goes with the controller's namespace, but that may take a moment."""
    _delete(os.getpid(), CABLE)
