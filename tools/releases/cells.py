# SPDX-License-Identifier: Apache-2.0
"""The cells of the table: what is tried on each Nova, and what came of it."""

import dataclasses
from collections.abc import Callable
from typing import Any

from tools.releases import trees, upstream


@dataclasses.dataclass
class Cell:
    """What came of one thing that was tried on one Nova.

    :ivar passed: None if it was not tried
    :ivar text: for the table
    :ivar failures: a sentence or a test's name each
    :ivar notes: what is no failure, and still to be known
    :ivar inputs: the digest of all that it depends on
    :ivar date: of the day, in UTC, on which it was tried
    """

    passed: 'bool | None'
    text: str
    failures: list = dataclasses.field(default_factory=list)
    notes: list = dataclasses.field(default_factory=list)
    inputs: str = ''
    date: str = ''


@dataclasses.dataclass(frozen=True)
class Column:
    """One thing to try.

    :ivar inputs: the paths that it depends on; {} is the release
    :ivar tests: what of nova_live_tune/tests is among them
    :ivar find_out: called with the machine, the release and the version
    :ivar each: whether also on the first version of a release
    :ivar mode: the concurrency mode that it is about
    """

    name: str
    title: str
    inputs: tuple
    find_out: Callable[..., Any]
    tests: tuple = ()
    each: bool = False
    mode: str = 'eventlet'

    def is_for(self, release, version):
        """Whether there is anything to try on this version."""
        ours = self.each or version == release.last
        return ours and self.mode in release.modes


def _series(test):
    def find_out(machine, release, version):
        tally = machine.run_patches(test, version)
        return _yes_or_no(tally.failures)

    return find_out


def _yes_or_no(failures, more=''):
    return Cell(not failures, ('NO' if failures else 'yes') + more, failures)


def _imports(machine, release, version):
    home, python = machine.home_of_nova(release)
    with machine.patched(release, version) as tree:
        said = upstream.import_all(home, tree, trees.touched(release.name))
    return _yes_or_no([said] if said else [], f' ({python})')


def _ours(*environments):
    """Run environments of ours with the oldest and the newest Python."""

    def find_out(machine, release, version):
        texts, failures = [], []
        for python in machine.pythons(release):
            runs = [machine.run(e, release, python) for e in environments]
            texts.append(_counts(runs, python))
            for tally in runs:
                failures += [f'Python {python}: {f}' for f in tally.failures]
        return Cell(not failures, ', '.join(texts), failures)

    return find_out


def _counts(runs, python):
    passed, failed = (sum(getattr(t, n) for t in runs) for n in _COUNTED)
    return (
        f'{passed} passed'
        + f', {failed} FAILED' * bool(failed)
        + (f' ({python})')
    )


_COUNTED = ('passed', 'failed')


def _novas(groups):
    """Run Nova's own tests without the patches, then with them."""

    def find_out(machine, release, version):
        home, python = machine.home_of_nova(release)
        mode = release.modes[-1]
        plain = trees.unpacked(version, machine.uv)
        before = upstream.run(home, plain, groups, mode)
        with machine.patched(release, version) as tree:
            after = upstream.run(home, tree, groups, mode)
        return _compared(*upstream.compare(before, after), f'{mode}, {python}')

    return find_out


def _compared(still, broken, anyway, where):
    parts = [f'{len(still)} passed']
    parts += [f'{len(broken)} FAILED'] * bool(broken)
    parts += [f'{len(anyway)} failing upstream here too'] * bool(anyway)
    # With nothing that passes, nothing is shown.
    failures = broken if still else ['No test passed.']
    text = f'{", ".join(parts)} ({where})'
    notes = [f'{test} fails upstream here too' for test in anyway]
    return Cell(not failures, text, failures, notes)


def _smoke(machine, release, version):
    return _yes_or_no(machine.run_smoke(release).failures)


_PATCHES = (
    'patches',
    'nova_live_tune/patching',
    'tests-constraints/{}.txt',
)
_NOVAS = (*_PATCHES, 'tools/releases/upstream.py')
_PACKAGE = (*_PATCHES, 'nova_live_tune', 'setup.cfg', 'test-requirements.txt')
# With them the tests of properties build their hosts.
_FAKES = ('functional/__init__.py', 'functional/fake')

COLUMNS = (
    Column(
        'applies',
        'applies',
        _PATCHES,
        _series('test_it_fits'),
        each=True,
    ),
    Column(
        'reverts',
        'reverts to the byte',
        _PATCHES,
        _series('test_reverting'),
        each=True,
    ),
    Column('imports', 'patched, imports', _PATCHES, _imports, each=True),
    Column(
        'unit',
        'unit',
        _PACKAGE,
        _ours('unit', 'property'),
        tests=(*_FAKES, 'unit', 'property'),
    ),
    Column(
        'eventlet',
        'functional, eventlet',
        _PACKAGE,
        _ours('functional-eventlet'),
        tests=('functional',),
    ),
    Column(
        'threading',
        'functional, threading',
        _PACKAGE,
        _ours('functional'),
        tests=('functional',),
        mode='threading',
    ),
    Column('nova-unit', "Nova's own unit", _NOVAS, _novas(upstream.UNIT)),
    Column(
        'nova-functional',
        "Nova's own functional",
        _NOVAS,
        _novas(upstream.FUNCTIONAL),
    ),
    Column(
        'e2e',
        'end-to-end',
        (*_PACKAGE, 'lab'),
        _smoke,
        tests=('smoke', 'e2e'),
    ),
)
