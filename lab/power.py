# SPDX-License-Identifier: Apache-2.0
"""What befalls compute hosts, their services and guests, on purpose.

For the end-to-end tests, and by hand: python3 -m lab kill|start|restart.
"""

import contextlib
import time
from collections.abc import Iterator

from lab import health, hosts, plan, supervisor, tasks
from lab.hosts import COMPUTES, Host
from lab.shell import Failed

PATIENCE = 30
# When the switch ends, the agent does not always put all of its flows back.
RESTARTED_AFTER = {'ovs-vswitchd': ('neutron-ovs-agent',)}


def pull_plug(host: Host) -> None:
    """All processes and guests die; ports, taps, bridges go with them."""
    if host not in COMPUTES:
        raise Failed(f'{host.name} is no compute host.')
    hosts.power_off(host)


def start(host: Host, progress: tasks.Progress | None = None) -> None:
    """After pull_plug: the whole host, until each service has answered."""
    if host not in COMPUTES:
        raise Failed(f'{host.name} is no compute host.')
    tasks.run(plan.tasks_of_host(host), progress or tasks.Progress())


def restart(host: Host, service: str) -> None:
    """In an orderly way, and until it has answered."""
    _known(host, service)
    supervisor.stop(host, [service])
    supervisor.start(host, [service])
    _settle(host, service)


def kill(host: Host, service: str) -> None:
    """kill -9. The host's supervisord starts it again; until it answers."""
    with killed(host, service):
        pass


@contextlib.contextmanager
def killed(host: Host, service: str) -> Iterator[None]:
    """The same, but it is not before the end that its return is waited for."""
    before = _known(host, service)
    _kill(host, before)
    try:
        yield
    finally:
        _wait_for_another(host, service, before)


def _wait_for_another(host: Host, service: str, before: int) -> None:
    end = time.monotonic() + PATIENCE
    while supervisor.process(host, service)['pid'] in (0, before):
        if time.monotonic() > end:
            raise Failed(f'{service} on {host.name} is not started again.')
        time.sleep(0.05)
    _settle(host, service)


def kill_guest(host: Host, server_id: str) -> None:
    """kill -9 of its QEMU; Nova learns of it from libvirt."""
    for pid in _guest(host, server_id):
        _kill(host, pid)


def freeze_guest(host: Host, server_id: str) -> None:
    """kill -STOP of its QEMU, which answers libvirt no more."""
    for pid in _guest(host, server_id):
        hosts.run(host, ['kill', '-STOP', str(pid)])


def _guest(host: Host, server_id: str) -> list[int]:
    command = ['pgrep', '-f', f'qemu.* -uuid {server_id}']
    return [int(pid) for pid in hosts.run(host, command).split()]


def _settle(host: Host, service: str) -> None:
    health.wait(host, service)
    for other in RESTARTED_AFTER.get(service, ()):
        restart(host, other)


def _known(host: Host, service: str) -> int:
    """The number of its process inside the host, 0 if it does not run."""
    known = supervisor.processes(host)
    if service not in known:
        raise Failed(f'{host.name} runs {", ".join(known)}; no {service}.')
    return int(known[service]['pid'])


def _kill(host: Host, pid: int) -> None:
    if pid:
        hosts.run(host, ['kill', '-9', str(pid)])
