# SPDX-License-Identifier: Apache-2.0
"""The exported series in a source package, by Debian's own tool."""

import pathlib
import subprocess
import tempfile

import testscenarios
import testtools

from tools.releases import trees, versions

load_tests = testscenarios.load_tests_apply_scenarios

PACKAGING = {
    'source/format': '3.0 (quilt)\n',
    'control': 'Source: nova\n\nPackage: nova\nArchitecture: all\n',
    'changelog': (
        'nova (2:{version}-1) unstable; urgency=medium\n\n'
        '  * A test.\n\n'
        ' -- Nobody <nobody@example.org>  Mon, 23 Nov 2026 00:00:00 +0000\n'
    ),
    'patches/series': 'theirs.patch\n',
    'patches/theirs.patch': (
        'Description: one that is there already\n'
        '--- /dev/null\n+++ b/theirs\n@@ -0,0 +1 @@\n+theirs\n'
    ),
}


class SourcePackageTest(testtools.TestCase):
    scenarios = tuple(
        (release.name, {'release': release}) for release in versions.releases()
    )

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.tree = trees.copy(self.release.last, self.folder / 'package')
        for name, text in PACKAGING.items():
            path = self.tree / 'debian' / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.format(version=self.release.last))

    def dpkg_source(self, option):
        """Lay the patches over the tree, or take them off, as a build does."""
        done = subprocess.run(
            ['dpkg-source', option, self.tree.name],
            cwd=self.tree.parent,
            capture_output=True,
            text=True,
        )
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)

    def export(self):
        output = str(self.tree / 'debian' / 'patches')
        options = ('--format', 'quilt', '--output', output)
        trees.command('export', self.release.name, *options)

    def test_it_is_built_with_what_apply_does(self):
        expected = trees.copy(self.release.last, self.folder / 'applied')
        trees.patch(expected, self.release.name)
        self.export()
        before = trees.checksums(self.tree)

        self.dpkg_source('--before-build')
        self.assertEqual('theirs\n', (self.tree / 'theirs').read_text())
        for name in trees.touched(self.release.name):
            self.assertEqual(
                (expected / name).read_text(), (self.tree / name).read_text()
            )
        self.dpkg_source('--after-build')
        self.assertEqual(before, trees.checksums(self.tree))
