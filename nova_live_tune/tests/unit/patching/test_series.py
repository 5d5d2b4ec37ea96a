# SPDX-License-Identifier: Apache-2.0
import testtools

from nova_live_tune.patching import series


class SeriesTest(testtools.TestCase):
    def test_every_release_has_the_nova_that_it_is_made_for(self):
        self.assertEqual(
            {'2025.1': '31', '2025.2': '32', '2026.1': '33', '2026.2': '34'},
            {r: series.major(v) for r, v in series.releases().items()},
        )

    def test_a_version_belongs_to_the_release_of_its_major(self):
        self.assertEqual('2025.1', series.release_of('31.0.0'))
        self.assertEqual('2026.2', series.release_of('34.1.0.dev7'))

    def test_an_unknown_version_is_told_what_is_known(self):
        error = self.assertRaises(series.Unknown, series.release_of, '30.1.0')
        self.assertIn('nova 30.1.0', str(error))
        self.assertIn('31 (2025.1), 32 (2025.2)', str(error))

    def test_an_unknown_release_is_told_what_is_known(self):
        for release in ('2024.2', '../patches/2026.2', 'common'):
            error = self.assertRaises(series.Unknown, series.read, release)
            self.assertIn('34 (2026.2)', str(error))

    def test_patches_name_their_files(self):
        patches = series.read('2026.2')
        self.assertEqual(['nova/extension_hooks.py'], patches[0].files)
        self.assertTrue(patches[0].diff.startswith('--- /dev/null\n'))
        self.assertEqual({'nova/compute/manager.py'}, set(patches[6].files))

    def test_what_was_joined_is_split_again(self):
        patches = series.read('2026.2')
        joined = ''.join(patch.text for patch in patches)
        self.assertEqual(
            [patch.text for patch in patches],
            [patch.text for patch in series.split(joined)],
        )

    def test_a_header_does_not_make_another_series(self):
        patch = series.read('2026.2')[0]
        told = series.Patch(patch.name, 'Subject: else\n' + patch.text)
        longer = series.Patch(patch.name, patch.text + '+\n')
        self.assertEqual(series.digest([patch]), series.digest([told]))
        self.assertNotEqual(series.digest([patch]), series.digest([longer]))

    def test_a_label_has_the_version_of_the_package_if_there_is_one(self):
        patches = series.read('2026.2')
        digest = series.digest(patches)
        self.assertEqual(f'1.2.0+{digest}', series.label(patches, '1.2.0'))
        self.assertEqual(digest, series.label(patches, None))
