# SPDX-License-Identifier: Apache-2.0
"""Find a Nova, and tell its version, without importing it."""

from __future__ import annotations

import email.parser
import importlib.metadata
import importlib.util
import pathlib
import re
import subprocess
from collections.abc import Iterator

#: What makes a folder named nova this Nova.
_LANDMARK = pathlib.Path('nova', 'compute', 'manager.py')

#: Where below the folder of an environment or of a package's tree it may be.
_BELOW = (
    'debian/*/usr/lib/python3*/dist-packages',
    'usr/lib/python3*/dist-packages',
    'usr/lib/python3*/site-packages',
    'usr/local/lib/python3*/dist-packages',
    'lib/python3*/site-packages',
)


class NotFound(Exception):
    """There is no Nova, or more than one."""


def installed() -> pathlib.Path:
    """The folder that holds the nova/ which this interpreter would import.

    :raises NotFound: if there is none
    """
    spec = importlib.util.find_spec('nova')
    for place in (spec and spec.submodule_search_locations) or ():
        site = pathlib.Path(place).parent
        if _holds_nova(site):
            return site
    raise NotFound(
        'This Python has no Nova: call this command with the one that runs '
        'nova-compute, or name a folder with --path.'
    )


def locate(folder: pathlib.Path) -> pathlib.Path:
    """The folder that holds nova/, given a checkout, site-packages, ...

    :raises NotFound: if there is none below, or more than one
    """
    if _holds_nova(folder):
        return folder
    if folder.name == 'nova' and _holds_nova(folder.parent):
        return folder.parent
    found = sorted(
        site
        for glob in _BELOW
        for site in folder.glob(glob)
        if _holds_nova(site)
    )
    if len(found) == 1:
        return found[0]
    if found:
        raise NotFound(
            f'There is more than one Nova in {folder}, name one of: '
            + ', '.join(map(str, found))
        )
    raise NotFound(f'There is no Nova in {folder}.')


def _holds_nova(folder: pathlib.Path) -> bool:
    return (folder / _LANDMARK).is_file()


def version(site: pathlib.Path) -> str | None:
    """The version of the Nova that a folder holds; None if nothing tells."""
    return next(_versions(site), None)


def _versions(site: pathlib.Path) -> Iterator[str]:
    # A checkout may have an egg-info of the branch it was on before.
    yield from _described(site)
    yield from _distributed(site)
    yield from _packed(site / 'PKG-INFO')
    for folder in (site / 'debian', *site.parents):
        if folder.name == 'debian':
            yield from _changed(folder / 'changelog')


def _described(site: pathlib.Path) -> Iterator[str]:
    """From the tags of a git checkout."""
    if not (site / '.git').exists():
        return
    command = ['git', '-C', str(site), 'describe', '--tags', '--abbrev=0']
    try:
        done = subprocess.run(
            [*command, '--match', '[0-9]*.*'],
            capture_output=True,
            check=False,
            text=True,
        )
    except FileNotFoundError:
        return
    if not done.returncode:
        yield done.stdout.strip()


def _distributed(site: pathlib.Path) -> Iterator[str]:
    """From the dist-info or egg-info of an installed Nova."""
    for found in importlib.metadata.distributions(
        name='nova', path=[str(site)]
    ):
        yield found.version


def _packed(information: pathlib.Path) -> Iterator[str]:
    """From an sdist's PKG-INFO."""
    if information.is_file():
        fields = email.parser.HeaderParser().parsestr(information.read_text())
        if fields['Name'] == 'nova' and fields['Version']:
            yield str(fields['Version'])


def _changed(changelog: pathlib.Path) -> Iterator[str]:
    """From a Debian package's changelog, without epoch and revision."""
    if changelog.is_file():
        with changelog.open() as lines:
            entry = re.match(r'nova \((?:\d+:)?([^-)]+)', lines.readline())
        if entry:
            yield entry[1]
