# SPDX-License-Identifier: Apache-2.0
"""python3 -m lab up|down|purge|status|lock"""

import argparse
import contextlib
import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator

from lab import (
    cleanup,
    database,
    extension,
    hosts,
    plan,
    settings,
    state,
    supervisor,
    tasks,
    venvs,
)
from lab.shell import Failed


@contextlib.contextmanager
def only_one() -> Iterator[None]:
    settings.LAB.mkdir(parents=True, exist_ok=True)
    with open(settings.LAB / 'lock', 'w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(
                'Another lab command is running; waiting for it.', flush=True
            )
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def reason_to_stop(release: str) -> str:
    """Before what cannot change while the hosts run."""
    on = [host for host in hosts.HOSTS if hosts.first_process(host)]
    if not on:
        return ''
    if not state.is_done('release', release):
        return 'The lab is of another release, or lost what it knew'
    if any(hosts.is_outdated(host) for host in on):
        return 'How a host starts has changed: they start again'
    if not all(host.socket.exists() for host in on):
        # What it has mounted is no longer what is in that folder.
        return 'A host lost its folder: they start again'
    if not database.is_prepared():
        return 'The databases are made anew'
    return ''


def up(release: str) -> None:
    progress = tasks.Progress()
    extension.check_sources(release)
    reason = reason_to_stop(release)
    if reason:
        progress.say(reason)
        cleanup.down(progress)
    if not state.is_done('release', release):
        # What another release wrote is of no use to this one.
        state.forget_all()
        state.done('release', release)
    tasks.run(plan.tasks(release), progress)
    progress.say(f'The lab is up. Use it with: . {settings.HERE}/openrc')


def status() -> int:
    for host in hosts.HOSTS:
        if hosts.first_process(host) is None:
            print(f'{host.name}: off')
            continue
        for name, info in supervisor.processes(host).items():
            since = time.strftime('%H:%M:%S', time.localtime(info['start']))
            print(f'{host.name}: {name:20} {info["statename"]} since {since}')
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        prog='lab', description='The one-machine OpenStack.'
    )
    parser.add_argument(
        'command', choices=('up', 'down', 'purge', 'status', 'lock')
    )
    parser.add_argument('--release', default=settings.DEFAULT_RELEASE)
    arguments = parser.parse_args()
    if os.geteuid() != 0:
        raise SystemExit(
            'The lab makes namespaces and mounts: run it as root.'
        )
    if arguments.command == 'status':
        return status()
    with only_one():
        if arguments.command == 'up':
            up(arguments.release)
        elif arguments.command == 'lock':
            venvs.write_lock(arguments.release)
        elif arguments.command == 'down':
            cleanup.down(tasks.Progress())
        else:
            cleanup.purge(tasks.Progress())
    return 0


def interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == '__main__':
    # As Ctrl-C: what was changed for a moment is put back.
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    try:
        with tasks.explained(' '.join(sys.argv[1:])):
            sys.exit(main())
    except Failed as problem:
        sys.exit(f'\n{problem}')
    except KeyboardInterrupt:
        sys.exit(
            '\nInterrupted; `make lab` goes on from here, '
            '`make lab-down` stops.'
        )
