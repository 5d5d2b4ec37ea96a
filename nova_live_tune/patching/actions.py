# SPDX-License-Identifier: Apache-2.0
"""Apply our series to a Nova, take it back, or say what would be done.

Each returns a sentence. What is refused is refused with an exception: then
nothing was changed, other than that a run that was broken off is undone.
"""

from __future__ import annotations

import contextlib
import pathlib
from collections.abc import Iterator

from nova_live_tune.patching import plan, series, transaction
from nova_live_tune.patching.errors import Refused
from nova_live_tune.patching.gnu_patch import Contents
from nova_live_tune.patching.marker import Marker
from nova_live_tune.patching.plan import Survey


def check(site: pathlib.Path, release: str) -> str:
    """What applying would do.

    :raises gnu_patch.DoesNotFit: it would be refused
    """
    found = plan.survey(site, series.read(release))
    changes = found.changes_to(found.patched)
    if _is_done(found, changes):
        return _already(found)
    return (
        f'Series {_new_marker(found).label} applies: {len(found.current)} '
        f'patches; {len(changes)} files would change.'
    )


def apply(site: pathlib.Path, release: str) -> str:
    """Put this package's series in, instead of any other version of it.

    :raises Refused: somebody else's changes are in the way, or another run
    """
    with _mended(site) as undone:
        found = plan.survey(site, series.read(release))
        changes = found.changes_to(found.patched)
        if _is_done(found, changes):
            return undone + _already(found)
        final = _new_marker(found, _originals(site, found))
        _commit(site, found, changes, 'applying', final)
    return f'{undone}Applied series {final.label}; {_changed(changes)}.'


def revert(site: pathlib.Path, release: str | None) -> str:
    """Take out whatever version of our series is in.

    :param release: None if there is no series for it: what the marker keeps
        is enough
    :raises Refused: what was applied was changed since, or another run works
    """
    with _mended(site) as undone:
        found = plan.survey(site, series.read(release) if release else ())
        if not found.marker and found.absent == found.kept:
            return f'{undone}Not patched.'
        obstacle = plan.obstacle(found)
        if obstacle:
            raise obstacle
        changes = found.changes_to(found.bare)
        _commit(site, found, changes, 'reverting', None)
    label = (found.marker or _new_marker(found)).label
    return f'{undone}Reverted series {label}; {_changed(changes)}.'


@contextlib.contextmanager
def _mended(site: pathlib.Path) -> Iterator[str]:
    """Alone, and with an interrupted run undone; says so."""
    with transaction.locked(site):
        broken_off = transaction.undo(site)
        try:
            yield 'An interrupted run was undone. ' if broken_off else ''
        except Refused as problem:
            rest = 'An interrupted run was undone; nothing else was changed.'
            end = rest if broken_off else 'Nothing was changed.'
            raise Refused(f'{str(problem).rstrip()}\n{end}') from problem


def _is_done(found: Survey, changes: Contents) -> bool:
    return not changes and found.up_to_date


def _already(found: Survey) -> str:
    return f'Patched already, with series {_new_marker(found).label}.'


def _new_marker(
    found: Survey, originals: dict[str, tuple[str, int]] | None = None
) -> Marker:
    return Marker(
        patches=found.current,
        package=series.package_version(),
        originals=originals or {},
    )


def _originals(
    site: pathlib.Path, found: Survey
) -> dict[str, tuple[str, int]]:
    """What Nova's own files are without our series, and from when."""
    known = found.marker.originals if found.marker else {}
    originals = {}
    for path, content in found.bare.items():
        digest = transaction.digest(content)
        if digest and content == found.now[path]:
            originals[path] = (digest, (site / path).stat().st_mtime_ns)
        elif digest and known.get(path, ('', 0))[0] == digest:
            originals[path] = known[path]
    return originals


def _commit(
    site: pathlib.Path,
    found: Survey,
    changes: Contents,
    state: str,
    final: Marker | None,
) -> None:
    originals = found.marker.originals if found.marker else {}
    under_way = Marker(
        patches=final.patches if final else found.kept,
        package=final.package if final else None,
        state=state,
        files={
            path: (
                transaction.digest(found.now[path]),
                transaction.digest(content),
            )
            for path, content in changes.items()
        },
    )
    times = {
        path: originals[path][1]
        for path, content in changes.items()
        if path in originals
        and originals[path][0] == transaction.digest(content)
    }
    transaction.commit(site, changes, under_way, final, times)


def _changed(changes: Contents) -> str:
    return f'{len(changes)} file{"s" if len(changes) != 1 else ""} changed'
