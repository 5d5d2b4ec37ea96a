# SPDX-License-Identifier: Apache-2.0
from oslo_serialization import jsonutils
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.compute import devices
from nova_live_tune.tests.unit import fakes


class CpuTest(base.BaseTestCase):
    def test_flavor(self):
        instance = fakes.instance({'quota:cpu_quota': '50000'})
        device = devices.cpu(instance)
        self.assertEqual({'quota': 50000}, device.flavor)
        self.assertEqual('cpu', str(device))

    def test_it_is_found_without_a_selector(self):
        device = devices.cpu(fakes.instance())
        self.assertIs(device, devices.find([device], tunables.CPU, None))


class InterfacesTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.found = devices.interfaces(
            fakes.instance({'quota:vif_inbound_average': '1000'})
        )

    def test_ports_in_order(self):
        names = zip((1, 2), fakes.PORTS, fakes.MACS)
        self.assertEqual(
            [
                {'index': index, 'port_id': port, 'mac_address': mac}
                for index, port, mac in names
            ],
            [device.names for device in self.found],
        )
        self.assertEqual(
            [{'inbound_average': 1000}] * 2,
            [device.flavor for device in self.found],
        )

    def test_index_port_and_mac_find_it(self):
        for selector in (
            2,
            uuids.port2,
            fakes.MACS[1],
            fakes.MACS[1].upper(),
        ):
            self.assertIs(
                self.found[1],
                devices.find(self.found, tunables.INTERFACE, selector),
            )

    def test_others_do_not(self):
        for selector in (0, 3, '1', uuids.other, 'tap1', 7):
            error = self.assertRaises(
                devices.NoSuchDevice,
                devices.find,
                self.found,
                tunables.INTERFACE,
                selector,
            )
            self.assertEqual(
                f'The server has no interface {selector}; it has: 1, 2.',
                str(error),
            )


class DisksTest(base.BaseTestCase):
    def _disks(self, *bdms, **extra_specs):
        return devices.disks(fakes.instance(extra_specs), bdms)

    def test_local_disk(self):
        (disk,) = self._disks(
            fakes.bdm('/dev/vda', boot_index=0),
            **{'quota:disk_total_iops_sec': '200'},
        )
        self.assertEqual('vda', disk.libvirt_name)
        self.assertEqual(uuids.bdm, disk.ident)
        self.assertEqual({'total_iops_sec': 200}, disk.flavor)
        self.assertEqual(
            {'device': 'vda', 'volume_id': None, 'boot_index': 0}, disk.names
        )

    def test_volume_has_its_qos_and_not_the_flavors(self):
        info = {'data': {'qos_specs': {'read_bytes_sec': '7'}}}
        (disk,) = self._disks(
            fakes.volume('/dev/vdb', connection_info=jsonutils.dumps(info)),
            **{'quota:disk_total_iops_sec': '200'},
        )
        self.assertEqual({'read_bytes_sec': 7}, disk.flavor)
        self.assertEqual(uuids.volume, disk.names['volume_id'])

    def test_volume_without_qos(self):
        for info in (None, '', 'null', '{}', '{"data": {"qos_specs": null}}'):
            (disk,) = self._disks(
                fakes.volume('/dev/vdb', connection_info=info)
            )
            self.assertEqual({}, disk.flavor)

    def test_what_is_no_disk_of_the_guest(self):
        self.assertEqual([], self._disks(fakes.bdm(None)))

    def test_local_disks_have_images_of_their_own(self):
        ephemeral = {'source_type': 'blank', 'guest_format': None}
        found = self._disks(
            fakes.bdm('/dev/vda'),
            fakes.bdm('/dev/vdb', **ephemeral),
            fakes.volume('/dev/vdc'),
            fakes.bdm('/dev/vdd', **{**ephemeral, 'guest_format': 'ext4'}),
            fakes.bdm('/dev/vde', **{**ephemeral, 'guest_format': 'swap'}),
        )
        self.assertEqual(
            ['disk', 'disk.eph0', '', 'disk.eph1', 'disk.swap'],
            [device.image for device in found],
        )

    def test_a_blank_volume_has_no_image(self):
        (disk,) = self._disks(fakes.volume('/dev/vdb', source_type='blank'))
        self.assertEqual('', disk.image)

    def test_name_path_and_volume_find_it(self):
        found = self._disks(fakes.bdm('/dev/vda'), fakes.volume('vdb'))
        for selector in ('vdb', '/dev/vdb', uuids.volume):
            self.assertIs(
                found[1], devices.find(found, tunables.DISK, selector)
            )

    def test_others_do_not(self):
        found = self._disks(fakes.bdm('/dev/vda'))
        for selector in ('vdz', uuids.bdm, uuids.volume):
            error = self.assertRaises(
                devices.NoSuchDevice,
                devices.find,
                found,
                tunables.DISK,
                selector,
            )
            self.assertIn('it has: vda.', str(error))

    def test_a_server_without_any(self):
        error = self.assertRaises(
            devices.NoSuchDevice, devices.find, [], tunables.DISK, 'vda'
        )
        self.assertIn('it has: none.', str(error))


class PrimitiveTest(base.BaseTestCase):
    def test_round_trip_through_json(self):
        for device in (
            fakes.cpu(),
            fakes.nic({'inbound_peak': 5}),
            fakes.disk(),
        ):
            sent = jsonutils.loads(jsonutils.dumps(device.to_primitive()))
            self.assertEqual(device, devices.Device.from_primitive(sent))
