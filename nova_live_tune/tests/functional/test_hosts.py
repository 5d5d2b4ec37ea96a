# SPDX-License-Identifier: Apache-2.0
"""Hosts that cannot tune, or cannot be asked."""

from nova.tests.functional import integrated_helpers

from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.test_missing import BODIES


class UnreachableHostTest(base.OneServerTestBase):
    def _all_refused(self, status, *words):
        before = self.standing(self.server)
        for action, body in BODIES.items():
            response = self.act(self.server, action, body)
            self.assert_refused(response, status, *words)
        self.assert_nothing_changed(self.server, before)

    def test_host_that_is_down(self):
        service = self.admin_api.get_services(binary='nova-compute')[0]
        self.admin_api.put_service_force_down(service['id'], True)
        self._all_refused(503, 'down')
        self.admin_api.put_service_force_down(service['id'], False)
        self.set(self.server, 'setCpuQuota', {'quota': 50000})

    def test_host_that_does_not_answer_in_time(self):
        self.flags(rpc_response_timeout=1)
        self.computes['compute1'].stop()
        self._all_refused(
            504, 'did not answer', f'/servers/{self.server["id"]}/os-live-tune'
        )
        event = self.last_action(self.server)['events'][0]
        self.assertEqual('Error', event['result'])
        self.assertIsNotNone(event['finish_time'])


class HostWithoutExtensionTest(base.LiveTuneTestBase):
    def setUp(self):
        super().setUp()
        self.start_without_extension()
        self.server = self.boot()

    def test_actions_are_501(self):
        before = self.standing(self.server)
        for action, body in BODIES.items():
            response = self.act(self.server, action, body)
            self.assert_refused(response, 501, 'extension')
            event = self.last_action(self.server)['events'][0]
            self.assertEqual('Error', event['result'])
        self.assert_nothing_changed(self.server, before)

    def test_read_back_has_what_the_database_knows(self):
        shown = self.show(self.server)
        for part in (shown['cpu'], *shown['interfaces'], *shown['disks']):
            self.assertIsNone(part['effective'])


class OtherDriverTest(
    base.RequestsMixin, integrated_helpers._IntegratedTestBase
):
    """A host with Nova's fake driver."""

    microversion = 'latest'

    def setUp(self):
        super().setUp()
        self.server = self._create_server(
            networks=[{'port': self.neutron.port_1['id']}]
        )

    def test_actions_are_501(self):
        bodies = dict(BODIES)
        bodies['setDiskIO'] = {
            'disk': self.show(self.server)['disks'][0]['device'],
            'total_bytes_sec': 1000,
        }
        for action, body in bodies.items():
            response = self.act(self.server, action, body)
            self.assert_refused(response, 501, 'libvirt')

    def test_read_back_has_what_the_database_knows(self):
        shown = self.show(self.server)
        self.assertEqual(1, len(shown['interfaces']))
        for part in (shown['cpu'], *shown['interfaces'], *shown['disks']):
            self.assertIsNone(part['effective'])
