# SPDX-License-Identifier: Apache-2.0
import types

import fixtures
import oslo_messaging as messaging
from nova import exception, objects
from nova.compute import task_states
from oslotest import base

from nova_live_tune.compute import manager
from nova_live_tune.compute.store import Kept
from nova_live_tune.compute.terms import Terms
from nova_live_tune.decisions import Outcome
from nova_live_tune.leases import Change, Stack, Stand
from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt import deciding


class EndpointTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        # An error is notified of, and recorded in the database.
        for away in (
            'nova.exception_wrapper._emit_legacy_exception_notification',
            'nova.exception_wrapper._emit_versioned_exception_notification',
            'nova.compute.utils.add_instance_fault_from_exc',
        ):
            self.useFixture(fixtures.MockPatch(away))
        patch = fixtures.MockPatchObject
        self.save = self.useFixture(patch(objects.Instance, 'save')).mock
        read = self.useFixture(patch(objects.Instance, 'get_by_uuid')).mock
        tuner = self.useFixture(patch(manager.driver, 'Tuner')).mock
        self.tuner = tuner.return_value
        self.announced = self.useFixture(
            patch(manager.announce, 'events')
        ).mock
        self.instance = fakes.instance(
            system_metadata={'live_tune:cpu': 'q=5000'}
        )
        read.return_value = self.instance
        host = types.SimpleNamespace(host='here', driver='a driver')
        self.endpoint = manager.LiveTuneEndpoint(host)
        self.Tuner = tuner


class TuneTest(EndpointTestCase):
    def setUp(self):
        super().setUp()
        self.tuner.decide.side_effect = self._decide
        self.tuner.carry_out.side_effect = self._carry_out
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_live_tune.clock.now', lambda: 4102444800
            )
        )
        self.ceiling = {}
        self.changes = ()
        self.guest = self.tuner.running.return_value
        self.guest.kept.return_value = None

    def _decide(self, instance, guest, action, jobs, kept, terms):
        self.found, self.terms = kept, terms
        ((device, _),) = jobs
        self.found_ceiling = device.ceiling
        stand = Stand({'quota': 7000}, self.ceiling)
        outcome = Outcome({'quota': 7000}, Stack(stand, self.changes), stand)
        before = {'quota': 5000, 'period': 100000}
        return [deciding.Decision(device, before, outcome)]

    def _carry_out(self, instance, guest, action, decided, keep):
        self.kept = keep()
        return [decision.after for decision in decided]

    def tune(self, method='tune', **terms):
        return getattr(self.endpoint, method)(
            None,
            objects.Instance(uuid=self.instance.uuid),
            'setCpuQuota',
            [(fakes.cpu().to_primitive(), {'quota': 7000})],
            Terms(**terms).to_primitive(),
        )

    def _refused(self, kind):
        error = self.assertRaises(messaging.ExpectedException, self.tune)
        self.assertIsInstance(error.exc_info[1], kind)
        # That of a driver that cannot, too, and of a state.
        (told,) = self.announced.error.call_args_list
        self.assertIs(error.exc_info[1], told.args[4])
        self.announced.end.assert_not_called()
        return str(error.exc_info[1])

    def test_namespace(self):
        self.assertEqual('live_tune', self.endpoint.target.namespace)
        self.assertEqual('1.1', self.endpoint.target.version)

    def test_what_is_kept_is_saved(self):
        outcome = {
            'tuned': {'quota': 7000},
            'effective': {'quota': 7000, 'period': 100000},
            'ceiling': {},
            'ends': None,
        }
        self.assertEqual(
            {'generation': 1, 'outcomes': [outcome]}, self.tune(duration=60)
        )
        self.assertEqual(Terms(duration=60, until=4102444860), self.terms)
        self.Tuner.assert_called_once_with('a driver')
        self.assertEqual({'cpu': 'q=5000'}, self.found.entries)
        self.assertEqual(
            {
                'live_tune:cpu': 'q=7000',
                'live_tune:generation': '1',
                'live_tune:set': '1',
            },
            self.instance.system_metadata,
        )
        self.assertEqual(Kept(1, {'cpu': 'q=7000'}), self.kept)
        # Nova may have begun to move it meanwhile.
        self.save.assert_called_once_with(expected_task_state=[None])

    def test_a_plan_saves_nothing(self):
        before = dict(self.instance.system_metadata)
        answer = self.tune('plan')
        (outcome,) = answer['outcomes']
        self.assertEqual(1, answer['generation'])
        self.assertEqual({'quota': 5000, 'period': 100000}, outcome['before'])
        self.assertEqual(7000, outcome['effective']['quota'])
        self.tuner.carry_out.assert_not_called()
        self.save.assert_not_called()
        self.assertEqual(before, self.instance.system_metadata)
        self.announced.start.assert_not_called()

    def test_what_is_done_is_announced(self):
        self.tune(duration=60)
        (told,) = self.announced.end.call_args_list
        _, instance, action, jobs, (before,), effective = told.args
        self.assertIs(self.instance, instance)
        self.assertEqual('setCpuQuota', action)
        self.assertEqual([(fakes.cpu(), {'quota': 7000})], jobs)
        self.assertEqual({'quota': 5000, 'period': 100000}, before)
        self.assertEqual([{'quota': 7000, 'period': 100000}], effective)
        self.assertEqual(
            '2100-01-01T00:01:00+00:00', told.kwargs['until'].isoformat()
        )
        self.announced.start.assert_called_once()
        self.announced.error.assert_not_called()

    def test_a_ceiling_is_kept_beside_it(self):
        self.instance.system_metadata['live_tune:ceiling:cpu'] = 's=5'
        self.ceiling = {'quota': 8000, 'period': 100000}
        (outcome,) = self.tune(may_exceed=True)['outcomes']
        self.assertTrue(self.terms.may_exceed)
        self.assertEqual({'shares': 5}, self.found_ceiling)
        self.assertEqual(self.ceiling, outcome['ceiling'])
        self.assertEqual(
            {'cpu': 'q=7000', 'ceiling:cpu': 'q=8000 p=100000'},
            self.kept.entries,
        )

    def test_a_lease_is_expected_to_end(self):
        self.changes = (Change({'quota': 7000}, 4102444900),)
        (outcome,) = self.tune()['outcomes']
        self.assertEqual(4102444900, outcome['ends'])
        self.assertEqual(
            {self.instance.uuid: 4102444900}, self.endpoint.expirer._when
        )

    def test_a_ceiling_that_the_record_has_lost(self):
        self.guest.kept.return_value = Kept(7, {'ceiling:cpu': 'q=8000'})
        self.tune()
        self.assertEqual({'quota': 8000}, self.found_ceiling)

    def test_what_the_record_has_lost_is_kept_again(self):
        self.guest.kept.return_value = Kept(7, {'cpu': 'q=9000', 'x': 'y=1'})
        self.tune()
        self.assertEqual('q=9000', self.found.entries['cpu'])
        self.assertEqual(Kept(8, {'cpu': 'q=7000', 'x': 'y=1'}), self.kept)

    def test_a_copy_that_is_behind_changes_nothing(self):
        self.instance.system_metadata['live_tune:generation'] = '7'
        self.guest.kept.return_value = Kept(7, {'cpu': 'q=9000', 'x': 'y=1'})
        self.tune()
        self.assertEqual({'cpu': 'q=5000'}, self.found.entries)
        self.assertEqual(Kept(8, {'cpu': 'q=7000'}), self.kept)

    def test_an_api_that_knows_no_bounds_is_refused(self):
        error = self.assertRaises(
            messaging.ExpectedException,
            self.endpoint.tune,
            None,
            objects.Instance(uuid=self.instance.uuid),
            'setCpuQuota',
            [(fakes.cpu().to_primitive(), {'quota': 7000})],
        )
        self.assertIsInstance(error.exc_info[1], NotImplementedError)
        self.assertIn('older', str(error.exc_info[1]))
        self.tuner.decide.assert_not_called()

    def test_another_generation_is_refused(self):
        self.instance.system_metadata['live_tune:generation'] = '7'
        for method in ('tune', 'plan'):
            error = self.assertRaises(
                messaging.ExpectedException, self.tune, method, generation=6
            )
            told = error.exc_info[1]
            self.assertIsInstance(told, exception.InstanceUpdateConflict)
            self.assertIn('generation 6', str(told))
        self.tuner.decide.assert_not_called()
        self.tune(generation=7)

    def test_a_save_that_fails_is_an_error(self):
        self.save.side_effect = exception.UnexpectedTaskStateError(
            instance_uuid='id', expected={}, actual={}
        )
        self._refused(exception.InstanceUpdateConflict)

    def test_the_state_is_looked_at_again(self):
        self.instance.task_state = task_states.MIGRATING
        told = self._refused(exception.InstanceInvalidState)
        self.assertIn('migrating', told)
        self.tuner.decide.assert_not_called()

    def test_an_instance_that_has_left(self):
        self.instance.host = 'elsewhere'
        told = self._refused(exception.InstanceInvalidState)
        self.assertIn('elsewhere', told)
        self.tuner.decide.assert_not_called()

    def test_a_driver_that_cannot(self):
        self.Tuner.side_effect = NotImplementedError('not libvirt')
        self.assertEqual('not libvirt', self._refused(NotImplementedError))


class ReadTest(EndpointTestCase):
    def setUp(self):
        super().setUp()
        self.guest = self.tuner.running.return_value
        self.guest.kept.return_value = Kept(3, {'cpu': 'q=5000'})
        self.mend = self.useFixture(
            fixtures.MockPatchObject(self.endpoint.reconciler, 'mend_now')
        ).mock

    def _read(self, generation, **more):
        return self.endpoint.read(
            'context',
            self.instance,
            generation,
            [(fakes.cpu().to_primitive(), {'quota': 5000})],
            **more,
        )

    def test_what_the_tuner_reads(self):
        self.assertEqual(
            {'readings': self.tuner.read.return_value, 'healed': False},
            self._read(3),
        )
        self.tuner.read.assert_called_once_with(
            self.guest, [(fakes.cpu(), {'quota': 5000})]
        )

    def test_what_was_used_only_if_it_is_asked_for(self):
        self._read(3)
        self.tuner.observe.assert_not_called()
        seen = self._read(3, observed=True)['observed']
        self.assertIs(self.tuner.observe.return_value, seen)
        self.tuner.observe.assert_called_once_with(self.guest, [fakes.cpu()])

    def test_a_record_that_is_behind_the_copy_is_mended_first(self):
        self.mend.side_effect = lambda *_: self.tuner.read.assert_not_called()
        self.assertTrue(self._read(2)['healed'])
        self.mend.assert_called_once_with('context', self.instance.uuid)

    def test_a_record_that_is_ahead_of_the_copy_is_right(self):
        self.assertFalse(self._read(4)['healed'])
        self.mend.assert_not_called()

    def test_neither_a_copy_nor_a_guest(self):
        self.guest.kept.return_value = None
        self.assertFalse(self._read(0)['healed'])
        self.tuner.running.return_value = None
        self.assertFalse(self._read(0)['healed'])
        self.mend.assert_not_called()


class ReportTest(EndpointTestCase):
    def setUp(self):
        super().setUp()
        self.report = self.useFixture(
            fixtures.MockPatchObject(manager.host, 'report')
        ).mock
        self.assertIs(
            self.report.return_value, self.endpoint.report('context')
        )
        ((self.connect,), _) = self.report.call_args

    def test_by_novas_own_connection(self):
        self.assertIs(self.tuner.connection.return_value, self.connect())
        self.Tuner.assert_called_once_with('a driver')

    def test_a_driver_that_cannot(self):
        self.Tuner.side_effect = NotImplementedError('not libvirt')
        self.assertRaises(NotImplementedError, self.connect)
