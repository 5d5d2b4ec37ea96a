# SPDX-License-Identifier: Apache-2.0
"""What starts when the machine boots shall be the same as before us."""

from pathlib import Path

from lab import settings
from lab.shell import run

ETC = Path('/etc')
UNITS = ('systemd/system/*.wants/*', 'systemd/system/*.requires/*')
SCRIPTS = 'rc[2-5].d/S*'
BEFORE = 'started-at-boot'


def _units() -> list[Path]:
    return [link for pattern in UNITS for link in ETC.glob(pattern)]


def _scripts() -> set[str]:
    return {link.name[len('S01') :] for link in ETC.glob(SCRIPTS)}


def remember() -> None:
    """Unless an installation that was broken off did it."""
    before = settings.LAB / BEFORE
    if not before.exists():
        found = sorted(_scripts()) + [str(link) for link in _units()]
        before.write_text('\n'.join(found))


def disable_new() -> None:
    before = settings.LAB / BEFORE
    if not before.exists():
        return
    known = before.read_text().splitlines()
    for name in sorted(_scripts().difference(known)):
        run(['update-rc.d', name, 'disable'])
    for link in _units():
        # As systemctl would, which is there only where systemd is. Upgrades
        # respect it: they enable only what was enabled.
        if str(link) not in known:
            link.unlink()
    before.unlink()
