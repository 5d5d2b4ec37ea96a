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

from nova_live_tune.patching import series
from nova_live_tune.patching.errors import Refused

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


class NotFound(Refused):
    """There is no Nova, or more than one."""


class Mismatch(Refused):
    """This is not the release that the operator says."""


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


def release_of(version: str | None) -> str | None:
    """The release that a version belongs to; None if there is no series."""
    try:
        return series.release_of(version) if version else None
    except series.Unknown:
        return None


def release(site: pathlib.Path, asked: str | None) -> str:
    """The release of the series that belongs in a Nova.

    :param asked: what the operator says, where it is not to be recognised
    :raises series.Unknown: if there is no series for it
    :raises Mismatch: if the operator and the Nova say different things
    """
    found = version(site)
    recognised = release_of(found)
    if asked is None:
        if found is None:
            raise series.Unknown(
                f'Nothing in {site} tells the version of this Nova: name its '
                f'release, one of {", ".join(series.releases())}.'
            )
        return series.release_of(found)
    series.read(asked)
    if recognised and recognised != asked:
        raise Mismatch(
            f'{site} has nova {found}, which is {recognised}, not {asked}.'
        )
    return asked


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
