# SPDX-License-Identifier: Apache-2.0
"""What the matrix found out is kept, and is what the documentation says."""

import pathlib
import tempfile
from unittest import mock

import testtools

from tools.releases import cells, store, table, versions

RELEASE = versions.Release('2025.1', '31.3.1')
COLUMN = cells.Column('some', 'some', ('patches', 'pins/{}.txt'), mock.Mock())
CELL = cells.Cell(True, '5 passed', notes=['a note'], date='2026-11-23')


class PageTest(testtools.TestCase):
    def test_the_table_is_what_was_found_out(self):
        self.assertEqual(table.text(), table.FILE.read_text())


class StoreTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name, text in (
            ('patches/series', 'a.patch\n'),
            ('pins/2025.1.txt', 'nova==31.3.1\n'),
            ('pins/2025.2.txt', 'nova==32.2.1\n'),
            ('tests/unit/test_one.py', 'one\n'),
            ('tests/functional/test_two.py', 'two\n'),
            ('kept.json', '{}\n'),
        ):
            self.write(name, text)
        for name, path in (
            ('ROOT', ''),
            ('_BUILD', 'build'),
            ('_FILE', 'kept.json'),
            ('_TESTS', 'tests'),
        ):
            patch = mock.patch.object(store, name, self.root / path)
            patch.start()
            self.addCleanup(patch.stop)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_depends(self, expected, name, *, column=COLUMN):
        before = store.digest(RELEASE, column)
        self.write(name, 'another text\n')
        self.assertEqual(expected, before != store.digest(RELEASE, column))

    def test_what_is_kept_comes_back(self):
        store.save('31.3.1', COLUMN, CELL)
        store.save('32.2.1', COLUMN, cells.Cell(False, 'NO', ['why']))
        self.assertEqual(CELL, store.load('31.3.1', COLUMN))
        self.assertIsNone(store.load('33.0.2', COLUMN))

    def test_it_holds_until_something_changes(self):
        kept = cells.Cell(True, 'yes', inputs=store.digest(RELEASE, COLUMN))
        self.assertTrue(store.holds(kept, RELEASE, COLUMN))
        self.write('patches/common/a.patch', 'a patch\n')
        self.assertFalse(store.holds(kept, RELEASE, COLUMN))

    def test_it_depends_on_its_own_release(self):
        self.assert_depends(False, 'pins/2025.2.txt')
        self.assert_depends(True, 'pins/2025.1.txt')

    def test_it_depends_on_its_own_tests(self):
        column = cells.Column(
            'some', 'some', ('tests',), mock.Mock(), tests=('unit',)
        )
        self.assert_depends(False, 'tests/functional/x.py', column=column)
        self.assert_depends(True, 'tests/unit/test_one.py', column=column)
        # All of them use what is beside their folders.
        self.assert_depends(True, 'tests/base.py', column=column)
