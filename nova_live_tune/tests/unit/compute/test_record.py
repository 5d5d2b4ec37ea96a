# SPDX-License-Identifier: Apache-2.0
import fixtures
from nova import exception, objects
from oslotest import base

from nova_live_tune.compute import record
from nova_live_tune.tests.unit import fakes


class RecordTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger())
        self.start = self._mock(objects.InstanceActionEvent, 'event_start')
        self.finish = self._mock(
            objects.InstanceActionEvent, 'event_finish_with_failure'
        )
        self.action = self._mock(objects.InstanceAction, 'action_start')
        self.instance = fakes.instance()

    def _mock(self, owner, name):
        return self.useFixture(fixtures.MockPatchObject(owner, name)).mock

    def _finished(self):
        (_, uuid, name), more = self.finish.call_args
        self.assertEqual(self.instance.uuid, uuid)
        return name, more['exc_val'], more['exc_tb']

    def test_what_is_not_in_effect_goes_to_the_action_under_way(self):
        record.not_in_effect(self.instance, ['disk vda: gone.', 'cpu: no.'])
        self.action.assert_not_called()
        self.start.assert_called_once()
        name, text, traceback = self._finished()
        self.assertEqual('compute_live_tune_overlay', name)
        self.assertIn('not in effect: disk vda: gone. cpu: no.', text)
        # None would make it a success.
        self.assertIsNotNone(traceback)
        self.assertIn('disk vda: gone.', self.log.output)

    def test_what_was_put_back_is_an_action_of_its_own(self):
        record.put_back(self.instance, [])
        (_, uuid, action), _ = self.action.call_args
        self.assertEqual(self.instance.uuid, uuid)
        self.assertEqual('live_tune_reconcile', action)
        self.assertEqual(
            ('compute_live_tune_reconcile', None, None), self._finished()
        )

    def test_what_could_not_be_put_back_is_a_failure(self):
        record.put_back(self.instance, ['cpu: no cgroup'])
        _, text, traceback = self._finished()
        self.assertEqual('cpu: no cgroup', text)
        self.assertIsNotNone(traceback)

    def test_without_an_action_under_way_the_log_has_it(self):
        self.start.side_effect = exception.InstanceActionNotFound(
            request_id='r', instance_uuid='i'
        )
        record.not_in_effect(self.instance, ['cpu: no.'])
        self.assertIn('cpu: no.', self.log.output)
        self.assertNotIn('No record was made', self.log.output)

    def test_a_record_that_cannot_be_made_stops_nothing(self):
        for failing in (self.action, self.start, self.finish):
            failing.side_effect = ZeroDivisionError
            record.put_back(self.instance, [])
            failing.side_effect = None
        self.assertEqual(3, self.log.output.count('No record was made'))
        self.start.side_effect = ZeroDivisionError
        record.not_in_effect(self.instance, ['cpu: no.'])
