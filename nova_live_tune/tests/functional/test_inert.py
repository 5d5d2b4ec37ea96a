# SPDX-License-Identifier: Apache-2.0
import fixtures
from nova.api.openstack.compute import routes
from nova.tests.functional.libvirt import base as nova_base

from nova_live_tune.tests.functional import base


class InertTest(base.RequestsMixin, nova_base.ServersTestBase):
    """The patched Nova behaves as ever where our package is not installed."""

    microversion = 'latest'

    def setUp(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova.extension_hooks._plugins', lambda namespace: ()
            )
        )
        self._forget_what_was_added_before()
        super().setUp()
        self.start_compute()
        self.server = self._create_server(networks='none')

    def _forget_what_was_added_before(self):
        # The list of controllers belongs to a module; another test of this
        # process may have extended it.
        controllers = routes.server_controller.args[1]
        before = list(controllers)
        self.addCleanup(controllers.__setitem__, slice(None), before)
        controllers[:] = [
            c for c in before if not c.__module__.startswith('nova_live_tune')
        ]

    def test_server_works(self):
        self._stop_server(self.server)
        self._start_server(self.server)
        self._reboot_server(self.server, hard=True)

    def test_there_is_no_such_action(self):
        response = self.act(self.server, 'setCpuQuota', {'quota': 50000})
        self.assert_refused(response, 400, 'There is no such action')

    def test_there_is_no_such_resource(self):
        response = self.api.api_request(
            base.READ_BACK.format(self.server['id'])
        )
        self.assertEqual(404, response.status_code)
