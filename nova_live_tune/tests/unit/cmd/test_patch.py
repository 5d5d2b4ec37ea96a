# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import subprocess
import sys

from nova_live_tune.patching import series, transaction
from nova_live_tune.tests.unit.patching import sites

_CHECKOUT = pathlib.Path(__file__).parents[4]


class PatchCommandTest(sites.SiteTest):
    """The command as an operator calls it."""

    def _run(self, *words, path=True, expect=0, **more):
        command = [sys.executable, '-m', 'nova_live_tune.cmd.patch', *words]
        if path:
            command += ['--path', self.site]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, **more
        )
        self.assertEqual(expect, done.returncode, done.stdout + done.stderr)
        self.assertNotIn('Traceback', done.stderr)
        return done.stderr if expect else done.stdout

    def test_there_and_back(self):
        self.assertIn('8 patches; 6 files', self._run('check'))
        self.assertIn(f'{self.site}: Applied series ', self._run('apply'))
        self.assertIn('Patched already', self._run('apply'))
        self.assertIn('Patched already', self._run('check'))
        self.assertIn('Reverted series ', self._run('revert'))
        self.assertIn('Not patched.', self._run('revert'))
        self.assertOriginal()

    def test_status(self):
        lines = self._run('status').splitlines()
        self.assertIn('state:    unpatched', lines)
        self.assertIn('series:   none', lines)
        self._run('apply')
        lines = self._run('status').splitlines()
        self.assertIn(f'path:     {self.site}', lines)
        self.assertIn(f'release:  {sites.RELEASE}', lines)
        self.assertIn('state:    applied', lines)
        self.assertIn(
            series.digest(series.read(sites.RELEASE)), ' '.join(lines)
        )

    def test_without_a_path_it_is_this_pythons_nova(self):
        environment = {**os.environ, 'PYTHONPATH': str(self.site)}
        said = self._run('apply', path=False, env=environment)
        self.assertIn(f'{self.site}: Applied', said)
        self.assertIn('extension_hooks', self.text(sites.ROUTES))

    def test_the_standard_library_is_enough(self):
        """As tox and the lab, or an operator with a checkout, call it."""
        command = [sys.executable, '-I', '-S', '-B', '-c']
        code = (
            'import sys; sys.path.insert(0, sys.argv.pop(1))\n'
            'from nova_live_tune.cmd import patch; sys.exit(patch.main())'
        )
        done = subprocess.run(
            [*command, code, _CHECKOUT, 'apply', '--path', self.site],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertIn('Applied series ', done.stdout)

    def test_a_release_may_be_named(self):
        self._run('check', '--release', sites.RELEASE)
        other = next(r for r in series.releases() if r != sites.RELEASE)
        said = self._run('apply', '--release', other, expect=1)
        self.assertIn(f'which is {sites.RELEASE}, not {other}.', said)
        self.assertOriginal()
        for information in self.site.glob('nova-*.dist-info/METADATA'):
            information.unlink()
        self.assertIn('name its release', self._run('apply', expect=1))
        self._run('apply', '--release', sites.RELEASE)
        # The marker tells what to take out.
        self._run('revert')

    def test_refusals(self):
        sites.edit(self.site / sites.ROUTES, 'custom_routes = tuple()', '')
        said = self._run('apply', expect=1)
        self.assertIn('Hunk #1 FAILED', said)
        self.assertTrue(said.endswith('Nothing was changed.\n'), said)
        self.assertIn('Hunk #1 FAILED', self._run('check', expect=1))
        self.assertIn('state:    foreign', self._run('status'))
        with transaction.locked(self.site):
            said = self._run('revert', expect=1)
        self.assertIn('is at work', said)

    def test_no_nova_and_no_patch(self):
        said = self._run(
            'check', '--path', self.folder / 'nowhere', path=False, expect=1
        )
        self.assertIn('There is no Nova in ', said)
        environment = {**os.environ, 'PATH': '/nowhere'}
        said = self._run('check', expect=1, env=environment)
        self.assertIn('GNU patch is missing', said)

    def test_a_wrong_command_line(self):
        for words in ((), ('mend',), ('export', '--format', 'tar')):
            self._run(*words, path=False, expect=2)

    def test_export(self):
        output = self.folder / 'patches'
        for form in ('quilt', 'kolla'):
            said = self._run('export', '--format', form, '--output', output)
            self.assertEqual(
                f'{output}: 8 patches for {sites.RELEASE}\n', said
            )
        self.assertEqual(8, len(list(output.glob('*.patch'))))
        kolla = output / 'nova-base/nova-live-tune-0002-api-routes.patch'
        self.assertIn(
            '\n+++ var/lib/kolla/venv/lib/python3.12/site-packages/nova/',
            kolla.read_text(),
        )

    def test_another_release_can_be_exported(self):
        output = self.folder / 'patches'
        said = self._run(
            *('export', '--format', 'quilt', '--release', '2025.1'),
            *('--output', output),
            path=False,
        )
        self.assertIn('8 patches for 2025.1', said)
