# SPDX-License-Identifier: Apache-2.0
import os
import shutil
import subprocess
import sys
from unittest import mock

from nova_live_tune.patching import actions, marker, series, transaction, tree
from nova_live_tune.patching.errors import Refused
from nova_live_tune.tests.unit.patching import sites


class ActionsTest(sites.SiteTest):
    def _apply(self, *numbers):
        """All of the series, or only the patches of these numbers."""
        patches = series.read(sites.RELEASE)
        some = [patches[number] for number in numbers] or patches
        with mock.patch.object(series, 'read', return_value=some):
            return actions.apply(self.site, sites.RELEASE)

    def _check(self):
        return actions.check(self.site, sites.RELEASE)

    def _revert(self):
        return actions.revert(self.site, sites.RELEASE)

    def _assert_refused(self, action, *told):
        before = sites.checksum(self.site)
        error = self.assertRaises(Refused, action)
        for each in told:
            self.assertIn(each, str(error))
        self.assertEqual(before, sites.checksum(self.site))

    def test_there_and_back(self):
        self.assertIn('8 patches; 6 files would change', self._check())
        self.assertOriginal()
        self.assertIn('; 6 files changed.', self._apply())
        for name in sites.FILES:
            self.assertIn('extension_hooks', self.text(name) + name)
        patched = sites.checksum(self.site)
        for action in (self._apply, self._check):
            self.assertIn('Patched already', action())
        self.assertEqual(patched, sites.checksum(self.site))
        self.assertIn('; 6 files changed.', self._revert())
        self.assertOriginal()
        self.assertEqual('Not patched.', self._revert())
        self.assertOriginal()

    def test_a_whole_nova_with_what_python_compiled_of_it(self):
        whole = self.folder / 'whole'
        shutil.copytree(tree.installed() / 'nova', whole / 'nova')
        actions.revert(whole, sites.RELEASE)
        before = sites.checksum(whole)
        actions.apply(whole, sites.RELEASE)
        self.assertNotEqual(before, sites.checksum(whole))
        actions.revert(whole, sites.RELEASE)
        self.assertEqual(before, sites.checksum(whole))

    def test_what_is_patched_can_be_imported(self):
        self._apply()
        code = (
            'import sys; sys.path.insert(0, sys.argv[1])\n'
            'from nova import extension_hooks\n'
            'assert extension_hooks.__file__.startswith(sys.argv[1])\n'
            'assert extension_hooks.pipe("nothing.here", 42) == 42\n'
        )
        subprocess.run(
            [sys.executable, '-B', '-c', code, self.site], check=True
        )
        for name in sites.FILES:
            compile(self.text(name), name, 'exec')

    def test_lines_that_have_moved_are_no_obstacle(self):
        path = self.site / sites.DRIVER
        path.write_text('# Somebody was here.\n' * 40 + path.read_text())
        moved = sites.checksum(self.site)
        self._apply()
        self._revert()
        self.assertEqual(moved, sites.checksum(self.site))

    def test_foreign_changes_are_shown_and_left_alone(self):
        sites.edit(
            self.site / sites.ROUTES,
            'custom_routes = tuple()',
            'custom_routes = ours()',
        )
        for action in (self._apply, self._check):
            self._assert_refused(
                action,
                f'0002-api-routes.patch does not fit {sites.ROUTES}: ',
                'Hunk #1 FAILED at 8',
                '             custom_routes = tuple()\n',
                "+            'nova.api.v21.extensions', server_controller)\n",
            )
        self._assert_refused(self._apply, '\nNothing was changed.')

    def test_context_is_not_guessed(self):
        # GNU patch would take this one with its usual fuzz.
        sites.edit(
            self.site / sites.ROUTES,
            '        for path, methods in ROUTE_LIST + custom_routes:\n'
            '            # NOTE',
            '        for path, methods in ROUTE_LIST + custom_routes:\n'
            '            # Note',
        )
        self._assert_refused(self._apply, sites.ROUTES)

    def test_what_was_changed_since_is_not_reverted(self):
        self._apply()
        sites.edit(
            self.site / sites.DRIVER,
            'instance, block_device_info, rescue)',
            'instance, block_device_info, None)',
        )
        self._assert_refused(
            self._revert,
            '0005-libvirt-guest-xml.patch cannot be taken back',
            'Hunk #1 FAILED at 8',
            '-                                   instance, block_device_info',
            '\nNothing was changed.',
        )
        self._assert_refused(self._apply, 'does not fit nova/virt/libvirt')

    def test_changes_elsewhere_in_a_file_stay(self):
        self._apply()
        path = self.site / sites.DRIVER
        path.write_text(path.read_text() + '# Mine.\n')
        self._revert()
        self.assertTrue(self.text(sites.DRIVER).endswith('# Mine.\n'))
        self.assertNotIn('extension_hooks', self.text(sites.DRIVER))

    def test_a_nova_that_was_installed_anew(self):
        originals = {
            name: (self.site / name).read_bytes()
            for name in sites.FILES
            if name != sites.LOADER
        }
        self._apply()
        patched = transaction.read(self.site, sites.FILES)
        for name, content in originals.items():
            (self.site / name).write_bytes(content)
        self.assertIn('5 files would change', self._check())
        self.assertIn('; 5 files changed', self._apply())
        self.assertEqual(patched, transaction.read(self.site, sites.FILES))
        for name, content in originals.items():
            (self.site / name).write_bytes(content)
        self.assertIn('; 1 file changed', self._revert())
        self.assertFalse((self.site / sites.LOADER).exists())

    def test_another_version_is_replaced_and_taken_out_again(self):
        first = self._apply(0, 1, 4)
        self.assertIn('; 3 files changed', first)
        self.assertIn('; 4 files changed', self._apply())
        self.assertEqual(8, len(marker.read(self.site).patches))
        self.assertIn('; 4 files changed', self._apply(0, 1, 4))
        self.assertNotIn(
            'extension_hooks', self.text('nova/compute/manager.py')
        )
        # Not this package's own patches are reverted, but those that are in.
        self._revert()
        self.assertOriginal()

    def test_a_release_without_a_series_is_reverted_by_its_marker(self):
        self._apply()
        actions.revert(self.site, None)
        self.assertOriginal()

    def test_what_former_versions_applied_is_taken_over(self):
        self._apply()
        text = ''.join(p.text for p in series.read(sites.RELEASE))
        (self.site / marker.PATH).write_text(text)
        self.assertIn('Patched already', self._apply())
        self._revert()
        self.assertNotIn('extension_hooks', self.text(sites.DRIVER))
        self.assertFalse((self.site / marker.PATH).exists())

    def test_what_others_applied_is_taken_over(self):
        """As in a Debian package or a Kolla image that has the series."""
        self._apply()
        (self.site / marker.PATH).unlink()
        self.assertIn('; 0 files changed', self._apply())
        self.assertIn('Patched already', self._apply())
        (self.site / marker.PATH).unlink()
        self.assertIn('; 6 files changed', self._revert())
        self.assertNotIn('extension_hooks', self.text(sites.DRIVER))

    def test_an_interrupted_run_is_undone_also_if_the_next_is_refused(self):
        def die(*_):
            raise OSError('no power')

        with mock.patch.multiple(transaction, undo=mock.Mock(), _exchange=die):
            self.assertRaises(OSError, self._apply)
        self.assertEqual('applying', marker.read(self.site).state)
        self.assertIn('8 patches; 6 files would change', self._check())
        sites.edit(self.site / sites.ROUTES, 'custom_routes = tuple()', '')
        error = self.assertRaises(Refused, self._apply)
        self.assertIn('was undone; nothing else was changed.', str(error))
        self.assertFalse((self.site / marker.PATH).exists())
        self.assertFalse((self.site / transaction.STAGING).exists())

    def test_who_may_not_write_is_told_so(self):
        error = PermissionError(
            13, 'Permission denied', str(self.site / 'nova')
        )
        with mock.patch.object(os, 'mkdir', side_effect=error):
            self.assertRaises(PermissionError, self._apply)
        self.assertOriginal()
