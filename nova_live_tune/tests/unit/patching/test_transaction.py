# SPDX-License-Identifier: Apache-2.0
import json
import os
import pathlib
import py_compile
import shutil
import subprocess
import sys
from unittest import mock

from nova_live_tune.patching import marker, series, transaction
from nova_live_tune.tests.unit.patching import sites

_PATCHES = tuple(series.read(sites.RELEASE))
_KILLS = pathlib.Path(__file__).with_name('kills.py')


class _CommitTest(sites.SiteTest):
    def setUp(self):
        super().setUp()
        self.changes = {sites.LOADER: b'new\n', sites.ROUTES: b'changed\n'}
        before = transaction.read(self.site, self.changes)
        self.under_way = marker.Marker(
            _PATCHES,
            state='applying',
            files={
                path: (
                    transaction.digest(before[path]),
                    transaction.digest(content),
                )
                for path, content in self.changes.items()
            },
        )
        self.final = marker.Marker(_PATCHES)

    def _commit(self, changes=None, times=None, final=None):
        transaction.commit(
            self.site,
            changes or self.changes,
            self.under_way,
            final or self.final,
            times or {},
        )


class TransactionTest(_CommitTest):
    def _fail(self, step):
        """Let renaming fail once, after so many times."""
        done = [os.replace] * step
        failures = [*done, mock.Mock(side_effect=OSError('no space'))]

        def replace(*paths):
            (failures.pop(0) if failures else done[0])(*paths)

        with mock.patch.object(os, 'replace', replace):
            return str(self.assertRaises(OSError, self._commit))

    def _break_off(self, step):
        with mock.patch.object(transaction, 'undo'):
            self._fail(step)

    def test_files_and_marker_are_exchanged(self):
        self._commit()
        self.assertEqual('new\n', self.text(sites.LOADER))
        self.assertEqual('changed\n', self.text(sites.ROUTES))
        self.assertEqual(self.final, marker.read(self.site))
        self.assertFalse((self.site / transaction.STAGING).exists())

    def test_mode_and_owner_stay(self):
        path = self.site / sites.ROUTES
        path.chmod(0o640)
        (self.site / 'nova/__init__.py').chmod(0o604)
        if not os.geteuid():
            os.chown(path, 1234, 2345)
        before = path.stat()
        self._commit()
        after = path.stat()
        for field in ('st_mode', 'st_uid', 'st_gid'):
            self.assertEqual(getattr(before, field), getattr(after, field))
        self.assertGreater(after.st_mtime_ns, before.st_mtime_ns)
        new = (self.site / sites.LOADER).stat()
        self.assertEqual(0o604, new.st_mode & 0o777)

    def test_what_shares_a_file_with_this_nova_keeps_it(self):
        other = self.folder / 'other.py'
        os.link(self.site / sites.ROUTES, other)
        before = other.read_text()
        self._commit()
        self.assertEqual(before, other.read_text())

    def test_the_time_of_a_file_can_be_given(self):
        self._commit(times={sites.ROUTES: 1234567890123456789})
        status = (self.site / sites.ROUTES).stat()
        self.assertEqual(1234567890123456789, status.st_mtime_ns)

    def test_an_error_undoes_all(self):
        for step in range(1, 4):
            self.assertEqual('no space', self._fail(step))
            self.assertOriginal()

    def test_what_is_read_of_a_broken_run_is_what_was_before(self):
        before = transaction.read(self.site, self.changes)
        self._break_off(2)
        self.assertEqual('new\n', self.text(sites.LOADER))
        self.assertEqual(before, transaction.read(self.site, self.changes))
        self.assertIsNone(transaction.settled_marker(self.site))
        self.assertEqual(
            [sites.LOADER],
            transaction.exchanged(self.site, marker.read(self.site)),
        )

    def test_a_broken_run_is_undone(self):
        self._break_off(2)
        self.assertTrue(transaction.undo(self.site))
        self.assertOriginal()
        self.assertFalse(transaction.undo(self.site))

    def test_a_former_marker_comes_back(self):
        former = marker.Marker(_PATCHES[:2])
        self._commit(final=former)
        self.changes = {sites.LOADER: b'newer\n'}
        self._break_off(1)
        self.assertEqual('applying', marker.read(self.site).state)
        self.assertEqual(former, transaction.settled_marker(self.site))
        transaction.undo(self.site)
        self.assertEqual(former, marker.read(self.site))

    def test_what_was_installed_over_a_broken_run_stays(self):
        self._break_off(3)
        (self.site / sites.ROUTES).write_text('another Nova\n')
        transaction.undo(self.site)
        self.assertEqual('another Nova\n', self.text(sites.ROUTES))
        self.assertFalse((self.site / sites.LOADER).exists())

    def test_without_what_was_kept_aside_the_patches_are_still_known(self):
        self._break_off(2)
        shutil.rmtree(self.site / transaction.STAGING)
        self.assertEqual(self.final, transaction.settled_marker(self.site))
        self.assertTrue(transaction.undo(self.site))
        self.assertEqual(self.final, marker.read(self.site))

    def test_only_one_at_a_time(self):
        with transaction.locked(self.site):
            code = (
                'import pathlib, sys\n'
                'from nova_live_tune.patching import transaction\n'
                'with transaction.locked(pathlib.Path(sys.argv[1])): pass'
            )
            done = subprocess.run(
                [sys.executable, '-c', code, self.site],
                stderr=subprocess.PIPE,
                check=False,
                text=True,
            )
            self.assertIn('Busy: Another nova-live-tune-patch', done.stderr)
        with transaction.locked(self.site):
            pass


class CompiledTest(_CommitTest):
    def _compile(self, name, mode):
        return pathlib.Path(
            py_compile.compile(self.site / name, invalidation_mode=mode)
        )

    def test_what_python_would_believe_unseen_goes(self):
        modes = py_compile.PycInvalidationMode
        for mode, stays in (
            (modes.TIMESTAMP, True),
            (modes.CHECKED_HASH, True),
            (modes.UNCHECKED_HASH, False),
        ):
            compiled = self._compile(sites.ROUTES, mode)
            self._commit({sites.ROUTES: b'changed = 1\n'})
            self.assertEqual(stays, compiled.exists(), mode)

    def test_what_was_compiled_of_a_removed_file_goes(self):
        (self.site / sites.LOADER).write_text('new = 1\n')
        mode = py_compile.PycInvalidationMode.TIMESTAMP
        compiled = self._compile(sites.LOADER, mode)
        other = self._compile('nova/__init__.py', mode)
        self._commit({sites.LOADER: None})
        self.assertFalse(compiled.exists())
        self.assertTrue(other.exists())


class KillTest(sites.SiteTest):
    """SIGKILL before each step; see kills.py."""

    def _kill(self, kind):
        done = subprocess.run(
            [sys.executable, '-B', _KILLS, self.site, kind, sites.RELEASE],
            stdout=subprocess.PIPE,
            check=True,
        )
        reports = [json.loads(line) for line in done.stdout.splitlines()]
        # Each exchange of a file, and what is before and after.
        interrupted = [r for r in reports if r['state'] == 'interrupted']
        self.assertGreaterEqual(len(interrupted), 3)
        self.assertGreater(len(reports), len(interrupted) + 10)
        return reports

    def _check(self, reports):
        for report in reports:
            self.assertTrue(report['applied'], report)
            self.assertTrue(report['applied and reverted'], report)
            self.assertTrue(report['reverted'], report)
            interrupted = report['state'] == 'interrupted'
            self.assertEqual(
                interrupted, 'interrupted run was undone' in report['said']
            )
            self.assertEqual(
                interrupted, report['detail'].startswith('Interrupted while')
            )

    def test_while_applying(self):
        reports = self._kill('apply')
        self._check(reports)
        self.assertEqual('unpatched', reports[0]['state'])
        # What the others import is there first.
        self.assertTrue(
            any(
                f'(done: {sites.LOADER}; not done: ' in report['detail']
                for report in reports
            )
        )

    def test_while_reverting(self):
        reports = self._kill('revert')
        self._check(reports)
        self.assertEqual('unpatched', reports[-1]['state'])
        self.assertTrue(
            any(
                f'; not done: {sites.LOADER})' in report['detail']
                for report in reports
            )
        )

    def test_while_another_version_of_the_series_is_put_in(self):
        self._check(self._kill('upgrade'))
