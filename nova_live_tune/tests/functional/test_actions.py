# SPDX-License-Identifier: Apache-2.0
from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.test_missing import BODIES

NAMES = {
    'setCpuQuota': 'set_cpu_quota',
    'setInterface': 'set_interface',
    'setDiskIO': 'set_disk_io',
    'resetLiveTune': 'reset_live_tune',
}
SETTERS = {
    'setCpuQuota': 'setSchedulerParametersFlags',
    'setInterface': 'setInterfaceParameters',
    'setDiskIO': 'setBlockIoTune',
    'resetLiveTune': 'setBlockIoTune',
}


class InstanceActionTest(base.OneServerTestBase):
    def test_each_action_is_recorded_with_an_event(self):
        for action, body in BODIES.items():
            self.set(self.server, action, body)
            recorded = self.last_action(self.server)
            self.assertEqual(NAMES[action], recorded['action'])
            self.assertEqual('fake', recorded['user_id'])
            (event,) = recorded['events']
            self.assertIn(NAMES[action], event['event'])
            self.assertEqual('Success', event['result'])
            self.assertIsNotNone(event['finish_time'])

    def test_failure_is_recorded_with_its_error(self):
        for action, body in BODIES.items():
            calls = self.domain(self.server).calls
            calls.fail(SETTERS[action])
            response = self.act(self.server, action, body)
            self.assert_refused(response, 500, 'injected')
            recorded = self.last_action(self.server)
            self.assertEqual(NAMES[action], recorded['action'])
            (event,) = recorded['events']
            self.assertEqual('Error', event['result'])
            self.assertIsNotNone(event['finish_time'])
            self.assertIn('injected', event['details'])
            self.set(self.server, action, body)

    def test_reading_is_not_recorded(self):
        def count():
            return len(self.admin_api.get_instance_actions(self.server['id']))

        before = count()
        self.show(self.server)
        self.assertEqual(before, count())
