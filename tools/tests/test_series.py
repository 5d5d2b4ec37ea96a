# SPDX-License-Identifier: Apache-2.0
"""The series fits the first and the last Nova of each release, as on PyPI."""

import pathlib
import tempfile

import testscenarios
import testtools

from tools.releases import trees, versions

load_tests = testscenarios.load_tests_apply_scenarios


class SeriesTest(testtools.TestCase):
    scenarios = tuple(
        (version, {'release': release.name, 'version': version})
        for release in versions.releases()
        for version in release.versions
    )

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.tree = trees.copy(self.version, pathlib.Path(folder.name))
        self.before = trees.checksums(self.tree)
        trees.patch(self.tree, self.release)

    def test_it_fits_without_fuzz_and_compiles(self):
        touched = trees.touched(self.release)
        self.assertIn('nova/extension_hooks.py', touched)
        for name in touched:
            compile((self.tree / name).read_text(), name, 'exec')
        # All of what it names is changed, and nothing else.
        after = trees.checksums(self.tree)
        changed = {
            name
            for name in self.before.keys() | after.keys()
            if self.before.get(name) != after.get(name)
        }
        changed.discard('nova/.live-tune-series')
        self.assertEqual(set(touched), changed)

    def test_reverting_restores_every_byte(self):
        trees.patch(self.tree, self.release, 'revert')
        self.assertEqual(self.before, trees.checksums(self.tree))
