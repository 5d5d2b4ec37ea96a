# SPDX-License-Identifier: Apache-2.0
"""A machine without Nova."""

import subprocess

import testtools

from nova_live_tune import tunables
from nova_live_tune.tests.packaging import built

#: Modules that import no Nova, and so can serve a client.
PURE = (
    'nova_live_tune.tunables',
    'nova_live_tune.planning',
    'nova_live_tune.api.requests',
    'nova_live_tune.api.schemas',
    'nova_live_tune.client.api',
    'nova_live_tune.client.usage',
    'nova_live_tune.metrics.counting',
    'nova_live_tune.metrics.table',
)
FINDS_NOVA = 'import importlib.util as u; print(u.find_spec("nova"))'
TELLS_OPTIONS = """
from nova_live_tune import tunables
from nova_live_tune.osc import options
for target in tunables.TARGETS:
    print(target.name, *(option.flag for option in options.of(target)))
"""
#: The client of 2025.1, with the libraries that its release pins.
OLDEST = (
    'python-openstackclient==7.4.0',
    'cliff==4.9.1',
    'openstacksdk==4.5.0',
    'osc-lib==4.0.0',
)


class MetricsTest(testtools.TestCase):
    def test_the_extra_brings_what_serves_them(self):
        for extra, status in (('', 1), ('[metrics]', 0)):
            python = built.installed(extra) / 'bin' / 'python'
            code = 'import prometheus_client'
            done = subprocess.run([python, '-c', code], capture_output=True)
            self.assertEqual(status, done.returncode, done.stderr)


class ClientTest(testtools.TestCase):
    def _python(self, venv, code):
        return built.run(venv / 'bin' / 'python', '-c', code).strip()

    def _check_imports(self, venv):
        self.assertEqual('None', self._python(venv, FINDS_NOVA))
        for module in PURE:
            self._python(venv, f'import {module}')

    def _check_commands(self, venv):
        """Every command loads, has its help, and is completed."""
        openstack = venv / 'bin' / 'openstack'
        self.assertIn('server tune show', built.commands())
        for command in built.commands():
            said = built.run(openstack, 'help', *command.split())
            self.assertIn(f'usage: openstack {command}', said)
        completed = self._completed(openstack)
        self.assertEqual(
            'cpu disk interface list show unset watch',
            completed['cmds_server_tune'],
        )
        for name, *flags in map(str.split, self._options(venv)):
            known = completed[f'cmds_server_tune_{name}_set'].split()
            self.assertEqual(set(), set(flags) - set(known))

    def _options(self, venv):
        """The targets, each with its options."""
        lines = self._python(venv, TELLS_OPTIONS).splitlines()
        self.assertEqual(len(tunables.TARGETS), len(lines))
        return lines

    def _completed(self, openstack):
        lines = built.run(openstack, 'complete').splitlines()
        pairs = (line.strip().partition('=') for line in lines)
        return {name: words.strip("'") for name, _, words in pairs}

    def test_the_package_alone(self):
        self._check_imports(built.installed())

    def test_with_the_newest_client(self):
        venv = built.installed('[cli]')
        self._check_imports(venv)
        self._check_commands(venv)

    def test_with_the_oldest_client(self):
        venv = built.installed('[cli]', *OLDEST)
        said = built.run(venv / 'bin' / 'openstack', '--version')
        self.assertEqual('openstack 7.4.0', said.strip())
        self._check_imports(venv)
        self._check_commands(venv)

    def test_no_cloud_is_one_sentence(self):
        openstack = built.installed('[cli]') / 'bin' / 'openstack'
        done = subprocess.run(
            [openstack, 'server', 'tune', 'show', 'web1'],
            env={'HOME': '/nonexistent'},
            capture_output=True,
            text=True,
        )
        self.assertEqual(1, done.returncode)
        self.assertEqual(1, len(done.stderr.splitlines()), done.stderr)
