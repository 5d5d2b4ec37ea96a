# SPDX-License-Identifier: Apache-2.0
"""What is published of each change, as the samples in the docs show it."""

import json
import pathlib
from unittest import mock

import fixtures
from nova import context as nova_context
from nova import rpc

from nova_live_tune.compute import hooks, manager
from nova_live_tune.notifications import changes, objects
from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.fake import domain

SAMPLES = pathlib.Path(__file__).parents[3] / 'doc' / 'notification_samples'
#: What stands in the samples for what is new with each run.
SERVER = '2f30f8e6-4c0a-4d7b-9a51-6e8d1c3b7f02'
REQUEST = 'req-5b7e6a1c-3f0d-4b8e-a2c9-d1e4f6a80b37'
NAME = 'web-1'
TRACEBACK = 'Traceback (most recent call last): ...'

FIRST, SECOND = base.PORTS
#: 2026-11-21T18:00:00Z
END = 1795284000
CPU = {'quota': 50000, 'period': 100000}


def sample(phase):
    """What is published, as the docs show it."""
    path = SAMPLES / f'instance-live_tune-{phase}.json'
    return json.loads(path.read_text())


class NotificationsTestBase(base.OneServerTestBase):
    EXTRA_SPECS = {
        'quota:vif_inbound_average': '20480',
        'live_tune:max_cpu_percent': '80',
    }

    def setUp(self):
        super().setUp()
        # A server is ACTIVE a moment before this one is sent.
        self.notifier.wait_for_versioned_notifications('instance.create.end')
        self.notifier.reset()

    def published(self):
        """What of it is ours, in its order, as JSON has it."""
        prefix = f'{objects.OBJECT}.{objects.ACTION}.'
        return [
            json.loads(json.dumps(found))
            for found in self.notifier.versioned_notifications
            if found['event_type'].startswith(prefix)
        ]

    def phases(self):
        return [p['event_type'].rpartition('.')[2] for p in self.published()]

    def payload(self, phase):
        """What is said in the newest one."""
        found = self.published()[-1]
        self.assertEqual(f'instance.live_tune.{phase}', found['event_type'])
        return found['payload']['nova_object.data']

    def knobs(self, phase):
        """By device and knob what was and what is."""
        return {
            (change['mac_address'] or change['device'], knob['name']): (
                knob['before'],
                knob['after'],
            )
            for change in self._data(self.payload(phase)['changes'])
            for knob in self._data(change['knobs'])
        }

    @staticmethod
    def _data(listed):
        return [item['nova_object.data'] for item in listed]

    def virsh(self, quota=90000):
        for scope in (domain.LIVE, domain.CONFIG):
            self.domain(self.server).setSchedulerParametersFlags(
                {'vcpu_quota': quota}, scope
            )


class SamplesTest(NotificationsTestBase):
    def _check(self, phase, nth=-1):
        """Compare the newest one, or the nth, with its sample."""
        found = self.published()[nth]
        data = found['payload']['nova_object.data']
        request_id = data['request_id']
        self.assertTrue(request_id.startswith('req-'))
        if data['fault']:
            fault = data['fault']['nova_object.data']
            self.assertIn('Exceeded', fault['traceback'])
            fault['traceback'] = TRACEBACK
        text = json.dumps(found)
        for actual, shown in (
            (self.server['id'], SERVER),
            (self.server['name'], NAME),
            (request_id, REQUEST),
        ):
            text = text.replace(actual, shown)
        self.assertEqual(sample(phase), json.loads(text), phase)

    def test_start_and_end(self):
        request = {
            'interface': 1,
            'inbound': {'average': 10240, 'peak': 20480},
        }
        self.set(self.server, 'setInterface', request)
        self.assertEqual(['start', 'end'], self.phases())
        self._check('start', 0)
        self._check('end', 1)

    def test_error(self):
        self.set(self.server, 'setCpuQuota', CPU)
        body = {'quota': 90000}
        self.assert_refused(self.act(self.server, 'setCpuQuota', body), 403)
        self._check('error')

    def test_drift(self):
        self.set(self.server, 'setCpuQuota', CPU)
        self.virsh()
        self.tick()
        self._check('drift')

    def test_expired(self):
        self.useFixture(
            fixtures.MonkeyPatch('nova_live_tune.clock.now', lambda: self.now)
        )
        self.now = END - 60
        self.set(self.server, 'setCpuQuota', CPU)
        lease = {'quota': 80000, 'duration': 60}
        self.set(self.server, 'setCpuQuota', lease)
        self.now = END
        ours = hooks._ours(self.computes['compute1'].manager)
        ours.expirer.beat(nova_context.get_admin_context())
        self._check('expired')

    def test_there_is_a_sample_of_each(self):
        names = {f'instance-live_tune-{p}.json' for p in objects.PHASES}
        self.assertEqual(names, {path.name for path in SAMPLES.iterdir()})


class EndTest(NotificationsTestBase):
    def test_only_what_was_named_or_has_changed(self):
        self.set(self.server, 'setCpuQuota', CPU)
        self.assertEqual(
            {(None, 'quota'): (-1, 50000), (None, 'period'): (100000,) * 2},
            self.knobs('end'),
        )
        self.set(
            self.server, 'setDiskIO', {'disk': 'vda', 'total_iops_sec': 9}
        )
        body = {'disk': 'vda', 'read_iops_sec': 5}
        self.set(self.server, 'setDiskIO', body)
        self.assertEqual(
            {
                ('vda', 'read_iops_sec'): (0, 5),
                ('vda', 'total_iops_sec'): (9, 0),
            },
            self.knobs('end'),
        )

    def test_a_reset_tells_what_it_changed(self):
        self.set(self.server, 'setCpuQuota', CPU)
        body = {'interface': 1, 'rate': 800}
        self.set(self.server, 'setInterface', body)
        self.set(self.server, 'resetLiveTune', None)
        mac = FIRST['mac_address']
        changed = self.knobs('end')
        self.assertEqual((50000, -1), changed[None, 'quota'])
        self.assertEqual((800, 20480), changed[mac, 'inbound.average'])
        self.assertEqual({None, mac}, {device for device, _ in changed})
        self.assertEqual('resetLiveTune', self.payload('end')['action'])

    def test_by_whom_and_where(self):
        self.set(self.server, 'setCpuQuota', CPU, self.admin_api)
        data = self.payload('end')
        action = self.last_action(self.server)
        self.assertEqual(action['request_id'], data['request_id'])
        self.assertEqual(action['user_id'], data['action_initiator_user'])
        self.assertEqual(
            action['project_id'], data['action_initiator_project']
        )
        self.assertEqual('compute1', data['host'])
        self.assertIsNone(data['until'])


class ErrorTest(NotificationsTestBase):
    def _refused(self, action, body, status):
        self.notifier.reset()
        self.assert_refused(self.act(self.server, action, body), status)
        self.assertEqual(['start', 'error'], self.phases())
        self.assertEqual('ERROR', self.published()[-1]['priority'])
        return self._data([self.payload('error')['fault']])[0]

    def test_invalid(self):
        body = {'interface': 1, 'inbound': {'peak': 5}}
        fault = self._refused('setInterface', body, 400)
        self.assertEqual('Invalid', fault['exception'])
        self.assertIn('inbound.peak 5', fault['exception_message'])

    def test_the_servers_state_on_its_host(self):
        (endpoint,) = [
            found
            for found in self.computes['compute1'].manager.additional_endpoints
            if isinstance(found, manager.LiveTuneEndpoint)
        ]
        with mock.patch.object(endpoint, 'host', 'elsewhere'):
            fault = self._refused('setCpuQuota', CPU, 409)
        self.assertEqual('InstanceInvalidState', fault['exception'])

    def test_libvirt_fails(self):
        self.domain(self.server).calls.fail('setSchedulerParametersFlags')
        fault = self._refused('setCpuQuota', CPU, 500)
        self.assertIn('an injected error', fault['exception_message'])
        self.assertIn('libvirtError', fault['traceback'])
        self.assertEqual(
            {(None, 'quota'), (None, 'period')}, {*self.knobs('error')}
        )


class DriftTest(NotificationsTestBase):
    def test_the_configuration_alone(self):
        self.set(self.server, 'setCpuQuota', CPU)
        self.domain(self.server).setSchedulerParametersFlags(
            {'vcpu_quota': 90000}, domain.CONFIG
        )
        self.tick()
        (change,) = self._data(self.payload('drift')['changes'])
        self.assertEqual('configured', change['scope'])

    def test_what_cannot_be_set_again(self):
        self.set(self.server, 'setCpuQuota', CPU)
        self.virsh()
        self.domain(self.server).calls.fail('setSchedulerParametersFlags')
        self.tick()
        data = self.payload('drift')
        self.assertEqual([], data['changes'])
        (sentence,) = data['failures']
        self.assertIn('an injected error', sentence)


class HarmlessTest(NotificationsTestBase):
    def test_nothing_is_computed_when_nobody_wants_it(self):
        self.flags(notification_format='unversioned', group='notifications')
        with (
            mock.patch.object(objects, 'InstanceLiveTunePayload') as payload,
            mock.patch.object(changes, 'Change') as made,
        ):
            self.set(self.server, 'setCpuQuota', CPU)
            self.virsh()
            self.tick()
        payload.assert_not_called()
        payload.of.assert_not_called()
        made.assert_not_called()
        self.assertEqual([], self.published())

    def test_a_switched_off_driver_counts_too(self):
        self.stub_out(
            'nova.tests.fixtures.notifications.FakeNotifier.is_enabled',
            lambda notifier: False,
        )
        with mock.patch.object(objects.InstanceLiveTunePayload, 'of') as made:
            self.set(self.server, 'setCpuQuota', CPU)
        made.assert_not_called()

    def test_a_bus_that_fails_stops_nothing(self):
        def fail(*args):
            raise ConnectionError('no bus')

        log = self.useFixture(fixtures.FakeLogger())
        with mock.patch.object(rpc, 'get_versioned_notifier', fail):
            self.set(self.server, 'setCpuQuota', CPU)
            self.virsh()
            self.tick()
        self.assertEqual(50000, self.live(self.server)['cpu']['vcpu_quota'])
        self.assertIn('no bus', log.output)
