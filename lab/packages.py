# SPDX-License-Identifier: Apache-2.0
"""Debian packages: those of bindep.txt that are missing.

bindep.txt is read here, and not by bindep itself, because this must run before
anything is installed. Of its format the names and the bracketed words count.
"""

import re

from lab import boot_links, policy_rc, settings
from lab.shell import Failed, run

LINE = re.compile(r'^(?P<name>[a-z0-9][a-z0-9+.-]*)\s*(\[(?P<words>[^]]*)\])?')
QUIET = {'DEBIAN_FRONTEND': 'noninteractive'}
INSTALL = ('apt-get', 'install', '-y', '--no-install-recommends')


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


def install(profile: str = 'lab') -> None:
    names = wanted((settings.CLONE / 'bindep.txt').read_text(), profile)
    lacking = missing(names)
    if lacking:
        print(f'    from Debian: {" ".join(lacking)}', flush=True)
        boot_links.remember()
        with policy_rc.nothing_starts():
            _install(lacking)
    # Also after a run that was killed in the middle of it.
    policy_rc.restore()
    boot_links.disable_new()


def _install(names: list[str]) -> None:
    try:
        run([*INSTALL, *names], QUIET)
    except Failed:
        # Broken off some time before, or the lists are missing or old.
        run(['dpkg', '--configure', '-a'], QUIET)
        run(['apt-get', 'update'], QUIET)
        run([*INSTALL, *names], QUIET)
