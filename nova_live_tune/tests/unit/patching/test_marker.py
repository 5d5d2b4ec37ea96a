# SPDX-License-Identifier: Apache-2.0
import subprocess

from nova_live_tune.patching import marker, series
from nova_live_tune.tests.unit.patching import sites

_MARKER = marker.Marker(
    patches=tuple(series.read('2026.2')),
    package='1.2.0',
    state='applying',
    originals={sites.ROUTES: ('abc', 1234567890)},
    files={sites.ROUTES: ('abc', 'def'), sites.LOADER: (None, 'fed')},
)


class MarkerTest(sites.SiteTest):
    def _write(self, text):
        (self.site / marker.PATH).write_text(text)

    def test_none(self):
        self.assertIsNone(marker.read(self.site))

    def test_what_is_written_is_read(self):
        self._write(marker.text(_MARKER))
        self.assertEqual(_MARKER, marker.read(self.site))

    def test_what_former_versions_wrote(self):
        self._write(''.join(patch.text for patch in _MARKER.patches))
        read = marker.read(self.site)
        self.assertEqual('applied', read.state)
        self.assertEqual(
            [patch.text for patch in _MARKER.patches],
            [patch.text for patch in read.patches],
        )

    def test_what_cannot_be_understood(self):
        newer = marker.text(_MARKER).replace('"format": 1', '"format": 2')
        cut = marker.text(_MARKER)[:2000]
        for text in (newer, cut, '', '{}\n', 'something\n', '[1]\n'):
            self._write(text)
            error = self.assertRaises(
                marker.Unreadable, marker.read, self.site
            )
            self.assertIn('.live-tune-series was not written', str(error))

    def test_gnu_patch_reads_it_too(self):
        self._write(marker.text(_MARKER))
        command = ['patch', '-p1', '--fuzz=0', '-i', marker.PATH]
        subprocess.run(command, cwd=self.site, check=True, capture_output=True)
        self.assertIn('extension_hooks', self.text(sites.ROUTES))
        subprocess.run(
            [*command, '--reverse'],
            cwd=self.site,
            check=True,
            capture_output=True,
        )
        self.assertNotIn('extension_hooks', self.text(sites.ROUTES))
