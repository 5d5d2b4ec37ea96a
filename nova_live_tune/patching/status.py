# SPDX-License-Identifier: Apache-2.0
"""What has become of our series in a Nova."""

from __future__ import annotations

import dataclasses
import pathlib

from nova_live_tune.patching import series, tree

_MARKER = pathlib.Path('nova', '.live-tune-series')


@dataclasses.dataclass(frozen=True)
class Status:
    """What a Nova is, and whether our series is in it.

    :ivar nova_version: such as 34.0.0; None where nothing tells it
    :ivar release: such as 2026.2; None where there is no series for it
    :ivar state: 'unpatched', 'applied', 'outdated' (to be mended or brought
        up to date by apply), 'interrupted' (while applying or reverting) or
        'foreign' (somebody else's changes are in the way)
    :ivar series: the version of the series that is in it; None without
    :ivar detail: one sentence
    """

    nova_version: str | None
    release: str | None
    state: str
    series: str | None
    detail: str


def inspect(site: pathlib.Path) -> Status:
    """Look at the Nova in a folder; nothing is changed.

    :param site: the folder that holds nova/
    """
    version = tree.version(site)
    try:
        release = series.release_of(version) if version else None
    except series.Unknown:
        release = None
    marker = site / _MARKER
    if not marker.is_file():
        return Status(version, release, 'unpatched', None, 'Not patched.')
    patches = series.split(marker.read_text())
    applied = series.label(patches, None)
    return Status(version, release, 'applied', applied, 'Patched.')
