# SPDX-License-Identifier: Apache-2.0
import datetime

import fixtures
from nova import exception
from oslotest import base

from nova_live_tune.compute import announce
from nova_live_tune.decisions import Outcome
from nova_live_tune.leases import Stack, Stand
from nova_live_tune.metrics import table
from nova_live_tune.notifications.changes import Change
from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt.deciding import Decision
from nova_live_tune.virt.libvirt.mending import Drift

END = 1795284000
UNTIL = datetime.datetime(2026, 11, 21, 18, tzinfo=datetime.timezone.utc)
JOBS = [(fakes.cpu(), {'quota': 5000})]


class AnnounceTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MockPatchObject
        self.events = self.useFixture(patch(announce, 'events')).mock
        self.counting = self.useFixture(patch(announce, 'counting')).mock
        self.instance = fakes.instance()
        self.useFixture(
            fixtures.MonkeyPatch('time.monotonic', lambda: self.now)
        )
        self.now = 1000.0


class TuningTest(AnnounceTestCase):
    def tuning(self):
        return announce.tuning(
            'context', self.instance, 'setCpuQuota', JOBS, END
        )

    def fails(self, error):
        def fail():
            with self.tuning():
                self.now += 3
                raise error

        self.assertIs(error, self.assertRaises(type(error), fail))
        self.events.error.assert_called_once_with(
            'context', self.instance, 'setCpuQuota', JOBS, error, UNTIL
        )
        self.events.end.assert_not_called()

    def assert_timed(self, seconds, outcome):
        self.counting.observe.assert_called_once_with(
            table.SETS, seconds, action='setCpuQuota', outcome=outcome
        )

    def test_done(self):
        with self.tuning() as done:
            self.events.start.assert_called_once_with(
                'context', self.instance, 'setCpuQuota', JOBS, UNTIL
            )
            self.now += 2
            done('plans', 'effective')
        self.events.end.assert_called_once_with(
            'context',
            self.instance,
            'setCpuQuota',
            JOBS,
            'plans',
            'effective',
            until=UNTIL,
        )
        self.events.error.assert_not_called()
        self.assert_timed(2, 'done')
        self.counting.count.assert_not_called()

    def test_refused(self):
        self.fails(exception.Forbidden('beyond'))
        self.assert_timed(3, 'refused')
        self.counting.count.assert_called_once_with(
            table.REFUSALS, status='403'
        )

    def test_failed(self):
        self.fails(ZeroDivisionError('by 0'))
        self.assert_timed(3, 'failed')
        self.counting.count.assert_not_called()


class OthersTest(AnnounceTestCase):
    def test_drift(self):
        cpu = fakes.cpu()
        wanted = {'quota': 5000, 'period': 100000}
        found = Drift(cpu, 2, 'configured', {'quota': 7000}, wanted)
        self.instance._context = 'context'
        announce.drift(self.instance, [found], ['disk vda: no'])
        (call,) = self.events.drift.call_args_list
        context, instance, changes, failures = call.args
        self.assertEqual(('context', self.instance), (context, instance))
        self.assertEqual(['disk vda: no'], failures)
        self.assertEqual(
            [Change(cpu, {'quota': 7000}, {'quota': 5000}, 'configured')],
            list(changes),
        )

    def test_expired(self):
        before = {'quota': 7000, 'period': 100000}
        cpu = self._ended(fakes.cpu(), before, {'quota': 5000})
        nic = self._ended(fakes.nic(), {'inbound_peak': 0}, {})
        disk = self._ended(fakes.disk(), None, {})
        self.instance._context = 'context'
        announce.expired(self.instance, [cpu, nic, disk], END, END + 0.5)
        (call,) = self.events.expired.call_args_list
        context, instance, changes, until = call.args
        self.assertEqual(('context', self.instance), (context, instance))
        self.assertEqual(UNTIL, until)
        self.assertEqual(
            [Change(fakes.cpu(), {'quota': 7000}, {'quota': 5000})],
            list(changes),
        )
        self.counting.observe.assert_called_once_with(
            table.EXPIRY_LATENESS, 0.5
        )

    @staticmethod
    def _ended(device, before, changes):
        outcome = Outcome(changes, Stack(), Stand())
        return Decision(device, before, outcome)

    def test_never_has_no_time(self):
        with announce.tuning('context', self.instance, 'setCpuQuota', JOBS):
            (call,) = self.events.start.call_args_list
        self.assertIsNone(call.args[-1])
