# SPDX-License-Identifier: Apache-2.0
"""The lab's hosts: namespaces whose first process is a supervisord.

Each host is a PID namespace with network, mount, UTS, IPC and cgroup
namespaces of its own, and none of them is pinned to a file: killing the first
process is pulling the plug. Guests, taps, bridges and mounts go with it, and
nothing can be left over that a later start would have to mend.
"""

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import cgroups, settings, state, venvs

MARK = 'NOVA_LIVE_TUNE_LAB_HOST'
# What a host is when it starts; a change takes effect at its next start.
MADE_OF = ('boot', 'cgroups', 'hosts', 'init', 'mounts', 'network')
MADE_BY = 'NOVA_LIVE_TUNE_LAB_VERSION'
PATIENCE = 20


@dataclass(frozen=True)
class Host:
    name: str
    role: str
    number: int

    @property
    def address(self) -> str:
        return f'{settings.NETWORK}.{self.number}'

    @property
    def move_address(self) -> str:
        return f'{settings.MOVE_NETWORK}.{self.number}'

    @property
    def folder(self) -> Path:
        return settings.LAB / 'hosts' / self.name

    @property
    def venv(self) -> Path:
        """A link: hosts may run different Novas (variants.py)."""
        return self.folder / 'venv'

    @property
    def etc(self) -> Path:
        return self.folder / 'etc'

    @property
    def data(self) -> Path:
        return self.folder / 'data'

    @property
    def socket(self) -> Path:
        return self.folder / 'supervisor.sock'


CONTROLLER = Host('controller', 'controller', 2)
COMPUTES = (
    Host('compute1', 'compute', 11),
    Host('compute2', 'compute', 12),
)
HOSTS = (CONTROLLER, *COMPUTES)


def find(name: str) -> Host:
    for host in HOSTS:
        if host.name == name:
            return host
    names = ', '.join(host.name for host in HOSTS)
    raise SystemExit(f'No lab host is called {name}; there are {names}.')


def mark(host: Host) -> str:
    return f'{MARK}={settings.LAB}:{host.name}'


def _is_first_of_namespace(process: Path) -> bool:
    """The last of the process's numbers is the one in its own namespace."""
    for line in (process / 'status').read_text().splitlines():
        if line.startswith('NSpid:'):
            numbers = line.split()[1:]
            return len(numbers) > 1 and numbers[-1] == '1'
    return False


def first_process(host: Host) -> int | None:
    """Found by what it carries in its environment: no file can be stale."""
    wanted = mark(host).encode()
    for process in Path('/proc').glob('[0-9]*'):
        try:
            if not _is_first_of_namespace(process):
                continue
            if wanted in (process / 'environ').read_bytes().split(b'\0'):
                return int(process.name)
        except OSError:  # it ended while we looked
            continue
    return None


def version() -> str:
    paths = [settings.HERE / f'{name}.py' for name in MADE_OF]
    return state.digest(*paths, venvs.TOOLS_PINS)


def is_outdated(host: Host) -> bool:
    pid = first_process(host)
    if pid is None:
        return False
    wanted = f'{MADE_BY}={version()}'.encode()
    return wanted not in Path(f'/proc/{pid}/environ').read_bytes().split(b'\0')


def enter(host: Host) -> list[str]:
    """The command line to put before a command that shall run on the host."""
    pid = first_process(host)
    if pid is None:
        raise SystemExit(f'{host.name} is off; `make lab` starts it.')
    flags = ('--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup')
    return ['nsenter', '--target', str(pid), *flags, '--']


def run(host: Host, command: Sequence[str | Path], **kwargs: object) -> str:
    words = [*enter(host), *map(str, command)]
    done = subprocess.run(  # type: ignore[call-overload]
        words,
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        **kwargs,
    )
    return str(done.stdout)


def power_on(host: Host) -> None:
    if first_process(host) is not None:
        return
    cgroups.create(host.name)
    environment = {
        'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        'HOME': '/root',
        'LANG': 'C.UTF-8',
        'LAB_DIR': str(settings.LAB),
        MARK: mark(host).partition('=')[2],
        MADE_BY: version(),
    }
    settings.LOGS.mkdir(parents=True, exist_ok=True)
    with open(settings.LOGS / f'{host.name}.log', 'a') as log:
        maker = subprocess.Popen(
            [settings.PYTHON, '-m', 'lab.boot', host.name],
            cwd=settings.CLONE,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    _wait(
        lambda: first_process(host) is not None, f'{host.name} did not start'
    )
    for pid in (maker.pid, first_process(host)):
        if pid is not None:
            cgroups.leave_root(host.name, pid)


def power_off(host: Host) -> None:
    """Pull the plug."""
    pid = first_process(host)
    if pid is not None:
        os.kill(pid, 9)
        _wait(lambda: first_process(host) is None, f'{host.name} does not end')
    cgroups.remove(host.name)
    host.socket.unlink(missing_ok=True)


def _wait(condition: object, complaint: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():  # type: ignore[operator]
        if time.monotonic() > end:
            raise SystemExit(
                f'{complaint} within {PATIENCE} s; see {settings.LOGS}.'
            )
        time.sleep(0.05)
