# SPDX-License-Identifier: Apache-2.0
"""What was found out, kept with the sources: it outlives the machine.

A cell holds as long as nothing that it depends on has changed.
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import json

from tools.releases.cells import Cell
from tools.releases.versions import ROOT

_FILE = ROOT / 'doc' / 'source' / 'releases.json'
_BUILD = ROOT / 'build'
_TESTS = ROOT / 'nova_live_tune' / 'tests'


def load(version, column):
    """Return the kept cell; None if it was never found out."""
    kept = _read().get(version, {}).get(column.name)
    return Cell(**kept) if kept else None


def holds(cell, release, column):
    """Whether all that a kept cell depends on is as it was then."""
    return cell.inputs == digest(release, column)


def save(version, column, cell):
    """Keep a cell."""
    # Several may run at a time, each for some of the cells.
    with _locked():
        cells = _read()
        cells.setdefault(version, {})[column.name] = dataclasses.asdict(cell)
        fresh = _BUILD / _FILE.name
        text = json.dumps(cells, indent=1, sort_keys=True)
        fresh.write_text(f'{text}\n')
        fresh.replace(_FILE)


def _read():
    return json.loads(_FILE.read_text())


@contextlib.contextmanager
def _locked():
    _BUILD.mkdir(exist_ok=True)
    with (_BUILD / 'releases.lock').open('w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(release, column):
    """Return one number for all that a cell depends on."""
    whole = hashlib.sha256()
    for path in _files(release, column):
        whole.update(str(path.relative_to(ROOT)).encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _files(release, column):
    for name in column.inputs:
        top = ROOT / name.format(release.name)
        below = top.rglob('*') if top.is_dir() else [top]
        for path in sorted(below):
            if path.is_file() and _matters(path, column):
                yield path


def _matters(path, column):
    if path.suffix == '.pyc':
        return False
    if path.parent == _TESTS or not path.is_relative_to(_TESTS):
        return True
    return any(path.is_relative_to(_TESTS / name) for name in column.tests)
