# SPDX-License-Identifier: Apache-2.0
"""What the touched files of a Nova hold with and without our series."""

from __future__ import annotations

import dataclasses
import pathlib
from collections.abc import Sequence

from nova_live_tune.patching import gnu_patch, marker, transaction
from nova_live_tune.patching.gnu_patch import Contents, DoesNotFit
from nova_live_tune.patching.series import Patch, digest


@dataclasses.dataclass(frozen=True)
class Survey:
    """A Nova as it is, or will be once what was broken off is undone.

    :ivar kept: the patches that are thought to be in it
    :ivar current: those of this package for its release
    :ivar now: what the files of both hold
    :ivar bare: the same without the kept patches
    :ivar absent: kept patches that are not there
    """

    marker: marker.Marker | None
    kept: tuple[Patch, ...]
    current: tuple[Patch, ...]
    now: Contents
    bare: Contents
    absent: tuple[Patch, ...]

    @property
    def patched(self) -> Contents:
        """What the files shall hold.

        :raises DoesNotFit: if somebody else's changes are in the way
        """
        return gnu_patch.lay(self.bare, self.current)

    @property
    def up_to_date(self) -> bool:
        """Whether what the marker keeps is this package's series."""
        kept = self.marker.patches if self.marker else ()
        return bool(kept) and digest(kept) == digest(self.current)

    @property
    def present(self) -> bool:
        """Whether any file that is Nova's own has a kept patch in it."""
        present = (patch for patch in self.kept if patch not in self.absent)
        return any(
            self.bare[path] is not None
            for patch in present
            for path in patch.files
        )

    def changes_to(self, contents: Contents) -> Contents:
        """What differs: new files first, those to be removed last.

        The other files import them, and a Nova that starts meanwhile, or after
        an interruption, has to find them.
        """
        changed = [
            path for path in contents if contents[path] != self.now[path]
        ]
        changed.sort(
            key=lambda path: (
                contents[path] is None,
                self.now[path] is not None,
            )
        )
        return {path: contents[path] for path in changed}


def survey(site: pathlib.Path, current: Sequence[Patch]) -> Survey:
    """Look at a Nova; nothing is changed.

    :param current: the patches of this package for its release; none where
        that is not known
    """
    found = transaction.settled_marker(site)
    kept = found.patches if found else tuple(current)
    paths = {path for patch in (*kept, *current) for path in patch.files}
    now = transaction.read(site, sorted(paths))
    bare, absent = gnu_patch.withdraw(now, kept)
    return Survey(found, kept, tuple(current), now, bare, tuple(absent))


def obstacle(found: Survey) -> DoesNotFit | None:
    """What keeps the kept patches from being taken back, if anything.

    A patch that is not there is none if its place looks as before: Nova was
    installed anew, or has become another version.
    """
    if not found.absent:
        return None
    for patches in (found.kept, found.current):
        try:
            gnu_patch.lay(found.bare, patches)
        except DoesNotFit:
            continue
        return None
    return gnu_patch.why_not_withdrawn(found.bare, found.absent[0])
