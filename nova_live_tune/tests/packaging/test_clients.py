# SPDX-License-Identifier: Apache-2.0
"""A machine without Nova."""

import testtools

from nova_live_tune.tests.packaging import built

#: Modules that import no Nova, and so can serve a client.
PURE = (
    'nova_live_tune.tunables',
    'nova_live_tune.planning',
    'nova_live_tune.api.requests',
    'nova_live_tune.api.schemas',
)
FINDS_NOVA = 'import importlib.util as u; print(u.find_spec("nova"))'


class ClientTest(testtools.TestCase):
    def _python(self, venv, code):
        return built.run(venv / 'bin' / 'python', '-c', code).strip()

    def _check_imports(self, venv):
        self.assertEqual('None', self._python(venv, FINDS_NOVA))
        for module in PURE:
            self._python(venv, f'import {module}')

    def test_the_package_alone(self):
        self._check_imports(built.installed())

    def test_with_the_command_line(self):
        venv = built.installed('[cli]')
        self._check_imports(venv)
        said = built.run(venv / 'bin' / 'openstack', '--version')
        self.assertIn('openstack', said)
        for module in ('osc_lib.command.command', 'openstack', 'cliff'):
            self._python(venv, f'import {module}')
