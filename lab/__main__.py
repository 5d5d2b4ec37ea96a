# SPDX-License-Identifier: Apache-2.0
"""python3 -m lab up|down|purge|status|lock"""

import argparse
import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Iterator

from lab import cleanup, hosts, plan, settings, state, supervisor, tasks, venvs
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


def up(release: str) -> None:
    progress = tasks.Progress()
    if not state.is_done('release', release):
        cleanup.down(
            progress
        )  # what an older release wrote is of no use to this
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


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Failed as problem:
        sys.exit(f'\n{problem}')
    except KeyboardInterrupt:
        sys.exit(
            '\nInterrupted; `make lab` goes on from here, '
            '`make lab-down` stops.'
        )
