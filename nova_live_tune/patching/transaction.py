# SPDX-License-Identifier: Apache-2.0
"""Change files of a Nova all or none, whenever the power goes.

The new files and copies of the old ones are written aside first, then the
marker says what is about to happen, then file by file is exchanged, then the
marker says that it is done. What was broken off is undone by the next run.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pathlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from time import time_ns

from nova_live_tune.patching import marker
from nova_live_tune.patching.errors import Refused
from nova_live_tune.patching.gnu_patch import Contents
from nova_live_tune.patching.marker import Marker

#: Beside the files, so that they can be exchanged by renaming.
STAGING = 'nova/.live-tune-staging'

#: In the header of a .pyc: Python takes it without a look at its source. All
#: others it makes anew when the source has changed.
_UNCHECKED = b'\x01\0\0\0'


class Busy(Refused):
    """Another run of this command works on the same Nova."""


@contextmanager
def locked(site: pathlib.Path) -> Iterator[None]:
    """Keep others out.

    :raises Busy: if one is at work
    """
    folder = os.open(site / 'nova', os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                f'Another nova-live-tune-patch is at work in {site}.'
            ) from None
        yield
    finally:
        os.close(folder)


def digest(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def read(site: pathlib.Path, paths: Iterable[str]) -> Contents:
    """What files hold, or will once what was broken off is undone."""
    return {path: _settled(site, path) for path in paths}


def _settled(site: pathlib.Path, path: str) -> bytes | None:
    under_way = marker.read(site)
    if under_way and _has_to_go_back(site, under_way, path):
        return _content(_aside(site, path, 'old'))
    return _content(site / path)


def settled_marker(site: pathlib.Path) -> Marker | None:
    """The marker, or the one that there was before a run was broken off."""
    found = marker.read(site)
    if not found or found.state == 'applied':
        return found
    if not (site / STAGING).is_dir():
        # Somebody removed it: the patches are all that tells what we did.
        return Marker(found.patches, found.package)
    return marker.read_file(_aside(site, marker.PATH, 'old'))


def _aside(site: pathlib.Path, path: str, which: str) -> pathlib.Path:
    """Where the old or the new one of a file is kept."""
    return site / STAGING / f'{path.replace("/", "%")}.{which}'


def _content(path: pathlib.Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def exchanged(site: pathlib.Path, under_way: Marker) -> list[str]:
    """The files that a run that was broken off had exchanged already."""
    return [
        path
        for path, (_, after) in under_way.files.items()
        if digest(_content(site / path)) == after
    ]


def _has_to_go_back(site: pathlib.Path, under_way: Marker, path: str) -> bool:
    """Whether it was exchanged; what somebody else put there, stays."""
    before, after = under_way.files.get(path, (None, None))
    if before == after or digest(_content(site / path)) != after:
        return False
    return before is None or _aside(site, path, 'old').is_file()


def commit(
    site: pathlib.Path,
    changes: Contents,
    under_way: Marker,
    final: Marker | None,
    times: Mapping[str, int],
) -> None:
    """Exchange files and marker.

    :param changes: what each shall hold; None to remove it
    :param under_way: the marker as long as not all are exchanged
    :param final: the marker then; None for none
    :param times: of some files, when they were modified, in nanoseconds
    """
    try:
        _prepare(site, changes, times)
        _write_marker(site, under_way)
        for path, content in changes.items():
            _exchange(site, path, content)
        if final:
            _write_marker(site, final)
        else:
            _remove(site / marker.PATH)
    except BaseException:
        undo(site)
        raise
    _sweep(site)


def undo(site: pathlib.Path) -> bool:
    """Bring back what stood before a run that was broken off.

    :return: whether there was one that had begun to change files
    """
    under_way = marker.read(site)
    broken_off = bool(under_way and under_way.state != 'applied')
    if under_way and broken_off:
        for path, (before, _) in reversed(under_way.files.items()):
            if _has_to_go_back(site, under_way, path):
                _bring_back(site, path, before)
        _bring_marker_back(site)
    _sweep(site)
    return broken_off


def _bring_back(site: pathlib.Path, path: str, before: str | None) -> None:
    if before is None:
        _remove(site / path)
    else:
        os.replace(_aside(site, path, 'old'), site / path)
        _sync((site / path).parent)


def _bring_marker_back(site: pathlib.Path) -> None:
    if _aside(site, marker.PATH, 'old').is_file():
        _bring_back(site, marker.PATH, '')
        return
    found = settled_marker(site)
    if found:
        _write_marker(site, found)
    else:
        _remove(site / marker.PATH)


def _prepare(
    site: pathlib.Path, changes: Contents, times: Mapping[str, int]
) -> None:
    _sweep(site)
    (site / STAGING).mkdir()
    for path in (*changes, marker.PATH):
        if (site / path).is_file():
            _copy(site / path, _aside(site, path, 'old'))
    for path, content in changes.items():
        if content is not None:
            _compose(site, path, content, times.get(path))
    _sync(site / STAGING)


def _compose(
    site: pathlib.Path, path: str, content: bytes, time: int | None
) -> None:
    """Write a file with the mode and the owner of the one it replaces."""
    target = _aside(site, path, 'new')
    target.write_bytes(content)
    model = site / path
    _resemble(model if model.is_file() else site / 'nova/__init__.py', target)
    now = time_ns()
    os.utime(target, ns=(time or now, time or now))
    _sync(target)


def _copy(source: pathlib.Path, target: pathlib.Path) -> None:
    shutil.copyfile(source, target)
    _resemble(source, target)
    _sync(target)


def _resemble(model: pathlib.Path, target: pathlib.Path) -> None:
    status = model.stat()
    if os.geteuid() == 0 or status.st_uid != os.geteuid():
        os.chown(target, status.st_uid, status.st_gid)
    # After the owner, whose change would take bits of the mode away.
    shutil.copystat(model, target)


def _write_marker(site: pathlib.Path, content: Marker) -> None:
    staged = site / STAGING / 'marker'
    staged.parent.mkdir(exist_ok=True)
    staged.write_text(marker.text(content))
    _resemble(site / 'nova/__init__.py', staged)
    _sync(staged)
    os.replace(staged, site / marker.PATH)
    _sync(site / 'nova')


def _exchange(site: pathlib.Path, path: str, content: bytes | None) -> None:
    if content is None:
        _remove(site / path)
    else:
        os.replace(_aside(site, path, 'new'), site / path)
        for compiled in _compiled(site / path):
            if compiled.read_bytes()[4:8] == _UNCHECKED:
                compiled.unlink()
        _sync((site / path).parent)


def _remove(path: pathlib.Path) -> None:
    path.unlink(missing_ok=True)
    for compiled in _compiled(path):
        compiled.unlink()
    _sync(path.parent)


def _compiled(path: pathlib.Path) -> Iterable[pathlib.Path]:
    return path.parent.glob(f'__pycache__/{path.stem}.*.pyc')


def _sweep(site: pathlib.Path) -> None:
    if (site / STAGING).exists():
        shutil.rmtree(site / STAGING)


def _sync(path: pathlib.Path) -> None:
    """See to it that it is on the disk; of a folder, its entries."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
