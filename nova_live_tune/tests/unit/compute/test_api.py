# SPDX-License-Identifier: Apache-2.0
from unittest import mock

import fixtures
import oslo_messaging as messaging
from nova import context as nova_context
from nova import exception, objects
from nova.compute import utils as compute_utils
from oslotest import base

from nova_live_tune import planning, tunables
from nova_live_tune.compute import api
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tests.unit import fakes

_NINE_PERCENT = {'min': None, 'max': 9, 'set_by_admin': False}


def _outcome(tuned, effective, ends=None, **more):
    """What a host answers that has tuned one device."""
    outcome = {
        'tuned': tuned,
        'effective': effective,
        'ceiling': {},
        'ends': ends,
    }
    return {'generation': 3, 'outcomes': [{**outcome, **more}]}


class ApiTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MockPatchObject
        rpc = self.useFixture(patch(api.rpcapi, 'API')).mock
        self.rpc = rpc.return_value
        self.useFixture(
            patch(
                objects.BlockDeviceMappingList,
                'get_by_instance_uuid',
                return_value=[fakes.bdm('/dev/vda', boot_index=0)],
            )
        )
        self.started = self.useFixture(
            patch(objects.InstanceAction, 'action_start')
        ).mock
        self.event = self.useFixture(
            patch(compute_utils, 'EventReporter')
        ).mock
        self.event.return_value.__exit__.return_value = False
        nova = mock.Mock()
        self.is_up = nova.servicegroup_api.service_is_up
        self.api = api.API(nova)
        self.context = nova_context.RequestContext(
            'user', 'project', is_admin=False
        )
        self.instance = self._instance()

    def _instance(self, **attrs):
        service = objects.Service(binary='nova-compute')
        services = objects.ServiceList(objects=[service])
        return fakes.instance(services=services, **attrs)


class TuneTest(ApiTestCase):
    def _tune(self, instance=None, do=None):
        return (do or self.api.tune)(
            self.context,
            instance or self.instance,
            'setCpuQuota',
            [(fakes.cpu({'quota': 9000}), {'quota': 5000})],
            Terms(),
        )

    def test_answer_is_the_read_back(self):
        outcome = _outcome({'quota': 5000}, {'quota': 4999}, ends=0)
        self.rpc.tune.return_value = outcome
        entry = {
            'flavor': {'quota': 9000},
            'tuned': {'quota': 5000},
            'effective': {'quota': 4999},
            'bounds': {'cpu_percent': _NINE_PERCENT},
            'expires_at': '1970-01-01T00:00:00Z',
            'not_in_effect': None,
        }
        self.assertEqual({'generation': 3, 'entries': [entry]}, self._tune())

    def test_a_plan_is_not_recorded(self):
        self.rpc.plan.return_value = _outcome(
            {'quota': 5000},
            {'quota': 5000, 'period': 7},
            before={'quota': -1, 'period': 7},
        )
        (entry,) = self._tune(do=self.api.plan)['entries']
        self.assertEqual({'quota': {'from': -1, 'to': 5000}}, entry['changes'])
        self.started.assert_not_called()
        self.event.assert_not_called()
        self.rpc.tune.assert_not_called()

    def test_it_is_recorded_with_an_event(self):
        self.rpc.tune.return_value = _outcome({}, None)
        self._tune()
        self.started.assert_called_once_with(
            self.context,
            self.instance.uuid,
            'set_cpu_quota',
            want_result=False,
        )
        self.event.assert_called_once_with(
            self.context,
            'compute_set_cpu_quota',
            'here',
            self.instance.uuid,
        )

    def test_a_failure_finishes_the_event_too(self):
        self.rpc.tune.side_effect = messaging.MessagingTimeout
        self.assertRaises(messaging.MessagingTimeout, self._tune)
        (kind, *_) = self.event.return_value.__exit__.call_args[0]
        self.assertIs(messaging.MessagingTimeout, kind)

    def test_every_action_has_a_name(self):
        actions = {target.action for target in tunables.TARGETS}
        self.assertEqual({*actions, 'resetLiveTune'}, set(api.ACTIONS))

    def test_refused_before_anything_is_recorded(self):
        for kind, attrs in (
            (exception.InstanceIsLocked, {'locked': True}),
            (exception.InstanceNotReady, {'host': None}),
            (exception.InstanceInvalidState, {'vm_state': 'stopped'}),
            (exception.InstanceInvalidState, {'task_state': 'deleting'}),
        ):
            for do in (self.api.tune, self.api.plan):
                self.assertRaises(
                    kind, self._tune, self._instance(**attrs), do
                )
        self.is_up.return_value = False
        self.assertRaises(exception.ServiceUnavailable, self._tune)
        self.started.assert_not_called()
        self.rpc.tune.assert_not_called()

    def test_a_realtime_server_has_shares_but_no_quota(self):
        server = self._instance(extra_specs={'hw:cpu_realtime': 'yes'})
        error = self.assertRaises(planning.Invalid, self._tune, server)
        self.assertIn('quota 5000', str(error))
        self.started.assert_not_called()
        self.rpc.tune.return_value = _outcome({'shares': 5}, None)
        jobs = [(fakes.cpu(), {'shares': 5, 'quota': None})]
        (entry,) = self.api.tune(
            self.context, server, 'setCpuQuota', jobs, Terms()
        )['entries']
        self.assertEqual({'shares': 5}, entry['tuned'])


class ShowTest(ApiTestCase):
    def _show(self, **attrs):
        self.instance = self._instance(**attrs)
        return self.api.show(self.context, self.instance)

    def _told(self, *readings, healed=False):
        self.rpc.read.return_value = {'readings': readings, 'healed': healed}

    def test_every_device_in_order(self):
        self._told(
            ({'quota': 7}, 'too small'),
            ({'inbound_average': 1}, None),
            ({'inbound_average': 2}, None),
            (None, None),
        )
        shown = self._show(system_metadata={'live_tune:cpu': 'q=7000'})
        self.assertEqual({'quota': 7000}, shown['cpu']['tuned'])
        self.assertEqual({'quota': 7}, shown['cpu']['effective'])
        self.assertEqual('too small', shown['cpu']['not_in_effect'])
        self.assertEqual(
            [
                (1, {'inbound': {'average': 1}}),
                (2, {'inbound': {'average': 2}}),
            ],
            [(e['index'], e['effective']) for e in shown['interfaces']],
        )
        (disk,) = shown['disks']
        self.assertEqual('vda', disk['device'])
        self.assertIsNone(disk['effective'])

    def _observed(self):
        shown = self.api.show(self.context, self.instance, observed=True)
        parts = (shown['cpu'], *shown['interfaces'], *shown['disks'])
        return [part['observed'] for part in parts]

    def test_what_was_used_if_it_is_asked_for(self):
        self._told(*[(None, None)] * 4)
        self.assertNotIn('observed', self._show()['cpu'])
        self.assertIs(False, self.rpc.read.call_args[1]['observed'])
        seen = [{'time': 5}, None, {'inbound': {}}, {'read_bytes': 7}]
        self.rpc.read.return_value['observed'] = seen
        self.assertEqual(seen, self._observed())
        self.assertIs(True, self.rpc.read.call_args[1]['observed'])

    def test_what_was_used_where_nobody_can_tell(self):
        self.rpc.read.side_effect = messaging.MessagingTimeout()
        self.assertEqual([None] * 4, self._observed())

    def test_a_server_without_ports_has_an_empty_list(self):
        self._told((None, None), (None, None))
        none = objects.InstanceInfoCache(network_info=None)
        none.network_info = fakes.model.NetworkInfo()
        self.assertEqual([], self._show(info_cache=none)['interfaces'])

    def test_the_host_is_told_what_was_found_kept(self):
        self._told(*[(None, None)] * 4)
        self._show(
            system_metadata={
                'live_tune:cpu': 'q=7000',
                'live_tune:generation': '3',
            }
        )
        (_, _, generation, found) = self.rpc.read.call_args[0]
        self.assertEqual(3, generation)
        self.assertEqual(
            [{'quota': 7000}, {}, {}, {}], [tuned for _, tuned in found]
        )

    def test_what_the_host_has_healed_is_read_anew(self):
        def refresh(instance):
            instance.system_metadata = {'live_tune:cpu': 'q=7000'}
            self._told(({'quota': 7000}, None), *[(None, None)] * 3)

        self.useFixture(
            fixtures.MonkeyPatch('nova.objects.Instance.refresh', refresh)
        )
        self._told(*[(None, 'lost')] * 4, healed=True)
        shown = self._show()
        self.assertEqual({'quota': 7000}, shown['cpu']['tuned'])
        self.assertEqual({'quota': 7000}, shown['cpu']['effective'])
        self.assertIsNone(shown['cpu']['not_in_effect'])

    def _only_the_database(self, reason=api.UNKNOWN, **attrs):
        shown = self._show(
            system_metadata={'live_tune:cpu': 'q=7000'}, **attrs
        )
        self.assertEqual({'quota': 7000}, shown['cpu']['tuned'])
        for entry in (shown['cpu'], *shown['interfaces'], *shown['disks']):
            self.assertIsNone(entry['effective'])
        self.assertIn(reason, shown['cpu']['not_in_effect'])

    def test_a_host_that_does_not_tell(self):
        for error, reason in (
            (messaging.MessagingTimeout(), 'not answer in time'),
            (messaging.UnsupportedVersion('1.0'), 'does not run the live-'),
            (
                messaging.RemoteError(exc_type='UnsupportedVersion'),
                'nothing is managed there',
            ),
            (NotImplementedError(), 'does not tell'),
        ):
            self.rpc.read.side_effect = error
            self._only_the_database(reason)

    def test_no_host(self):
        self._only_the_database('on no host', host=None)

    def test_a_host_that_is_down_is_not_asked(self):
        self.is_up.return_value = False
        self._only_the_database('is down')
        self.rpc.read.assert_not_called()
