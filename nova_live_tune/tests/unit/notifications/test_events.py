# SPDX-License-Identifier: Apache-2.0
import datetime
from unittest import mock

import fixtures
import nova.conf
from nova import context as nova_context
from nova import exception
from oslotest import base

from nova_live_tune.notifications import events, objects
from nova_live_tune.notifications.changes import Change
from nova_live_tune.tests.unit import fakes
from nova_live_tune.tests.unit.notifications import bus

UNTIL = datetime.datetime(2026, 11, 21, 18)
JOBS = [(fakes.cpu(), {'quota': 5000})]
CHANGES = [Change(fakes.cpu(), {'quota': 7000}, {'quota': 5000})]


class EventsTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger())
        self.bus = self.useFixture(bus.BusFixture())
        self.context = nova_context.RequestContext(
            'alice', 'web', is_admin=False, request_id='req-1'
        )
        self.instance = fakes.instance(display_name='web-1')

    def call(self, function, *args, **kwargs):
        function(self.context, self.instance, *args, **kwargs)

    def published(self, level):
        """What is published as the only one, at this level."""
        ((name, args, said),) = self.bus.prepared.method_calls
        self.assertEqual(level, name)
        self.assertEqual((self.context,), args)
        payload = said['payload']
        self.assertEqual(
            'InstanceLiveTunePayload', payload['nova_object.name']
        )
        return said['event_type'], payload['nova_object.data']

    def knobs(self, data):
        """Of the only change and its only knob, the limits."""
        (change,) = data['changes']
        (knob,) = change['nova_object.data']['knobs']
        found = knob['nova_object.data']
        return found['name'], found['before'], found['after']


class PublishTest(EventsTestCase):
    def test_start(self):
        self.call(events.start, 'setCpuQuota', JOBS, UNTIL)
        event, data = self.published('info')
        self.assertEqual('instance.live_tune.start', event)
        self.assertEqual('setCpuQuota', data['action'])
        self.assertEqual('2026-11-21T18:00:00Z', data['until'])
        self.assertEqual('alice', data['action_initiator_user'])
        self.assertEqual('web', data['action_initiator_project'])
        self.assertEqual('req-1', data['request_id'])
        self.assertEqual(('quota', None, 5000), self.knobs(data))
        host = nova.conf.CONF.host
        self.bus.notifier.prepare.assert_called_once_with(
            publisher_id=f'nova-compute:{host}'
        )

    def test_end(self):
        after = {'quota': 5000, 'period': 100000}
        before = {**after, 'quota': -1}
        self.call(events.end, 'setCpuQuota', JOBS, [before], [after])
        event, data = self.published('info')
        self.assertEqual('instance.live_tune.end', event)
        self.assertEqual(('quota', -1, 5000), self.knobs(data))
        self.assertIsNone(data['until'])
        self.assertIsNone(data['fault'])

    def test_error(self):
        try:
            raise exception.Forbidden('beyond')
        except exception.Forbidden as error:
            self.call(events.error, 'setCpuQuota', JOBS, error, UNTIL)
        event, data = self.published('error')
        self.assertEqual('instance.live_tune.error', event)
        fault = data['fault']['nova_object.data']
        self.assertEqual('beyond', fault['exception_message'])
        self.assertEqual(('quota', None, 5000), self.knobs(data))

    def test_drift_is_nobodys(self):
        self.call(events.drift, CHANGES, ('disk vda: no',))
        event, data = self.published('info')
        self.assertEqual('instance.live_tune.drift', event)
        self.assertEqual(['disk vda: no'], data['failures'])
        self.assertEqual(('quota', 7000, 5000), self.knobs(data))
        self.assertIsNone(data['action'])
        self.assertIsNone(data['action_initiator_user'])
        self.assertIsNone(data['action_initiator_project'])

    def test_expired(self):
        self.call(events.expired, CHANGES, UNTIL)
        event, data = self.published('info')
        self.assertEqual('instance.live_tune.expired', event)
        self.assertEqual('2026-11-21T18:00:00Z', data['until'])
        self.assertEqual(('quota', 7000, 5000), self.knobs(data))
        self.assertIsNone(data['action_initiator_user'])

    def test_both_formats_have_it(self):
        self.bus.format('both')
        self.call(events.start, 'setCpuQuota', JOBS)
        self.published('info')


class HarmlessTest(EventsTestCase):
    def _call_all(self):
        self.call(events.start, 'setCpuQuota', JOBS)
        self.call(events.end, 'setCpuQuota', JOBS, [], [])
        try:
            raise exception.Forbidden('beyond')
        except exception.Forbidden as error:
            self.call(events.error, 'setCpuQuota', JOBS, error)
        self.call(events.drift, CHANGES, ())
        self.call(events.expired, CHANGES, UNTIL)

    def _nothing_is_made(self):
        changes = mock.MagicMock()
        with mock.patch.object(objects.InstanceLiveTunePayload, 'of') as made:
            self.call(events.drift, changes, ())
            self._call_all()
        made.assert_not_called()
        changes.__iter__.assert_not_called()
        self.assertEqual([], self.bus.prepared.method_calls)

    def test_unversioned(self):
        self.bus.format('unversioned')
        self._nothing_is_made()

    def test_no_driver(self):
        self.bus.notifier.is_enabled.return_value = False
        self._nothing_is_made()

    def test_a_notifier_that_fails(self):
        self.bus.notifier.prepare.side_effect = ConnectionError('no bus')
        self._call_all()
        self.assertEqual(5, self.log.output.count('ConnectionError: no bus'))

    def test_a_payload_that_cannot_be_made(self):
        self.call(events.expired, CHANGES, 'never')
        self.assertIn('ValueError', self.log.output)
        self.assertEqual([], self.bus.prepared.method_calls)
