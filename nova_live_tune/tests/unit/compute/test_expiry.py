# SPDX-License-Identifier: Apache-2.0
"""When the expirer looks at which guest; tests/functional has the rest."""

from unittest import mock

import fixtures
import nova.conf
from nova import exception, objects
from oslo_concurrency import lockutils
from oslotest import base

from nova_live_tune.compute import expiry
from nova_live_tune.compute.store import Kept
from nova_live_tune.leases import Change
from nova_live_tune.tests.unit import fakes


class ExpirerTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MockPatchObject
        self.now = 0
        self.useFixture(
            fixtures.MonkeyPatch('nova_live_tune.clock.now', lambda: self.now)
        )
        self.recorded = self.useFixture(patch(expiry.record, 'expired')).mock
        self.announced = self.useFixture(
            patch(expiry.announce, 'expired')
        ).mock
        self.useFixture(fixtures.FakeLogger())
        self.instance = fakes.instance()
        self.read = self.useFixture(
            patch(objects.Instance, 'get_by_uuid', return_value=self.instance)
        ).mock
        self.save = self.useFixture(patch(objects.Instance, 'save')).mock
        self.tuner = mock.Mock()
        self.guest = self.tuner.running.return_value
        self.guest.kept.return_value = None
        self.tuner.end.return_value = []
        self.tuner.all_running.return_value = {}
        self.tuner.carry_out.side_effect = self._carry_out
        self.expirer = expiry.Expirer('here', lambda: self.tuner)

    @staticmethod
    def _carry_out(instance, guest, action, decided, keep):
        keep()

    def lease(self, until):
        change = Change({'quota': 5000}, until=until)
        fakes.put(self.instance, fakes.cpu(), {}, None, [change])
        return Kept.of(self.instance)

    def beat(self, now):
        self.read.reset_mock()
        self.now = now
        self.expirer.beat('context')
        return self.read.called


class WhenTest(ExpirerTestCase):
    def test_not_before_it_ends_and_not_after_that(self):
        self.expirer.expect(self.instance.uuid, self.lease(60))
        self.assertFalse(self.beat(59))
        self.assertTrue(self.beat(60))
        self.recorded.assert_called_once_with(self.instance)
        self.announced.assert_called_once_with(self.instance, [], 60, 60)
        (_, (device,), kept), _ = self.tuner.end.call_args
        self.assertEqual(('cpu', 60), (str(device), kept.now))

    def test_no_lease_no_look(self):
        self.expirer.expect(self.instance.uuid, self.lease(60))
        self.expirer.expect(self.instance.uuid, Kept(1, {'cpu': 'q=5'}))
        self.assertFalse(self.beat(100))

    def test_a_guest_that_is_new_is_looked_at_soon(self):
        self.lease(60)
        self.expirer.notice(self.instance.uuid)
        self.assertTrue(self.beat(5))
        self.recorded.assert_not_called()
        self.assertFalse(self.beat(59))
        self.assertTrue(self.beat(60))

    def test_one_that_left_or_is_off_is_forgotten(self):
        for attr, value in (('host', 'there'), ('host', None)):
            setattr(self.instance, attr, value)
            self.expirer.notice(self.instance.uuid)
            self.assertTrue(self.beat(1))
            self.assertFalse(self.beat(2))
        self.tuner.running.return_value = None
        self.expirer.notice(self.instance.uuid)
        self.assertTrue(self.beat(3))
        self.assertFalse(self.beat(4))

    def test_one_that_is_gone(self):
        self.read.side_effect = exception.InstanceNotFound(instance_id='id')
        self.expirer.notice(self.instance.uuid)
        self.assertTrue(self.beat(1))
        self.assertFalse(self.beat(2))

    def test_one_that_is_busy_is_looked_at_again(self):
        self.instance.task_state = 'migrating'
        # As long as it migrates, the record names the host that it leaves.
        self.instance.host = 'there'
        self.expirer.notice(self.instance.uuid)
        self.assertTrue(self.beat(1))
        self.assertTrue(self.beat(2))

    def test_a_lock_is_not_waited_for(self):
        self.expirer.notice(self.instance.uuid)
        with lockutils.lock(self.instance.uuid, 'nova-'):
            self.assertFalse(self.beat(1))
        self.assertTrue(self.beat(2))


class FailureTest(ExpirerTestCase):
    def test_it_is_tried_again_after_a_pause_and_told_once(self):
        self.expirer.expect(self.instance.uuid, self.lease(60))
        self.tuner.carry_out.side_effect = exception.NovaException('no.')
        looked = [self.beat(now) for now in (60, 61, 69, 70, 81)]
        self.assertEqual([True, False, False, True, True], looked)
        self.recorded.assert_called_once_with(mock.ANY, 'no.')
        self.tuner.carry_out.side_effect = self._carry_out
        self.assertTrue(self.beat(100))
        self.recorded.assert_called_with(self.instance)


class StartTest(ExpirerTestCase):
    def setUp(self):
        super().setUp()
        self.loop = self.useFixture(
            fixtures.MockPatchObject(
                expiry.loopingcall, 'FixedIntervalLoopingCall'
            )
        ).mock
        self.tuner.all_running.return_value = {
            self.instance.uuid: self.guest,
            'other': mock.Mock(kept=lambda: None),
        }
        self.guest.kept.return_value = self.lease(60)

    def start(self, periodic):
        nova.conf.CONF.set_override('periodic_enable', periodic)
        self.addCleanup(nova.conf.CONF.clear_override, 'periodic_enable')
        self.expirer.start('context')

    def test_the_clock_is_looked_at_from_then_on(self):
        self.start(periodic=True)
        self.loop.assert_called_once_with(self.expirer.beat, 'context')
        self.loop.return_value.start.assert_called_once_with(
            expiry.BEAT,
            initial_delay=expiry.BEAT,
            stop_on_exception=False,
        )

    def test_without_periodic_work(self):
        self.start(periodic=False)
        self.loop.assert_not_called()

    def test_a_driver_that_cannot(self):
        def tuner():
            raise NotImplementedError('not libvirt')

        expirer = expiry.Expirer('here', tuner)
        self.assertRaises(NotImplementedError, expirer.start, 'context')
        self.loop.assert_not_called()

    def test_what_the_copies_say_is_expected(self):
        self.assertFalse(self.beat(59))
        self.assertTrue(self.beat(60))
        self.tuner.all_running.assert_called_once_with()

    def test_a_libvirt_that_is_not_there_yet_is_asked_again(self):
        answer = self.tuner.all_running.return_value
        self.tuner.all_running.side_effect = exception.HypervisorUnavailable
        self.assertFalse(self.beat(60))
        self.tuner.all_running.side_effect = [answer]
        self.assertFalse(self.beat(60 + expiry.PAUSE - 1))
        self.assertTrue(self.beat(60 + expiry.PAUSE))

    def test_what_is_heard_may_be_out_of_date(self):
        uuid = self.instance.uuid
        self.expirer.expect(uuid, self.lease(60))
        self.expirer.hear(uuid, Kept(1, {'cpu': 'q=5000'}))
        self.expirer.hear(uuid, self.lease(90))
        self.assertEqual({uuid: 60}, self.expirer._when)
        self.expirer.hear(uuid, self.lease(30))
        self.assertEqual({uuid: 30}, self.expirer._when)
