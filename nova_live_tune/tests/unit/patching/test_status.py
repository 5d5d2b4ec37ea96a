# SPDX-License-Identifier: Apache-2.0
import shutil
from unittest import mock

from nova_live_tune.patching import (
    actions,
    marker,
    series,
    status,
    transaction,
    tree,
)
from nova_live_tune.tests.unit.patching import sites


class StatusTest(sites.SiteTest):
    def _look(self, state, told, release=sites.RELEASE):
        """The series that is found; state and detail are compared."""
        before = sites.checksum(self.site)
        found = status.inspect(self.site)
        self.assertEqual(before, sites.checksum(self.site))
        self.assertEqual(release, found.release)
        self.assertEqual(state, found.state, found.detail)
        self.assertIn(told, found.detail)
        return found.series

    def _apply(self, patches=None):
        patches = patches or series.read(sites.RELEASE)
        with mock.patch.object(series, 'read', return_value=patches):
            actions.apply(self.site, sites.RELEASE)

    def test_unpatched(self):
        self.assertIsNone(self._look('unpatched', 'the series applies'))
        self.assertEqual(
            tree.version(self.site), status.inspect(self.site).nova_version
        )

    def test_applied(self):
        self._apply()
        label = series.label(
            series.read(sites.RELEASE), series.package_version()
        )
        self.assertEqual(label, self._look('applied', '8 patches are in'))

    def test_applied_by_others(self):
        self._apply()
        (self.site / marker.PATH).unlink()
        label = self._look('applied', 'by other means')
        self.assertEqual(series.digest(series.read(sites.RELEASE)), label)

    def test_another_version(self):
        self._apply(series.read(sites.RELEASE)[:5])
        ours = series.digest(series.read(sites.RELEASE))
        label = self._look('outdated', f'+{ours}: apply it')
        self.assertNotIn(ours, label)

    def test_nova_was_installed_anew(self):
        content = (self.site / sites.ROUTES).read_bytes()
        self._apply()
        (self.site / sites.ROUTES).write_bytes(content)
        self._look('outdated', '1 of 8 patches are gone: apply again')

    def test_only_our_own_file_is_left(self):
        self._apply()
        loader = self.text(sites.LOADER)
        kept = self.text(marker.PATH)
        actions.revert(self.site, sites.RELEASE)
        (self.site / sites.LOADER).write_text(loader)
        (self.site / marker.PATH).write_text(kept)
        self.assertIsNone(self._look('unpatched', 'installed anew'))

    def test_foreign_changes_before(self):
        sites.edit(self.site / sites.ROUTES, 'custom_routes = tuple()', '')
        self.assertIsNone(self._look('foreign', 'Hunk #1 FAILED'))

    def test_foreign_changes_since(self):
        self._apply()
        sites.edit(self.site / sites.ROUTES, 'custom_routes += ', 'x = ')
        self.assertIsNotNone(self._look('foreign', 'cannot be taken back'))

    def test_a_marker_that_is_not_ours(self):
        (self.site / marker.PATH).write_text('something\n')
        self._look('foreign', 'was not written by this version')

    def test_interrupted(self):
        write = transaction._write_marker

        def once(site, content):
            if content.state == 'applied':
                raise OSError('no power')
            write(site, content)

        with mock.patch.multiple(
            transaction, undo=mock.Mock(), _write_marker=once
        ):
            self.assertRaises(OSError, self._apply)
        self._look('interrupted', f'(done: {sites.LOADER}, ')
        shutil.copyfile(
            transaction._aside(self.site, sites.ROUTES, 'old'),
            self.site / sites.ROUTES,
        )
        self._look('interrupted', f'; not done: {sites.ROUTES})')

    def test_interrupted_before_anything_was_changed(self):
        (self.site / transaction.STAGING).mkdir()
        self._look('unpatched', f'left {transaction.STAGING}; the next')

    def test_a_nova_without_a_series(self):
        with mock.patch.object(tree, 'version', return_value='30.1.0'):
            self._look('unpatched', 'There are series for 31', release=None)
        self._apply()
        with mock.patch.object(tree, 'version', return_value='30.1.0'):
            self.assertIsNotNone(self._look('applied', '8', release=None))
