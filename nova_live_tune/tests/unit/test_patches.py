# SPDX-License-Identifier: Apache-2.0
"""The patch series are complete, and each patch says what it is for."""

import pathlib
import re

import testtools

_FIELDS = ('Subject', 'Why', 'Origin', 'Forwarded', 'Applies-To')
_PATCHES = pathlib.Path(__file__).parents[3] / 'patches'


def _read_series(series):
    lines = series.read_text().splitlines()
    return [
        (series.parent / line).resolve()
        for line in lines
        if line and not line.startswith('#')
    ]


class SeriesTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.series = sorted(_PATCHES.glob('*/series'))
        self.assertNotEqual([], self.series)

    def test_all_files_exist(self):
        for series in self.series:
            files = _read_series(series)
            self.assertNotEqual([], files)
            self.assertEqual([], [f for f in files if not f.is_file()])

    def test_no_patch_is_forgotten(self):
        named = {
            file for series in self.series for file in _read_series(series)
        }
        self.assertEqual(set(_PATCHES.resolve().glob('*/*.patch')), named)

    def test_headers(self):
        for patch in sorted(_PATCHES.glob('*/*.patch')):
            header, rule, diff = patch.read_text().partition('\n---\n')
            self.assertTrue(rule, patch.name)
            for field in _FIELDS:
                self.assertTrue(
                    re.search(rf'^{field}: \S', header, re.MULTILINE),
                    f'{patch.name} has no {field}',
                )
            self.assertIn('\n+++ b/nova/', diff)

    def test_a_patch_names_the_release_of_each_series_it_is_in(self):
        for series in self.series:
            for patch in _read_series(series):
                applies = re.search(
                    r'^Applies-To: (.*)$', patch.read_text(), re.MULTILINE
                )
                self.assertIn(f'({series.parent.name})', applies[1])
