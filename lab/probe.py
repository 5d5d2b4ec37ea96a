# SPDX-License-Identifier: Apache-2.0
"""Reach a guest from its compute host, and make it work.

The guest has no address from anyone. An internal port on the integration
bridge, with the VLAN tag of the guest's network, sees its link-local one.
"""

import ipaddress
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from lab import hosts, settings

BRIDGE = 'br-int'
# Nova cuts its device names like this.
ID_LENGTH = 11
TALK = settings.HERE / 'guest' / 'talk.py'
PATIENCE = 120


class Failed(Exception):
    """A command on a lab host failed."""


class Unreachable(Failed):
    """The guest does not answer, or answered nonsense."""


def enter(host: str) -> list[str]:
    """As hosts.enter; but a host that is off ends nobody's program."""
    try:
        return hosts.enter(hosts.find(host))
    except SystemExit as problem:
        raise Unreachable(str(problem)) from None


def on(host: str, *command: object) -> str:
    """Run a command on a lab host; its output."""
    done = subprocess.run(
        [*enter(host), *map(str, command)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        words = ' '.join(map(str, command))
        raise Failed(f'{host}: {words}: {done.stderr.strip()}')
    return done.stdout


def host_of(server_id: str) -> str:
    """The lab's compute host that runs this server's domain."""
    for host in filter(hosts.first_process, hosts.COMPUTES):
        uuids = on(host.name, 'virsh', 'list', '--uuid').split()
        if server_id in uuids:
            return host.name
    raise Unreachable(f'no compute host runs server {server_id}')


@dataclass(frozen=True)
class Nic:
    port_id: str
    mac: str

    def device(self, prefix: str) -> str:
        return prefix + self.port_id[:ID_LENGTH]

    @property
    def link_local(self) -> str:
        """What the guest's kernel makes of the MAC (modified EUI-64)."""
        octets = bytes.fromhex(self.mac.replace(':', ''))
        first = bytes([octets[0] ^ 2]) + octets[1:3]
        tail = first + b'\xff\xfe' + octets[3:]
        return str(ipaddress.IPv6Address(b'\xfe\x80' + bytes(6) + tail))


def _vlan(host: str, nic: Nic) -> int:
    """The agent tags the guest's port a moment after Nova has plugged it."""
    end = time.monotonic() + PATIENCE
    command = ('ovs-vsctl', 'get', 'Port', nic.device('qvo'), 'tag')
    while not (tag := on(host, *command).strip()).isdigit():
        if time.monotonic() > end:
            raise Unreachable(f'no VLAN tag on {nic.device("qvo")}')
        time.sleep(0.2)
    return int(tag)


@contextmanager
def plugged(host: str, bridge: str, device: str, tag: int) -> Iterator[str]:
    """A port of our own on a bridge; gone again afterwards."""
    of_device = ('--', 'set', 'Interface', device, 'type=internal')
    vsctl = ('ovs-vsctl', '--timeout=10')
    on(host, *vsctl, '--if-exists', 'del-port', device)
    on(host, *vsctl, 'add-port', bridge, device, f'tag={tag}', *of_device)
    try:
        # Nobody else has this address: no need to ask round for a second.
        on(host, 'sysctl', '-qw', f'net.ipv6.conf.{device}.accept_dad=0')
        on(host, 'ip', 'link', 'set', device, 'up')
        yield device
    finally:
        if hosts.first_process(hosts.find(host)):  # or it went with its host
            on(host, *vsctl, '--if-exists', 'del-port', device)


def port(host: str, nic: Nic) -> AbstractContextManager[str]:
    """On the NIC's network, on the host where the NIC is."""
    return plugged(host, BRIDGE, nic.device('prb'), _vlan(host, nic))


class Guest(AbstractContextManager['Guest']):
    """A running server with the lab's image, over each of its NICs."""

    def __init__(self, host: str, server_id: str, nics: list[Nic]) -> None:
        self.host = host
        self.server_id = server_id
        self.nics = nics
        self._addresses: list[str] = []
        self._stack = ExitStack()

    def __enter__(self) -> 'Guest':
        with ExitStack() as stack:
            for nic in self.nics:
                device = stack.enter_context(port(self.host, nic))
                self._addresses.append(f'{nic.link_local}%{device}')
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._addresses.clear()
        self._stack.close()

    def run(self, line: str, nic: int = 0) -> str:
        """One line of shell in the guest; what it printed."""
        return self._answer('run', nic, line)

    def power_off(self) -> None:
        """From within, like anybody's `poweroff`; a moment after the answer.

        What holds the connection would leave us waiting for a guest that is
        no more.
        """
        self.run('(sleep 1; poweroff -f) </dev/null >/dev/null 2>&1 &')

    def wait(self, nic: int = 0) -> None:
        """Until it answers over this NIC."""
        self._answer('wait', nic, str(PATIENCE))

    @contextmanager
    def load(self, *what: str) -> Iterator[None]:
        """('cpu',) or ('read' or 'write', device[, block size])."""
        self.run(f'load start {" ".join(what)}')
        try:
            yield
        finally:
            self.run(f'load stop {" ".join(what[:2])}')

    @contextmanager
    def stream(self, direction: str, nic: int = 0) -> Iterator[None]:
        """'inbound' is towards the guest, as for libvirt."""
        action = {'inbound': 'send', 'outbound': 'receive'}[direction]
        with subprocess.Popen(
            self._talk(action, nic), stdin=subprocess.PIPE
        ) as process:
            yield
            ended = process.poll() is not None
        if ended:
            raise Unreachable(f'the {direction} stream broke off')

    def counters(self) -> dict[str, int]:
        """What the guest itself has counted: an independent witness."""
        lines = (line.split() for line in self.run('counters').splitlines())
        return {name: int(value) for name, value in lines}

    def _answer(self, action: str, nic: int, more: str) -> str:
        done = subprocess.run(
            self._talk(action, nic, more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise Unreachable(f'{more!r}: {done.stdout}{done.stderr}')
        return done.stdout

    def _talk(self, action: str, nic: int, *more: str) -> list[Any]:
        address = self._addresses[nic]
        script = (settings.PYTHON, TALK, action, address, *more)
        return [*enter(self.host), *script]
