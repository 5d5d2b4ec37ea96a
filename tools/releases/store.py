# SPDX-License-Identifier: Apache-2.0
"""What was found out before, as long as nothing that it depends on changed."""

import dataclasses
import hashlib
import json

from tools.releases.cells import Cell
from tools.releases.versions import ROOT

_FOLDER = ROOT / 'build' / 'releases'
_TESTS = ROOT / 'nova_live_tune' / 'tests'


def load(release, version, column):
    """Return a kept cell; None if there is none that still holds."""
    try:
        kept = json.loads(_file(version, column).read_text())
    except FileNotFoundError:
        return None
    if kept.pop('inputs') != digest(release, column):
        return None
    return Cell(**kept)


def save(inputs, version, column, cell):
    """Keep a cell.

    :param inputs: the digest from before it was found out
    """
    _FOLDER.mkdir(parents=True, exist_ok=True)
    kept = {'inputs': inputs, **dataclasses.asdict(cell)}
    _file(version, column).write_text(json.dumps(kept, indent=1))


def _file(version, column):
    return _FOLDER / f'{version}-{column.name}.json'


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
