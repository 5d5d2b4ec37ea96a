# SPDX-License-Identifier: Apache-2.0
"""The driver on a guest that is two dicts; tests/property has a model."""

import dataclasses
from unittest import mock

import fixtures
from nova import exception
from nova.tests.fixtures import libvirt as fakelibvirt
from nova.virt.libvirt import driver as nova_driver
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.compute.store import Kept
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt import driver

LIVE = fakelibvirt.VIR_DOMAIN_AFFECT_LIVE
CONFIG = fakelibvirt.VIR_DOMAIN_AFFECT_CONFIG


class DriverTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MonkeyPatch
        module = 'nova_live_tune.virt.libvirt.guest'
        self.guest = fakes.Guest()
        self.useFixture(patch('nova.virt.libvirt.guest.libvirt', fakelibvirt))
        self.useFixture(patch(f'{module}.cgroup_version', lambda: 2))
        self.useFixture(patch(f'{module}.Guest', lambda domain: self.guest))
        self.useFixture(fixtures.FakeLogger())
        nova = mock.Mock(spec=nova_driver.LibvirtDriver)
        nova._host = self.host = mock.Mock()
        self.tuner = driver.Tuner(nova)
        self.keep = mock.Mock()

    def tune(self, device, wanted, tuned=None, may_exceed=False):
        instance = fakes.instance()
        fakes.put(instance, device, tuned or {}, device.ceiling)
        guest = self.tuner.running(instance)
        self.decided = self.tuner.decide(
            instance,
            guest,
            'theAction',
            [(device, wanted)],
            Kept.of(instance),
            Terms(may_exceed),
        )
        (effective,) = self.tuner.carry_out(
            instance, guest, 'theAction', self.decided, self.keep
        )
        return effective

    def kept(self):
        """What it was last told to keep."""
        self.keep.assert_called()
        (decision,) = self.decided
        return decision.outcome.stack.base

    def reset(self, device, tuned=None):
        return self.tune(device, dict.fromkeys(device.target.names), tuned)

    def refused(self, kind, *call):
        error = self.assertRaises(kind, self.tune, *call)
        self.assertEqual([], self.guest.writes)
        self.assertEqual([], self.guest.copies)
        self.keep.assert_not_called()
        return str(error)


class TuneTest(DriverTestCase):
    def test_live_and_configuration_one_after_the_other(self):
        effective = self.tune(fakes.cpu(), {'quota': 5000})
        self.assertEqual(
            [
                (LIVE, 'cpu', {'quota': 5000}),
                (CONFIG, 'cpu', {'quota': 5000}),
            ],
            self.guest.writes,
        )
        self.assertEqual(5000, effective['quota'])
        self.assertEqual({'quota': 5000}, self.kept().tuned)

    def test_a_transient_domain_has_no_configuration(self):
        self.guest = fakes.Guest(LIVE)
        self.tune(fakes.cpu(), {'quota': 5000})
        self.assertEqual([(LIVE, 'cpu', {'quota': 5000})], self.guest.writes)

    def test_null_is_the_flavors_value(self):
        effective = self.tune(
            fakes.cpu({'quota': 7000}), {'quota': None}, {'quota': 5000}
        )
        self.assertEqual(7000, effective['quota'])
        self.assertEqual({}, self.kept().tuned)

    def test_what_is_asked_for_is_set_though_it_stands(self):
        self.tune(fakes.cpu(), {'quota': -1})
        self.assertEqual(2, len(self.guest.writes))

    def test_what_is_taken_back_is_not_set_if_it_stands(self):
        self.reset(fakes.nic())
        self.assertEqual([], self.guest.writes)
        self.assertEqual({}, self.kept().tuned)

    def test_a_configuration_apart_is_put_back_as_it_was(self):
        self.guest.values[LIVE]['cpu'] = {'quota': 2000}
        self.guest.values[CONFIG]['cpu'] = {'quota': 3000}
        self.keep.side_effect = exception.InstanceNotFound(instance_id='id')
        self.assertRaises(
            exception.InstanceNotFound,
            self.tune,
            fakes.cpu(),
            {'quota': 5000},
        )
        self.assertEqual(
            [
                (LIVE, 'cpu', {'quota': 5000}),
                (CONFIG, 'cpu', {'quota': 5000}),
                (CONFIG, 'cpu', {'quota': 3000}),
                (LIVE, 'cpu', {'quota': 2000}),
            ],
            self.guest.writes,
        )

    def test_the_copy_comes_last_and_is_what_was_saved(self):
        self.keep.side_effect = lambda: self.assertEqual([], self.guest.copies)
        self.tune(fakes.cpu(), {'quota': 5000})
        self.keep.side_effect = None
        self.tune(fakes.cpu(), {'quota': 6000})
        self.assertEqual([None, self.keep.return_value], self.guest.copies)

    def test_a_save_that_fails_leaves_no_copy(self):
        self.keep.side_effect = exception.InstanceNotFound(instance_id='id')
        self.assertRaises(
            exception.InstanceNotFound,
            self.tune,
            fakes.cpu(),
            {'quota': 5000},
        )
        self.assertEqual([], self.guest.copies)

    def test_a_copy_that_fails_undoes_nothing(self):
        self.guest.fails['write_kept', LIVE] = fakes.libvirt_error()
        effective = self.tune(fakes.cpu(), {'quota': 5000})
        self.assertEqual(5000, effective['quota'])
        self.assertEqual(2, len(self.guest.writes))

    def test_libvirts_refusal_is_told(self):
        self.guest.fails['write', CONFIG] = fakes.libvirt_error()
        error = self.assertRaises(
            exception.NovaException,
            self.tune,
            fakes.disk(),
            {'read_iops_sec': 5},
        )
        self.assertIn('no cgroup', str(error))
        self.assertEqual(
            tunables.DISK.defaults(), self.guest.read(fakes.disk(), LIVE)
        )


class BoundsTest(DriverTestCase):
    def test_a_tenant_is_refused(self):
        told = self.refused(
            exception.Forbidden, fakes.cpu({'quota': 7000}), {'quota': 8000}
        )
        self.assertEqual(
            'quota 8000 is beyond your bounds: cpu_percent would be 8, '
            'allowed is at most 7 percent of a core.',
            told,
        )

    def test_who_may_exceed_them_sets_a_ceiling(self):
        self.tune(fakes.cpu({'quota': 7000}), {'quota': 8000}, {}, True)
        self.assertEqual({'quota': 8000}, self.kept().tuned)
        self.assertEqual(
            {'quota': 8000, 'period': 100000}, self.kept().ceiling
        )

    def test_it_stays_when_a_tenant_sets_less(self):
        ceiling = {'quota': 8000, 'period': 100000}
        device = dataclasses.replace(
            fakes.cpu({'quota': 7000}), ceiling=ceiling
        )
        self.tune(device, {'quota': 7500})
        self.assertEqual(ceiling, self.kept().ceiling)


class RefusalTest(DriverTestCase):
    def test_other_drivers(self):
        self.assertRaises(NotImplementedError, driver.Tuner, mock.Mock())

    def test_no_domain(self):
        self.host.get_guest.side_effect = exception.InstanceNotFound(
            instance_id='id'
        )
        self.refused(
            exception.InstanceInvalidState, fakes.cpu(), {'quota': 5000}
        )

    def test_a_domain_that_is_shut_down(self):
        self.host.get_guest.return_value.is_active.return_value = False
        self.refused(
            exception.InstanceInvalidState, fakes.cpu(), {'quota': 5000}
        )

    def test_a_domain_that_shuts_down_meanwhile(self):
        self.guest.fails['read', LIVE] = fakes.libvirt_error(
            fakelibvirt.VIR_ERR_OPERATION_INVALID
        )
        self.refused(
            exception.InstanceInvalidState, fakes.cpu(), {'quota': 5000}
        )

    def test_a_domain_that_dies_meanwhile(self):
        self.guest.fails['read', LIVE] = fakes.libvirt_error()
        self.guest.stopped = True
        self.refused(
            exception.InstanceInvalidState, fakes.cpu(), {'quota': 5000}
        )

    def test_what_does_not_fit_together(self):
        told = self.refused(
            exception.Invalid, fakes.nic(), {'inbound_peak': 5}
        )
        self.assertIn('inbound.peak 5', told)

    def test_shares_are_of_the_hosts_cgroups(self):
        told = self.refused(exception.Invalid, fakes.cpu(), {'shares': 10001})
        self.assertIn('shares 10001', told)
        self.assertIn('1..10000', told)

    def test_an_interface_past_the_host(self):
        nic = self.guest.element(fakes.nic())
        for kind in ('hostdev', 'vhostuser', 'vdpa'):
            nic.set('type', kind)
            told = self.refused(
                exception.Invalid, fakes.nic(), {'inbound_average': 5}
            )
            self.assertIn(kind, told)
        # Nova has a device of another bus for a port of type direct.
        nic.getparent().remove(nic)
        told = self.refused(
            exception.Invalid, fakes.nic(), {'inbound_average': 5}
        )
        self.assertIn('hostdev', told)

    def test_a_disk_that_has_left(self):
        disk = self.guest.element(fakes.disk())
        disk.getparent().remove(disk)
        told = self.refused(
            exception.NotFound, fakes.disk(), {'read_iops_sec': 5}
        )
        self.assertIn('vda', told)


class ResetTest(DriverTestCase):
    def test_an_interface_past_the_host_has_nothing_to_take_back(self):
        self.guest.element(fakes.nic()).set('type', 'hostdev')
        flavor = {'inbound_average': 5}
        self.assertIsNone(self.reset(fakes.nic(flavor), {'inbound_peak': 7}))
        self.assertEqual([], self.guest.writes)
        self.assertEqual({}, self.kept().tuned)

    def test_neither_has_a_disk_that_never_carried_limits(self):
        self.guest.fails['read', LIVE] = fakes.libvirt_error()
        self.assertIsNone(self.reset(fakes.disk()))
        self.assertEqual({}, self.kept().tuned)

    def test_but_what_was_set_is_not_forgotten_for_an_error(self):
        self.guest.fails['read', LIVE] = fakes.libvirt_error()
        self.assertRaises(
            exception.NovaException,
            self.reset,
            fakes.disk(),
            {'read_iops_sec': 5},
        )
        self.keep.assert_not_called()


class ReadTest(DriverTestCase):
    def _read(self, *devices):
        return self.tuner.read(self.guest, devices)

    def test_live_values(self):
        self.guest.values[LIVE]['cpu'] = {'quota': 5000}
        cpu, disk = self._read((fakes.cpu(), {}), (fakes.disk(), {}))
        self.assertEqual(5000, cpu[0]['quota'])
        self.assertEqual((tunables.DISK.defaults(), None), disk)

    def test_what_is_kept_is_in_effect(self):
        self.guest.values[LIVE]['cpu'] = {'quota': 5000}
        ((_, reason),) = self._read((fakes.cpu(), {'quota': 5000}))
        self.assertIsNone(reason)

    def test_what_is_kept_is_not(self):
        ((_, reason),) = self._read((fakes.cpu(), {'quota': 5000}))
        self.assertEqual('quota is -1 where 5000 is kept.', reason)

    def test_no_running_domain(self):
        off = (None, driver.NOT_RUNNING)
        devices = [(fakes.cpu(), {}), (fakes.disk(), {})]
        self.assertEqual([off, off], self.tuner.read(None, devices))

    def test_a_device_without_limits(self):
        self.guest.fails['read', LIVE] = fakes.libvirt_error()
        self.assertEqual([(None, None)], self._read((fakes.disk(), {})))


class ConnectionTest(DriverTestCase):
    def test_it_is_novas_own(self):
        self.assertIs(
            self.host.get_connection.return_value, self.tuner.connection()
        )


class RunningTest(DriverTestCase):
    def test_an_active_domain(self):
        self.assertIs(self.guest, self.tuner.running(fakes.instance()))

    def test_none_that_is_shut_down_or_gone(self):
        self.host.get_guest.return_value.is_active.return_value = False
        self.assertIsNone(self.tuner.running(fakes.instance()))
        self.host.get_guest.side_effect = exception.InstanceNotFound(
            instance_id='id'
        )
        self.assertIsNone(self.tuner.running(fakes.instance()))

    def test_all_by_the_uuid_of_their_instance(self):
        self.host.list_guests.return_value = [mock.Mock(uuid='one')]
        self.assertEqual({'one': self.guest}, self.tuner.all_running())
        # Nova's default: those that run, and no others.
        self.host.list_guests.assert_called_once_with()


class ObserveTest(DriverTestCase):
    def test_what_the_guest_has_used(self):
        read = self.useFixture(
            fixtures.MockPatch('nova_live_tune.virt.libvirt.observed.read')
        ).mock
        devices = [fakes.cpu(), fakes.disk()]
        self.assertIs(
            read.return_value, self.tuner.observe(self.guest, devices)
        )
        read.assert_called_once_with(self.guest, devices)

    def test_without_a_guest_nobody_can_tell(self):
        devices = [fakes.cpu(), fakes.disk()]
        self.assertEqual([None, None], self.tuner.observe(None, devices))
