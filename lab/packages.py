# SPDX-License-Identifier: Apache-2.0
"""Debian packages: those of bindep.txt that are missing.

bindep.txt is read here, and not by bindep itself, because this must run before
anything is installed. Of its format the names and the bracketed words count.
"""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from lab import settings
from lab.shell import Failed, run

POLICY = Path('/usr/sbin/policy-rc.d')
# Installing must start no daemon; the lab runs its own.
DENY = '#!/bin/sh\nexit 101\n'
# Nor may a daemon that came with us start at the machine's next boot.
DAEMONS = ('rabbitmq-server', 'openvswitch-switch')
LINE = re.compile(r'^(?P<name>[a-z0-9][a-z0-9+.-]*)\s*(\[(?P<words>[^]]*)\])?')


def wanted(text: str, profile: str) -> list[str]:
    names = []
    for line in text.splitlines():
        found = LINE.match(line)
        if found:
            words = (found['words'] or '').split()
            profiles = [
                word for word in words if not word.startswith('platform:')
            ]
            if not profiles or profile in profiles:
                names.append(found['name'])
    return names


def missing(names: list[str]) -> list[str]:
    shown = run(
        ['dpkg-query', '-W', '-f', '${db:Status-Abbrev} ${Package}\n', *names],
        accept=(0, 1),
    )
    installed = {
        line.split()[-1]
        for line in shown.splitlines()
        if line.startswith('ii')
    }
    return [name for name in names if name not in installed]


@contextlib.contextmanager
def _no_daemons() -> Iterator[None]:
    if POLICY.exists():
        yield
        return
    POLICY.write_text(DENY)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def install() -> None:
    names = wanted((settings.CLONE / 'bindep.txt').read_text(), 'lab')
    lacking = missing(names)
    if not lacking:
        return
    print(f'    from Debian: {" ".join(lacking)}', flush=True)
    quiet = {'DEBIAN_FRONTEND': 'noninteractive'}
    command = ['apt-get', 'install', '-y', '--no-install-recommends', *lacking]
    with _no_daemons():
        try:
            run(command, quiet)
        except Failed:  # most likely the lists are missing or old
            run(['apt-get', 'update'], quiet)
            run(command, quiet)
    for name in set(lacking).intersection(DAEMONS):
        run(['update-rc.d', name, 'disable'])
