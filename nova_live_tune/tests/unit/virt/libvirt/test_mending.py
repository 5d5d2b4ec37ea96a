# SPDX-License-Identifier: Apache-2.0
import fixtures
from nova.tests.fixtures import libvirt as fakelibvirt
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.compute.store import Kept
from nova_live_tune.tests.unit import fakes
from nova_live_tune.tests.unit.fakes import CONFIG, LIVE
from nova_live_tune.virt.libvirt import mending


class MendingTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MonkeyPatch
        self.useFixture(patch('nova.virt.libvirt.guest.libvirt', fakelibvirt))
        self.useFixture(
            patch(
                'nova_live_tune.virt.libvirt.guest.cgroup_version', lambda: 2
            )
        )
        self.log = self.useFixture(fixtures.FakeLogger())
        self.guest = fakes.Guest()


class ReadTest(MendingTestCase):
    def _read(self, device, tuned):
        return mending.read(self.guest, device, tuned)

    def test_in_effect(self):
        self.guest.values[LIVE]['disk vda'] = {'total_iops_sec': 5}
        values, reason = self._read(fakes.disk(), {'total_iops_sec': 5})
        self.assertEqual(
            {**tunables.DISK.defaults(), 'total_iops_sec': 5}, values
        )
        self.assertIsNone(reason)

    def test_drift_names_each_knob(self):
        self.guest.values[LIVE]['disk vda'] = {'read_iops_sec': 7}
        _, reason = self._read(fakes.disk(), {'total_iops_sec': 5})
        self.assertIn('total_iops_sec is 0 where 5 is kept.', reason)
        self.assertIn('read_iops_sec is 7 where 0 is kept.', reason)

    def test_qemus_own_length_of_a_burst_is_no_drift(self):
        tuned = {'total_iops_sec': 5, 'total_iops_sec_max': 9}
        self.guest.values[CONFIG]['disk vda'] = tuned
        self.guest.values[LIVE]['disk vda'] = {
            **tuned,
            'total_iops_sec_max_length': 1,
        }
        _, reason = self._read(fakes.disk(), tuned)
        self.assertIsNone(reason)
        self.assertEqual([], mending.drift(self.guest, fakes.disk(), tuned))

    def test_another_length_is(self):
        tuned = {'total_iops_sec': 5, 'total_iops_sec_max': 9}
        self.guest.values[LIVE]['disk vda'] = {
            **tuned,
            'total_iops_sec_max_length': 2,
        }
        _, reason = self._read(fakes.disk(), tuned)
        self.assertIn('total_iops_sec_max_length is 2', reason)

    def test_a_configuration_apart_is_none_of_the_readers(self):
        self.guest.values[LIVE]['cpu'] = {'quota': 5000}
        _, reason = self._read(fakes.cpu(), {'quota': 5000})
        self.assertIsNone(reason)

    def test_a_device_that_is_gone(self):
        self.guest.remove(fakes.disk())
        values, reason = self._read(fakes.disk(), {'total_iops_sec': 5})
        self.assertIsNone(values)
        self.assertIn('no such disk', reason)
        self.assertEqual((None, None), self._read(fakes.disk(), {}))

    def test_a_host_that_refuses_what_is_kept(self):
        values, reason = self._read(fakes.cpu(), {'shares': 20000})
        self.assertEqual(100, values['shares'])
        self.assertIn('shares 20000', reason)

    def test_libvirt_fails(self):
        self.guest.fails['read', LIVE] = fakes.libvirt_error()
        values, reason = self._read(fakes.disk(), {'total_iops_sec': 5})
        self.assertIsNone(values)
        self.assertEqual('libvirt does not tell its limits.', reason)
        self.assertEqual((None, None), self._read(fakes.disk(), {}))


class MendTest(MendingTestCase):
    def _mend(self, device, tuned):
        return [str(d) for d in mending.mend(self.guest, device, tuned)]

    def test_what_agrees_is_left_alone(self):
        for scope in (LIVE, CONFIG):
            self.guest.values[scope]['cpu'] = {'quota': 5000}
        self.assertEqual([], self._mend(fakes.cpu(), {'quota': 5000}))
        self.assertEqual([], self._mend(fakes.disk(), {}))
        self.assertEqual([], self.guest.writes)

    def test_drift_is_set_again_and_told(self):
        self.guest.values[CONFIG]['cpu'] = {'quota': 5000}
        self.guest.values[LIVE]['cpu'] = {'quota': 7000}
        self.assertEqual(
            ['cpu (running): quota 7000 instead of 5000'],
            self._mend(fakes.cpu(), {'quota': 5000}),
        )
        self.assertEqual([(LIVE, 'cpu', {'quota': 5000})], self.guest.writes)

    def test_a_configuration_apart_is_set_again_too(self):
        self.guest.values[LIVE]['cpu'] = {'quota': 5000}
        self.assertEqual(
            ['cpu (configured): quota -1 instead of 5000'],
            self._mend(fakes.cpu(), {'quota': 5000}),
        )
        self.assertEqual([(CONFIG, 'cpu', {'quota': 5000})], self.guest.writes)

    def test_whole_groups_are_set(self):
        self.guest.values[LIVE]['disk vda'] = {'read_bytes_sec': 7}
        self._mend(fakes.disk(), {'total_bytes_sec': 5})
        ((_, _, live), _) = self.guest.writes
        self.assertEqual(0, live['read_bytes_sec'])
        self.assertEqual(
            {k.name for k in tunables.DISK.group('bytes')}, set(live)
        )

    def test_what_cannot_be_set_is_not_tried(self):
        self.guest.element(fakes.nic()).set('type', 'hostdev')
        self.assertEqual([], self._mend(fakes.nic(), {'inbound_average': 5}))
        self.guest.remove(fakes.disk())
        self.assertEqual([], self._mend(fakes.disk(), {'total_iops_sec': 5}))
        self.assertEqual([], self._mend(fakes.cpu(), {'shares': 20000}))
        self.assertEqual([], self.guest.writes)

    def test_a_kernel_that_rounds_is_no_drift(self):
        write = self.guest.write
        self.guest.write = lambda device, values, scope: write(
            device, {**values, 'quota': 4999}, scope
        )
        tuned = {'quota': 5000}
        self.assertEqual(2, len(self._mend(fakes.cpu(), tuned)))
        self.assertEqual([], self._mend(fakes.cpu(), tuned))

    def test_drift_alone_sets_nothing(self):
        live, config = mending.drift(self.guest, fakes.cpu(), {'quota': 5000})
        self.assertEqual((LIVE, CONFIG), (live.scope, config.scope))
        self.assertEqual({'quota': 5000}, live.wanted)
        self.assertEqual({'quota': -1}, live.found)
        self.assertEqual('cpu (running): quota -1 instead of 5000', str(live))
        self.assertEqual([], self.guest.writes)

    def test_a_transient_domain_has_no_configuration_to_drift(self):
        self.guest = fakes.Guest(LIVE)
        (found,) = mending.drift(self.guest, fakes.cpu(), {'quota': 5000})
        self.assertEqual(LIVE, found.scope)

    def test_libvirts_refusal_is_for_the_caller(self):
        self.guest.fails['write', CONFIG] = fakes.libvirt_error()
        self.assertRaises(
            fakelibvirt.libvirtError,
            self._mend,
            fakes.cpu(),
            {'quota': 5000},
        )


class CopyTest(MendingTestCase):
    KEPT = Kept(3, {'cpu': 'q=5000'})

    def test_it_is_written(self):
        mending.copy(fakes.instance(), self.guest, self.KEPT)
        self.assertEqual([self.KEPT], self.guest.copies)

    def test_without_one_the_record_still_holds(self):
        self.guest.fails['write_kept', LIVE] = fakes.libvirt_error()
        mending.copy(fakes.instance(), self.guest, self.KEPT)
        self.assertIn('no up-to-date copy', self.log.output)
