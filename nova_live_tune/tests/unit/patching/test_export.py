# SPDX-License-Identifier: Apache-2.0
import re
import subprocess

from nova_live_tune.patching import actions, export, series, transaction
from nova_live_tune.tests.unit.patching import sites

_PATCHES = series.read(sites.RELEASE)


class ExportTest(sites.SiteTest):
    def setUp(self):
        super().setUp()
        self.output = self.folder / 'patches'

    def _quilt(self, patches=_PATCHES):
        return export.quilt(patches, self.output)

    def _listed(self, folder=None):
        return ((folder or self.output) / 'series').read_text().splitlines()

    def _expected(self):
        actions.apply(self.site, sites.RELEASE)
        patched = transaction.read(self.site, sites.FILES)
        actions.revert(self.site, sites.RELEASE)
        return patched

    def test_what_quilt_and_dpkg_would_do(self):
        expected = self._expected()
        self.assertEqual(self._quilt(), self._listed())
        for name in self._listed():
            subprocess.run(
                ['patch', '-p1', '--fuzz=0', '-i', self.output / name],
                cwd=self.site,
                check=True,
                capture_output=True,
            )
        self.assertEqual(expected, transaction.read(self.site, sites.FILES))

    def test_what_kolla_would_do(self):
        """In the image's root, for each name in the series of its folder."""
        expected = self._expected()
        root = self.folder / 'root'
        site = root / 'var/lib/kolla/venv/lib/python3.13/site-packages'
        site.parent.mkdir(parents=True)
        self.site.rename(site)
        export.kolla(_PATCHES, self.output, '3.13')
        image = self.output / 'nova-base'
        command = ['patch', '-p0', '--fuzz=0', '--ignore-whitespace']
        for name in self._listed(image):
            with (image / name).open() as text:
                subprocess.run(
                    command,
                    stdin=text,
                    cwd=root,
                    check=True,
                    capture_output=True,
                )
        self.assertEqual(expected, transaction.read(site, sites.FILES))

    def test_no_name_is_a_part_of_another(self):
        """Kolla looks for them in the text of what it has applied."""
        names = self._quilt()
        for name in names:
            self.assertEqual([name], [each for each in names if name in each])

    def test_headers_are_those_of_dep_3(self):
        for name in self._quilt():
            header, _, _ = (self.output / name).read_text().partition('\n---')
            self.assertEqual(
                ['Description', 'Origin', 'Forwarded', 'X-Applies-To'],
                re.findall(r'^(\S+): \S', header, re.MULTILINE),
            )
            # Every other line continues the description.
            for line in header.splitlines():
                self.assertRegex(line, r'^(\S+:)? \S')

    def test_others_patches_stay(self):
        self.output.mkdir()
        (self.output / 'series').write_text('# Ours:\nfix-a.patch -p1\n')
        (self.output / 'fix-a.patch').write_text('a patch\n')
        names = self._quilt()
        expected = ['# Ours:', 'fix-a.patch -p1', *names]
        self.assertEqual(expected, self._listed())
        with (self.output / 'series').open('a') as listing:
            listing.write('fix-b.patch\n')
        self._quilt()
        self.assertEqual([*expected, 'fix-b.patch'], self._listed())
        self.assertEqual(
            'a patch\n', (self.output / 'fix-a.patch').read_text()
        )

    def test_another_version_leaves_nothing_of_the_former(self):
        self._quilt()
        names = self._quilt(_PATCHES[:3])
        self.assertEqual(names, self._listed())
        self.assertEqual(
            sorted(names), sorted(p.name for p in self.output.glob('*.patch'))
        )
