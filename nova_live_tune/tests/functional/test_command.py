# SPDX-License-Identifier: Apache-2.0
"""The commands as processes, with this Nova and with one unpatched."""

import os
import pathlib
import shutil
import subprocess
import sys

import fixtures
from nova import test
from oslo_serialization import jsonutils

from nova_live_tune.patching import tree

SCRIPTS = pathlib.Path(sys.executable).parent
CONFIGURATION = """
[DEFAULT]
transport_url = fake:/
"""


class StatusCommandTest(test.NoDBTestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (self.folder / 'nova.conf').write_text(CONFIGURATION)

    def run_command(self, *arguments, named=True, **environment):
        """Run it, with the configuration named or left to be found."""
        files = ['--config-file', self.folder / 'nova.conf'] if named else []
        return subprocess.run(
            [
                SCRIPTS / 'nova-live-tune-status',
                *files,
                'upgrade',
                'check',
                *arguments,
            ],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def rows(self, done):
        return {
            row['check']: row for row in jsonutils.loads(done.stdout)['checks']
        }

    def results(self, done):
        return {name: row['result'] for name, row in self.rows(done).items()}

    def test_where_neither_the_database_nor_a_guest_is(self):
        done = self.run_command('--json')
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertEqual({0}, set(self.results(done).values()))

    def test_the_table(self):
        done = self.run_command()
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn('| Upgrade Check Results', done.stdout)
        self.assertIn('| Check: Traffic control', done.stdout)

    def test_what_is_for_nova_compute_alone_is_found(self):
        """As in Debian's and Ubuntu's packages."""
        home = self.folder / '.nova'
        home.mkdir()
        (home / 'nova.conf').write_text(CONFIGURATION)
        (home / 'nova-compute.conf').write_text(
            '[DEFAULT]\ncompute_driver = fake.FakeDriver\n'
        )
        done = self.run_command('--json', named=False, HOME=str(self.folder))
        self.assertEqual(0, done.returncode, done.stdout + done.stderr)
        self.assertIn(
            'its compute_driver is fake.FakeDriver',
            self.rows(done)['CPU cgroup']['details'],
        )

    def test_an_unpatched_nova(self):
        done = self.run_command('--json', PYTHONPATH=str(self.unpatched()))
        self.assertEqual(2, done.returncode, done.stdout + done.stderr)
        bad = {check for check, code in self.results(done).items() if code}
        self.assertEqual({'Patches', 'Policy rules'}, bad)

    def unpatched(self):
        """A copy of the installed Nova without our patches."""
        site, copy = tree.installed(), self.folder / 'site'
        shutil.copytree(
            site / 'nova',
            copy / 'nova',
            ignore=shutil.ignore_patterns('tests', '__pycache__'),
        )
        for found in site.glob('nova-*.dist-info'):
            shutil.copytree(found, copy / found.name)
        command = [SCRIPTS / 'nova-live-tune-patch', 'revert', '--path', copy]
        subprocess.run(command, check=True, capture_output=True)
        return copy

    def test_an_option_that_is_none(self):
        done = self.run_command('--nonsense')
        self.assertEqual(2, done.returncode)
        self.assertIn('--nonsense', done.stderr)
