# SPDX-License-Identifier: Apache-2.0
"""What has become of our series in a Nova."""

from __future__ import annotations

import dataclasses
import pathlib

from nova_live_tune.patching import (
    gnu_patch,
    marker,
    plan,
    series,
    transaction,
    tree,
)
from nova_live_tune.patching.plan import Survey


@dataclasses.dataclass(frozen=True)
class Status:
    """What a Nova is, and whether our series is in it.

    :ivar nova_version: such as 34.0.0; None where nothing tells it
    :ivar release: such as 2026.2; None where there is no series for it
    :ivar state: 'unpatched', 'applied', 'outdated' (another version of our
        series, or parts of one), 'interrupted' (while applying or reverting)
        or 'foreign' (somebody else's changes are in the way)
    :ivar series: the version of the series that is in it; None without
    :ivar detail: one sentence, or more lines where a hunk is shown
    """

    nova_version: str | None
    release: str | None
    state: str
    series: str | None
    detail: str


def inspect(site: pathlib.Path, release: str | None = None) -> Status:
    """Look at the Nova in a folder; nothing is changed.

    :param site: the folder that holds nova/
    :param release: where its own version does not tell
    :raises gnu_patch.Missing: GNU patch is not there to compare with
    """
    version = tree.version(site)
    release = release or tree.release_of(version)
    try:
        state, label, detail = _look(site, release)
    except marker.Unreadable as problem:
        state, label, detail = 'foreign', None, str(problem)
    if state != 'interrupted' and (site / transaction.STAGING).exists():
        detail = (
            f'{detail.rstrip()}\nAn interrupted run left '
            f'{transaction.STAGING}; the next apply or revert removes it.'
        )
    return Status(version, release, state, label, detail)


def _look(
    site: pathlib.Path, release: str | None
) -> tuple[str, str | None, str]:
    under_way = marker.read(site)
    if under_way and under_way.state != 'applied':
        return 'interrupted', under_way.label, _progress(site, under_way)
    found = plan.survey(site, series.read(release) if release else ())
    if found.marker or found.absent != found.kept:
        return _look_at_patched(found)
    if not release:
        return 'unpatched', None, f'There are series for {series.known()}.'
    try:
        gnu_patch.lay(found.bare, found.current)
    except gnu_patch.DoesNotFit as problem:
        return 'foreign', None, str(problem)
    return 'unpatched', None, 'Not patched; the series applies.'


def _look_at_patched(found: Survey) -> tuple[str, str | None, str]:
    package = found.marker.package if found.marker else None
    label = series.label(found.kept, package)
    problem = plan.obstacle(found)
    if problem:
        return 'foreign', label, str(problem)
    if not found.present:
        return 'unpatched', None, 'Nova was installed anew: apply again.'
    if found.absent:
        return (
            'outdated',
            label,
            (
                f'{len(found.absent)} of {len(found.kept)} patches are gone: '
                'apply again.'
            ),
        )
    if not found.marker:
        return 'applied', label, 'Patched by other means than this command.'
    if found.current and not found.up_to_date:
        ours = series.label(found.current, series.package_version())
        return 'outdated', label, f'This package has series {ours}: apply it.'
    return 'applied', label, f'{len(found.kept)} patches are in place.'


def _progress(site: pathlib.Path, under_way: marker.Marker) -> str:
    """Which files a run that was broken off had exchanged."""
    done = transaction.exchanged(site, under_way)
    lists = {
        'done': done,
        'not done': [path for path in under_way.files if path not in done],
    }
    told = '; '.join(
        f'{how}: {", ".join(paths) or "none"}' for how, paths in lists.items()
    )
    return (
        f'Interrupted while {under_way.state} ({told}): either apply or '
        'revert mends it.'
    )
