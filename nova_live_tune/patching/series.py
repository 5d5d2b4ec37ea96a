# SPDX-License-Identifier: Apache-2.0
"""The patch series that this package brings, one for each release of Nova."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.metadata
import importlib.resources
import pathlib
import re
from collections.abc import Iterable

from nova_live_tune.patching.errors import Refused


class Unknown(Refused):
    """There is no series for this release or version of Nova."""


@dataclasses.dataclass(frozen=True)
class Patch:
    """One patch: its file name, where it is known, and its text."""

    name: str
    text: str

    @property
    def diff(self) -> str:
        """What GNU patch reads of it, without the header."""
        return self.text[self.text.index('\n--- ') + 1 :]

    @property
    def files(self) -> list[str]:
        """The files that it changes or makes, below the folder of nova/."""
        return re.findall(r'^\+\+\+ b/(\S+)', self.diff, re.MULTILINE)


def folder() -> pathlib.Path:
    """Where the patches are: in the package, or beside it in a checkout."""
    package = pathlib.Path(str(importlib.resources.files('nova_live_tune')))
    inside = package / 'patches'
    return inside if inside.is_dir() else package.parent / 'patches'


def releases() -> dict[str, str]:
    """Each release that there is a series for, with the Nova it is made for.

    As in {'2026.2': '34.0.0'}.
    """
    found = {}
    for listing in sorted(folder().glob('*/series')):
        with listing.open() as lines:
            made_for = re.match(r'# nova (\S+)', lines.readline())
        found[listing.parent.name] = made_for[1] if made_for else ''
    return found


def known() -> str:
    """For messages: which Novas there is a series for."""
    return ', '.join(
        f'{major(version)} ({release})'
        for release, version in releases().items()
    )


def major(version: str) -> str:
    return version.partition('.')[0]


def release_of(version: str) -> str:
    """The release that a version of Nova belongs to.

    :raises Unknown: if there is no series for it
    """
    for release, made_for in releases().items():
        if major(made_for) == major(version):
            return release
    raise Unknown(
        f'There is no patch series for nova {version}, only for: {known()}.'
    )


def read(release: str) -> list[Patch]:
    """The patches of a release, in order.

    :raises Unknown: if there is no series for it
    """
    listing = folder() / release / 'series'
    if release not in releases():
        raise Unknown(
            f'There is no patch series for {release}, only for: {known()}.'
        )
    names = (
        line.partition('#')[0].strip()
        for line in listing.read_text().splitlines()
    )
    paths = [listing.parent / name for name in names if name]
    return [Patch(path.name, path.read_text()) for path in paths]


def split(text: str) -> list[Patch]:
    """Patches that were written one after the other; their names are lost."""
    texts = re.split(r'^(?=Subject: )', text, flags=re.MULTILINE)
    return [Patch('', each) for each in texts if '\n--- ' in each]


def digest(patches: Iterable[Patch]) -> str:
    """Tells two series apart, whatever their headers say."""
    diffs = ''.join(patch.diff for patch in patches)
    return hashlib.sha256(diffs.encode()).hexdigest()[:12]


def package_version() -> str | None:
    """This package's; None where it was not installed."""
    try:
        return importlib.metadata.version('nova-live-tune')
    except importlib.metadata.PackageNotFoundError:
        return None


def label(patches: Iterable[Patch], package: str | None) -> str:
    """A series' version, such as 1.0.0+3f2a9c1b7d04."""
    return '+'.join(filter(None, (package, digest(patches))))
