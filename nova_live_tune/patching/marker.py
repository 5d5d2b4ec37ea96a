# SPDX-License-Identifier: Apache-2.0
"""What a patched Nova keeps of us: the very patches, and what is under way.

The marker's first line is JSON, the rest are the patches, one after the other:
also without this package, `patch -p1 --reverse` takes them back.
"""

from __future__ import annotations

import dataclasses
import json
import pathlib
from typing import Any

from nova_live_tune.patching import series
from nova_live_tune.patching.errors import Refused

PATH = 'nova/.live-tune-series'
_FORMAT = 1


class Unreadable(Refused):
    """It is not ours, or a newer version wrote it."""


@dataclasses.dataclass(frozen=True)
class Marker:
    """One state of our series in a Nova.

    :ivar patches: those that are, or were about to be, in it
    :ivar package: the version of this package that they came with
    :ivar state: 'applied', or 'applying' or 'reverting' while under way
    :ivar originals: of each of Nova's files without the patches, its SHA-256
        and when it was modified, in nanoseconds
    :ivar files: while under way, of each file its SHA-256 before and
        after; None where there is no file
    """

    patches: tuple[series.Patch, ...]
    package: str | None = None
    state: str = 'applied'
    originals: dict[str, tuple[str, int]] = dataclasses.field(
        default_factory=dict
    )
    files: dict[str, tuple[str | None, str | None]] = dataclasses.field(
        default_factory=dict
    )

    @property
    def label(self) -> str:
        """The version of its series."""
        return series.label(self.patches, self.package)


def text(marker: Marker) -> str:
    head = {
        'format': _FORMAT,
        'state': marker.state,
        'package': marker.package,
        'series': series.digest(marker.patches),
        'patches': [patch.name for patch in marker.patches],
        'originals': marker.originals,
        'files': marker.files,
    }
    patches = ''.join(patch.text for patch in marker.patches)
    return f'{json.dumps(head)}\n{patches}'


def read(site: pathlib.Path) -> Marker | None:
    """The marker of the Nova in a folder; None if it has none.

    :raises Unreadable: if it cannot be understood
    """
    return read_file(site / PATH)


def read_file(path: pathlib.Path) -> Marker | None:
    if not path.exists():
        return None
    content = path.read_text()
    if content.startswith('Subject: '):
        # As the first releases of this package wrote it.
        return Marker(tuple(series.split(content)))
    try:
        return _parse(content)
    except (ValueError, KeyError, TypeError):
        raise Unreadable(
            f'{path} was not written by this version of nova-live-tune.'
        ) from None


def _parse(content: str) -> Marker:
    first, _, rest = content.partition('\n')
    head: dict[str, Any] = json.loads(first)
    patches = series.split(rest)
    if head['format'] != _FORMAT or len(patches) != len(head['patches']):
        raise ValueError
    return Marker(
        patches=tuple(
            series.Patch(name, patch.text)
            for name, patch in zip(head['patches'], patches)
        ),
        package=head['package'],
        state=head['state'],
        originals={p: (a, b) for p, (a, b) in head['originals'].items()},
        files={p: (a, b) for p, (a, b) in head['files'].items()},
    )
