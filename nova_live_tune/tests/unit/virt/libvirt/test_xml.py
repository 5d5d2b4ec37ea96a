# SPDX-License-Identifier: Apache-2.0
import dataclasses

from lxml import etree
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.compute.store import Kept
from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt import xml

_VOLUME = '6c2c8f3e-0000-4000-8000-000000000001'


def _disk(target, source, serial=''):
    serial = f'<serial>{serial}</serial>' if serial else ''
    return f'<disk>{source}<target dev="{target}"/>{serial}</disk>'


def _domain(*devices):
    return etree.fromstring(
        f'<domain><devices>{"".join(devices)}</devices></domain>'
    )


class FindTest(base.BaseTestCase):
    def _found(self, device, *devices):
        element = xml.find(_domain(*devices), device)
        return None if element is None else xml.target_name(element)

    def test_the_cpu_is_the_domain(self):
        domain = _domain()
        self.assertIs(domain, xml.find(domain, fakes.cpu()))

    def test_an_interface_by_its_mac(self):
        domain = etree.fromstring(fakes.DOMAIN)
        for address in (fakes.MACS[1], fakes.MACS[1].upper()):
            nic = dataclasses.replace(fakes.nic(), libvirt_name=address)
            self.assertEqual('hostdev', xml.find(domain, nic).get('type'))

    def test_an_interface_that_is_not_there(self):
        domain = _domain('<interface type="vhostuser"/>')
        self.assertIsNone(xml.find(domain, fakes.nic()))

    def test_a_local_disk_by_its_image_wherever_it_is(self):
        for source in (
            '<source file="/var/lib/nova/instances/a-uuid/disk"/>',
            '<source dev="/dev/vg/a-uuid_disk"/>',
            '<source protocol="rbd" name="vms/a-uuid_disk"/>',
            '<source file="/var/lib/nova/instances/a-uuid/disk" index="1"/>',
        ):
            self.assertEqual(
                'vdb',
                self._found(
                    fakes.disk(),
                    # As in a rescue: vda is another one.
                    _disk('vda', source.replace('disk', 'disk.rescue')),
                    _disk('sda', source.replace('disk', 'disk.config')),
                    _disk('vdc', source.replace('disk', 'disk.eph0')),
                    _disk('vdb', source),
                ),
                source,
            )

    def test_an_ephemeral_disk_is_not_another_one(self):
        eph1 = dataclasses.replace(fakes.disk(), image='disk.eph1')
        sources = [f'<source file="/a-uuid/disk.eph{n}"/>' for n in (0, 11)]
        self.assertIsNone(
            self._found(
                eph1, _disk('vdb', sources[0]), _disk('vdc', sources[1])
            )
        )
        # The dot is a dot.
        self.assertIsNone(
            self._found(eph1, _disk('vdb', '<source file="/disk-eph1"/>'))
        )

    def test_a_cdrom_without_a_medium_is_no_disk_of_ours(self):
        self.assertIsNone(self._found(fakes.disk(), _disk('sda', '')))

    def test_a_volume_by_its_serial_wherever_it_is(self):
        volume = fakes.disk(volume_id=_VOLUME)
        self.assertEqual(
            'vdb',
            self._found(
                volume,
                _disk('vda', '', 'another'),
                _disk('vdb', '', _VOLUME),
            ),
        )

    def test_a_swapped_volume_has_the_serial_of_the_first_one(self):
        volume = fakes.disk(volume_id=_VOLUME)
        self.assertEqual(
            'vda', self._found(volume, _disk('vda', '', 'the-first-one'))
        )

    def test_a_volume_is_never_a_local_disk_of_its_target(self):
        self.assertIsNone(
            self._found(
                fakes.disk(volume_id=_VOLUME),
                _disk('vda', '<source file="/a-uuid/disk"/>'),
            )
        )


class PutTest(base.BaseTestCase):
    def _put(self, before, target, values):
        element = etree.fromstring(before)
        xml.put(element, target, values)
        return etree.tostring(element, encoding='unicode')

    def test_cpu(self):
        self.assertEqual(
            '<domain><cputune><vcpupin vcpu="0" cpuset="1"/>'
            '<shares>7</shares><quota>5000</quota></cputune></domain>',
            self._put(
                '<domain><cputune><vcpupin vcpu="0" cpuset="1"/>'
                '<shares>9</shares></cputune></domain>',
                tunables.CPU,
                {'quota': 5000, 'shares': 7},
            ),
        )

    def test_interface(self):
        self.assertEqual(
            '<interface><bandwidth><inbound average="5" peak="7"/>'
            '<outbound average="3"/></bandwidth></interface>',
            self._put(
                '<interface><bandwidth><inbound average="9" burst="1"/>'
                '<outbound average="3"/></bandwidth></interface>',
                tunables.INTERFACE,
                {'inbound_average': 5, 'inbound_peak': 7, 'inbound_burst': 0},
            ),
        )

    def test_disk(self):
        self.assertEqual(
            '<disk><iotune><group_name>g</group_name>'
            '<total_bytes_sec>5</total_bytes_sec></iotune></disk>',
            self._put(
                '<disk><iotune><read_bytes_sec>3</read_bytes_sec>'
                '<group_name>g</group_name></iotune></disk>',
                tunables.DISK,
                {'total_bytes_sec': 5, 'read_bytes_sec': 0},
            ),
        )

    def test_a_limit_that_is_lifted_leaves_no_trace(self):
        for before, target, values in (
            (
                '<domain><cputune><quota>5</quota></cputune></domain>',
                tunables.CPU,
                {'quota': -1},
            ),
            (
                '<interface><bandwidth><inbound average="5"/></bandwidth>'
                '</interface>',
                tunables.INTERFACE,
                {'inbound_average': 0, 'inbound_peak': 0},
            ),
            (
                '<disk><iotune><read_iops_sec>5</read_iops_sec></iotune>'
                '</disk>',
                tunables.DISK,
                {'read_iops_sec': 0},
            ),
        ):
            after = etree.fromstring(self._put(before, target, values))
            self.assertEqual(0, len(after))

    def test_nothing_to_write_changes_nothing(self):
        self.assertEqual('<disk/>', self._put('<disk/>', tunables.DISK, {}))


class KeptTest(base.BaseTestCase):
    KEPT = Kept(3, {'cpu': 'q=5000', 'disk:a<b&"': 'ti=5'})

    def setUp(self):
        super().setUp()
        self.domain = etree.fromstring(fakes.DOMAIN)

    def _again(self):
        return etree.fromstring(etree.tostring(self.domain))

    def test_it_comes_back(self):
        xml.put_kept(self.domain, self.KEPT)
        self.assertEqual(self.KEPT, xml.kept(self._again()))

    def test_none(self):
        self.assertIsNone(xml.kept(self.domain))
        self.assertIsNone(xml.kept(_domain()))

    def test_others_metadata_stay(self):
        xml.put_kept(self.domain, self.KEPT)
        self.assertIsNotNone(self.domain.find('metadata/{urn:nova}theirs'))

    def test_a_domain_without_metadata(self):
        self.domain = _domain()
        xml.put_kept(self.domain, self.KEPT)
        self.assertEqual(self.KEPT, xml.kept(self._again()))

    def test_the_old_one_is_replaced(self):
        xml.put_kept(self.domain, self.KEPT)
        newer = Kept(4, {'cpu': 'q=7000'})
        xml.put_kept(self.domain, newer)
        self.assertEqual(newer, xml.kept(self._again()))
        self.assertEqual(2, len(self.domain.find('metadata')))


class LimitsTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.domain = etree.fromstring(fakes.DOMAIN)
        self.before = xml.limits(self.domain)

    def test_each_limit_makes_a_difference(self):
        seen = {self.before}
        for device, values in (
            (fakes.cpu(), {'quota': 5000}),
            (fakes.nic(), {'outbound_average': 5}),
            (fakes.disk(), {'read_iops_sec': 5}),
            (fakes.disk(), {'read_iops_sec': 6}),
        ):
            xml.put(xml.find(self.domain, device), device.target, values)
            seen.add(xml.limits(self.domain))
        self.assertEqual(5, len(seen))

    def test_so_does_the_copy(self):
        xml.put_kept(self.domain, Kept(3, {'cpu': 'q=5000'}))
        first = xml.limits(self.domain)
        xml.put_kept(self.domain, Kept(4, {'cpu': 'q=5000'}))
        self.assertEqual(3, len({self.before, first, xml.limits(self.domain)}))

    def test_nothing_else_does(self):
        etree.SubElement(self.domain, 'memory').text = '5'
        self.domain.find('devices/disk/target').set('dev', 'sda')
        self.assertEqual(self.before, xml.limits(self.domain))
