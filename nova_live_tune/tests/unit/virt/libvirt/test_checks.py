# SPDX-License-Identifier: Apache-2.0
"""What a guest can have of what is kept; test_driver has the requests."""

import dataclasses

import fixtures
from lxml import etree
from nova import exception, objects
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt import checks


class DesiredTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.cgroups(2)

    def cgroups(self, version):
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_live_tune.virt.libvirt.guest.cgroup_version',
                lambda: version,
            )
        )

    def desired(self, device, tuned, cgroup_versions=(), **changed):
        element = fakes.Guest().element(device)
        for key, value in changed.items():
            element.set(key, value)
        return checks.desired(element, device, tuned, cgroup_versions)

    def test_nothing_kept_is_nothing_desired(self):
        self.assertEqual(({}, []), checks.desired(None, fakes.nic(), {}))

    def test_whole_groups_over_the_flavor(self):
        values, problems = self.desired(
            fakes.nic({'inbound_peak': 9, 'inbound_average': 5}),
            {'inbound_average': 3},
        )
        self.assertEqual([], problems)
        self.assertEqual(
            {'inbound_average': 3, 'inbound_peak': 9, 'inbound_burst': 0},
            values,
        )

    def test_what_is_beyond_the_bounds_stays_as_the_flavor_says(self):
        values, problems = self.desired(
            fakes.cpu({'quota': 7000}), {'quota': 8000, 'shares': 5}
        )
        self.assertEqual({'shares': 5}, values)
        self.assertIn('cpu_percent would be 8', problems[0])

    def test_a_ceiling_holds_over_any_flavor(self):
        device = dataclasses.replace(
            fakes.cpu(), ceiling={'quota': 5000, 'period': 50000}
        )
        values, (problem,) = self.desired(device, {'shares': 5})
        self.assertEqual({'quota': 5000, 'period': 50000, 'shares': 5}, values)
        self.assertIn('cpu_percent would be unlimited', problem)

    def test_a_device_that_is_gone(self):
        for device, tuned in (
            (fakes.disk(), {'read_iops_sec': 5}),
            (fakes.nic(), {'inbound_average': 5}),
        ):
            values, (problem,) = checks.desired(None, device, tuned)
            self.assertEqual({}, values)
            self.assertIn(f'no such {device.target.name}', problem)

    def test_an_interface_past_the_host(self):
        values, (problem,) = self.desired(
            fakes.nic(), {'inbound_average': 5}, type='vhostuser'
        )
        self.assertEqual({}, values)
        self.assertIn('vhostuser', problem)

    def test_shares_that_this_host_refuses_take_no_quota_with_them(self):
        tuned = {'quota': 5000, 'shares': 20000}
        values, (problem,) = self.desired(fakes.cpu(), tuned)
        self.assertEqual({'quota': 5000}, values)
        self.assertIn('shares 20000', problem)
        self.assertIn('1..10000', problem)
        self.cgroups(1)
        self.assertEqual((tuned, []), self.desired(fakes.cpu(), tuned))

    def test_shares_for_any_host_are_those_that_all_take(self):
        for shares, fits in ((1, 0), (2, 1), (10000, 1), (10001, 0)):
            values, problems = self.desired(
                fakes.cpu(), {'shares': shares}, (1, 2)
            )
            self.assertEqual(fits, len(values), shares)
            self.assertEqual(1 - fits, len(problems), shares)

    def test_a_flavor_that_no_longer_fits(self):
        values, (problem,) = self.desired(
            fakes.nic({'inbound_average': 9}),
            {'inbound_peak': 5, 'outbound_average': 3},
        )
        self.assertEqual(
            {'outbound_average': 3, 'outbound_peak': 0, 'outbound_burst': 0},
            values,
        )
        self.assertIn('inbound.peak 5', problem)


class ShapedTest(base.BaseTestCase):
    def test_types(self):
        for kind in ('bridge', 'direct', 'ethernet', 'network'):
            self.assertTrue(
                checks.is_shaped(etree.Element('interface', type=kind))
            )
        for kind in ('hostdev', 'vhostuser', 'vdpa', 'user'):
            self.assertFalse(
                checks.is_shaped(etree.Element('interface', type=kind))
            )
        self.assertFalse(checks.is_shaped(None))


class SwappedVolumeTest(base.BaseTestCase):
    """It has the serial of the volume that was there first."""

    def setUp(self):
        super().setUp()
        self.bdms = self.useFixture(
            fixtures.MockPatchObject(
                objects.BlockDeviceMappingList, 'get_by_instance_uuid'
            )
        ).mock
        self.guest = fakes.Guest()
        disk = self.guest.element(fakes.disk())
        etree.SubElement(disk, 'serial').text = 'the-first-one'

    def _check(self):
        checks.check(
            fakes.instance(),
            self.guest,
            fakes.disk(volume_id=uuids.volume),
            {'read_iops_sec': 5},
        )

    def test_while_it_is_attached(self):
        self.bdms.return_value = [fakes.volume('/dev/vda')]
        self._check()

    def test_when_it_has_left(self):
        self.bdms.return_value = []
        self.assertRaises(exception.NotFound, self._check)
