# SPDX-License-Identifier: Apache-2.0
from unittest import mock

import fixtures
from lxml import etree
from nova.tests.fixtures import libvirt as fakelibvirt
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.compute.store import Kept
from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt import guest, xml

LIVE = fakelibvirt.VIR_DOMAIN_AFFECT_LIVE
CONFIG = fakelibvirt.VIR_DOMAIN_AFFECT_CONFIG
PATIENCE = 'nova_live_tune.virt.libvirt.guest.PATIENCE'


class GuestTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MonkeyPatch
        self.useFixture(patch('nova.virt.libvirt.guest.libvirt', fakelibvirt))
        self.useFixture(
            patch(
                'nova_live_tune.virt.libvirt.guest.cgroup_version', lambda: 2
            )
        )
        self.domain = mock.Mock()
        self.domain.XMLDesc.return_value = fakes.DOMAIN
        self.guest = guest.Guest(self.domain)


class ReadTest(GuestTestCase):
    def _cpu(self, **reported):
        self.domain.schedulerParametersFlags.return_value = reported
        return self.guest.read(fakes.cpu(), LIVE)

    def test_cpu(self):
        self.assertEqual(
            {'quota': 5000, 'period': 10000, 'shares': 7},
            self._cpu(
                vcpu_quota=5000,
                vcpu_period=10000,
                cpu_shares=7,
                emulator_quota=-1,
            ),
        )
        self.domain.schedulerParametersFlags.assert_called_once_with(LIVE)

    def test_no_limit_has_many_faces(self):
        unlimited = {'quota': -1, 'period': 100000, 'shares': 100}
        self.assertEqual(unlimited, self._cpu())
        # A configuration without the elements; cgroup v2's "max".
        for quota in (0, -1, 17592186044416, 18446744073709551):
            self.assertEqual(
                unlimited,
                self._cpu(vcpu_quota=quota, vcpu_period=0, cpu_shares=0),
            )

    def test_interface(self):
        self.domain.interfaceParameters.return_value = {
            'inbound.average': 5,
            'inbound.floor': 9,
        }
        self.assertEqual(
            {**tunables.INTERFACE.defaults(), 'inbound_average': 5},
            self.guest.read(fakes.nic(), CONFIG),
        )
        self.domain.interfaceParameters.assert_called_once_with(
            fakes.MACS[0], CONFIG
        )

    def test_disk(self):
        self.domain.blockIoTune.return_value = {
            'read_iops_sec': 5,
            'group_name': 'a-group',
        }
        self.assertEqual(
            {**tunables.DISK.defaults(), 'read_iops_sec': 5},
            self.guest.read(fakes.disk(), LIVE),
        )
        self.domain.blockIoTune.assert_called_once_with('vda', LIVE)


class WriteTest(GuestTestCase):
    def test_cpu(self):
        self.guest.write(fakes.cpu(), {'quota': -1}, LIVE)
        self.domain.setSchedulerParametersFlags.assert_called_once_with(
            {'vcpu_quota': -1}, LIVE
        )

    def test_interface(self):
        self.guest.write(
            fakes.nic(), {'inbound_average': 5, 'inbound_peak': 0}, CONFIG
        )
        self.domain.setInterfaceParameters.assert_called_once_with(
            fakes.MACS[0], {'inbound.average': 5, 'inbound.peak': 0}, CONFIG
        )

    def test_disk(self):
        self.guest.write(fakes.disk(), {'total_iops_sec_max': 5}, LIVE)
        self.domain.setBlockIoTune.assert_called_once_with(
            'vda', {'total_iops_sec_max': 5}, LIVE
        )


class DevicesTest(GuestTestCase):
    def test_scopes(self):
        self.domain.isPersistent.return_value = 1
        self.assertEqual([LIVE, CONFIG], self.guest.scopes())
        self.domain.isPersistent.return_value = 0
        self.assertEqual([LIVE], self.guest.scopes())

    def _lost(self):
        """libvirt has lost the guest's QEMU."""
        self.domain.blockStats.side_effect = fakes.libvirt_error(
            fakelibvirt.VIR_ERR_SYSTEM_ERROR
        )

    def test_libvirt_may_be_late_to_see_that_it_stopped(self):
        self._lost()
        self.domain.isActive.side_effect = [1, 1, 0]
        self.assertTrue(self.guest.has_stopped())

    def test_one_that_answers_still_runs(self):
        self.domain.isActive.return_value = 1
        self.assertFalse(self.guest.has_stopped())
        self.domain.isActive.assert_called_once_with()

    def test_one_of_which_libvirt_never_learns_that_it_stopped(self):
        self.useFixture(fixtures.MonkeyPatch(PATIENCE, 0))
        self._lost()
        self.domain.isActive.return_value = 1
        self.assertFalse(self.guest.has_stopped())

    def test_one_that_is_gone_has_stopped(self):
        for code, stopped in (
            (fakelibvirt.VIR_ERR_NO_DOMAIN, True),
            # Nobody can tell.
            (fakelibvirt.VIR_ERR_SYSTEM_ERROR, False),
        ):
            self.domain.isActive.side_effect = fakes.libvirt_error(code)
            self.assertEqual(stopped, self.guest.has_stopped())

    def test_a_devices_element(self):
        self.assertEqual('domain', self.guest.element(fakes.cpu()).tag)
        self.assertEqual('bridge', self.guest.element(fakes.nic()).get('type'))
        self.assertIsNone(self.guest.element(fakes.disk(volume_id='other')))

    def test_the_xml_is_asked_for_once(self):
        self.guest.element(fakes.cpu())
        self.guest.kept()
        self.guest.limits()
        self.domain.XMLDesc.assert_called_once_with(0)

    def test_a_disk_that_has_another_target_here(self):
        self.domain.XMLDesc.return_value = fakes.DOMAIN.replace('vda', 'sdb')
        self.domain.blockIoTune.return_value = {}
        self.guest.read(fakes.disk(), LIVE)
        self.guest.write(fakes.disk(), {'total_iops_sec': 5}, CONFIG)
        self.domain.blockIoTune.assert_called_once_with('sdb', LIVE)
        self.domain.setBlockIoTune.assert_called_once_with(
            'sdb', {'total_iops_sec': 5}, CONFIG
        )


class CopyTest(GuestTestCase):
    def _written(self, kept):
        self.guest.write_kept(kept)
        (kind, text, prefix, uri, flags), _ = self.domain.setMetadata.call_args
        self.assertEqual(fakelibvirt.VIR_DOMAIN_METADATA_ELEMENT, kind)
        self.assertEqual((xml.PREFIX, xml.NAMESPACE), (prefix, uri))
        return text, flags

    def test_it_comes_back(self):
        kept = Kept(3, {'cpu': 'q=5000'})
        text, _ = self._written(kept)
        root = etree.fromstring(text)
        for element in root.iter():
            # libvirt adds it itself, and refuses what has it already.
            self.assertIsNone(etree.QName(element).namespace)
            element.tag = etree.QName(xml.NAMESPACE, element.tag)
        text = etree.tostring(root, encoding='unicode')
        self.domain.XMLDesc.return_value = (
            f'<domain><metadata>{text}</metadata></domain>'
        )
        self.assertEqual(kept, guest.Guest(self.domain).kept())

    def test_without_one(self):
        self.assertIsNone(self.guest.kept())

    def test_it_is_for_the_domain_and_its_configuration(self):
        self.domain.isPersistent.return_value = 1
        _, flags = self._written(Kept(3, {'cpu': 'q=5000'}))
        self.assertEqual(LIVE | CONFIG, flags)
        self.domain.isPersistent.return_value = 0
        _, flags = self._written(Kept(3, {'cpu': 'q=5000'}))
        self.assertEqual(LIVE, flags)

    def test_nothing_kept_is_newer_than_something(self):
        text, _ = self._written(Kept(4, {}))
        self.assertEqual('<kept generation="4"/>', text)


class StatsTest(GuestTestCase):
    KINDS = {'CPU_TOTAL': 2, 'VCPU': 8, 'INTERFACE': 16, 'BLOCK': 32}

    def setUp(self):
        super().setUp()
        for name, kind in self.KINDS.items():
            name = f'{fakelibvirt.__name__}.VIR_DOMAIN_STATS_{name}'
            self.useFixture(fixtures.MonkeyPatch(name, kind))
        self.domain = mock.Mock(spec=['connect', 'ID', 'XMLDesc'])
        self.ask = self.domain.connect.return_value.domainListGetStats
        self.ask.return_value = [(self.domain, {'cpu.time': 5})]

    def test_all_in_one_call(self):
        self.assertEqual({'cpu.time': 5}, guest.Guest(self.domain).stats())
        self.ask.assert_called_once_with([self.domain], 2 | 8 | 16 | 32)

    def test_a_domain_that_eventlet_wraps(self):
        wrapped = mock.Mock(_obj=self.domain, connect=self.domain.connect)
        self.assertEqual({'cpu.time': 5}, guest.Guest(wrapped).stats())
        self.ask.assert_called_once_with([self.domain], mock.ANY)

    def test_a_domain_that_has_gone(self):
        self.ask.return_value = []
        self.assertEqual({}, guest.Guest(self.domain).stats())

    def test_what_a_cgroup_is_named_after(self):
        self.domain.ID.return_value = 5
        for more, partition in (
            ('', '/machine'),
            ('<resource><partition>/gold</partition></resource>', '/gold'),
        ):
            self.domain.XMLDesc.return_value = (
                f'<domain><name>instance-5</name>{more}</domain>'
            )
            self.assertEqual(
                (5, 'instance-5', partition),
                guest.Guest(self.domain).machine(),
            )


class HostTest(base.BaseTestCase):
    def test_cgroups(self):
        path = self.useFixture(fixtures.MockPatch('os.path.exists')).mock
        for unified, version, shares in ((True, 2, 100), (False, 1, 1024)):
            path.return_value = unified
            self.assertEqual(version, guest.cgroup_version())
            self.assertEqual(
                shares, guest.host_defaults(tunables.CPU)['shares']
            )
