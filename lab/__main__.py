# SPDX-License-Identifier: Apache-2.0
"""python3 -m lab up|down|purge|status|lock

python3 -m lab kill|start HOST: pull a compute host's plug, start it again
python3 -m lab kill|restart HOST SERVICE: kill -9, or in an orderly way
python3 -m lab nova HOST ours|patched|plain: which Nova the host runs
python3 -m lab packages PROFILE: install what bindep.txt has for it
"""

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
    packages,
    plan,
    power,
    settings,
    state,
    supervisor,
    tasks,
    variants,
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
    progress.say(f'Horizon is at {settings.url("horizon")}/')


def status() -> int:
    for host in hosts.HOSTS:
        if hosts.first_process(host) is None:
            print(f'{host.name}: off')
            continue
        for name, info in supervisor.processes(host).items():
            since = time.strftime('%H:%M:%S', time.localtime(info['start']))
            print(f'{host.name}: {name:20} {info["statename"]} since {since}')
    return 0


def befall(asked: argparse.Namespace) -> None:
    """What `kill`, `start`, `restart` and `nova` do."""
    if asked.command == 'start':
        power.start(asked.host)
    elif asked.command == 'nova':
        variants.use(asked.variant, asked.host)
    elif asked.command == 'restart':
        power.restart(asked.host, asked.service)
    elif asked.service:
        power.kill(asked.host, asked.service)
    else:
        power.pull_plug(asked.host)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='lab', description='The one-machine OpenStack.'
    )
    commands = parser.add_subparsers(dest='command', required=True)
    for name in ('up', 'lock'):
        command = commands.add_parser(name)
        command.add_argument('--release', default=settings.DEFAULT_RELEASE)
    for name in ('down', 'purge', 'status'):
        commands.add_parser(name)
    commands.add_parser('packages').add_argument('profile')
    for name in ('start', 'kill', 'restart', 'nova'):
        commands.add_parser(name).add_argument('host', type=hosts.find)
    commands.choices['kill'].add_argument('service', nargs='?')
    commands.choices['restart'].add_argument('service')
    commands.choices['nova'].add_argument('variant', choices=variants.VARIANTS)
    return parser.parse_args()


def main() -> int:
    asked = arguments()
    if os.geteuid() != 0:
        raise SystemExit(
            'The lab makes namespaces and mounts: run it as root.'
        )
    if asked.command == 'status':
        return status()
    with only_one():
        if asked.command == 'up':
            up(asked.release)
        elif asked.command == 'lock':
            venvs.write_locks(asked.release)
        elif asked.command == 'packages':
            packages.install(asked.profile)
        elif asked.command == 'down':
            cleanup.down(tasks.Progress())
        elif asked.command == 'purge':
            cleanup.purge(tasks.Progress())
        else:
            befall(asked)
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
