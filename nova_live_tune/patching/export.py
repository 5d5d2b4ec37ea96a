# SPDX-License-Identifier: Apache-2.0
"""Write a series the way that others' builds want it.

Debian's source packages have debian/patches/series, with the names of files
beside it. Kolla looks below its patches_path for a folder per image, and
patches that image from its root folder with `patch -p0 --fuzz=0`.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Sequence

from nova_live_tune.patching.series import Patch

#: Others' patches are beside ours. It also keeps Kolla, which looks for parts
#: of names, from taking one patch for another.
_PREFIX = 'nova-live-tune-'

#: Of Kolla's images, the one that all others with Nova are made from.
_KOLLA_IMAGE = 'nova-base'
_KOLLA_SITE = 'var/lib/kolla/venv/lib/python{python}/site-packages'

#: Our fields, and those of DEP-3 that say the same.
_FIELDS = {'Subject': 'Description', 'Applies-To': 'X-Applies-To'}


def quilt(patches: Sequence[Patch], output: pathlib.Path) -> list[str]:
    """Write them into a debian/patches, behind those that are there.

    :return: the names of the files
    """
    return _write(
        output, {patch.name: _dep3(patch) + patch.diff for patch in patches}
    )


def kolla(
    patches: Sequence[Patch], output: pathlib.Path, python: str
) -> list[str]:
    """Write them below Kolla's patches_path.

    :param python: the version of the images' Python, such as 3.12
    :return: the names of the files
    """
    site = _KOLLA_SITE.format(python=python)
    return _write(
        output / _KOLLA_IMAGE,
        {
            patch.name: _dep3(patch) + _rooted(patch.diff, site)
            for patch in patches
        },
    )


def _rooted(diff: str, site: str) -> str:
    return re.sub(r'^(---|\+\+\+) [ab]/', rf'\1 {site}/', diff, flags=re.M)


def _dep3(patch: Patch) -> str:
    """The patch's header in Debian's words, up to the line of dashes."""
    header, _, _ = patch.text.partition('\n---\n')
    for ours, theirs in _FIELDS.items():
        header = re.sub(rf'^{ours}:', f'{theirs}:', header, flags=re.M)
    # The reason is the description's long part.
    return re.sub(r'^Why:', '', header, flags=re.M) + '\n---\n'


def _write(folder: pathlib.Path, files: dict[str, str]) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    names = [_PREFIX + name for name in files]
    for name, text in zip(names, files.values()):
        (folder / name).write_text(text)
    _list(folder / 'series', names)
    for former in folder.glob(f'{_PREFIX}*.patch'):
        if former.name not in names:
            former.unlink()
    return names


def _list(listing: pathlib.Path, names: list[str]) -> None:
    """Name ours once, in order, and leave others' lines as they are."""
    lines = listing.read_text().splitlines() if listing.exists() else []
    ours = [line for line in lines if line.startswith(_PREFIX)]
    if ours != names:
        others = [line for line in lines if line not in ours]
        listing.write_text('\n'.join([*others, *names]) + '\n')
