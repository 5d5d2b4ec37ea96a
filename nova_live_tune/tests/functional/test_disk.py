# SPDX-License-Identifier: Apache-2.0
from nova import objects
from oslo_utils.fixture import uuidsentinel as uuids

from nova_live_tune import tunables
from nova_live_tune.tests.functional import base, examples

UNLIMITED = tunables.DISK.defaults()


class DiskTest(base.OneServerTestBase):
    def _set(self, body):
        return self.set(self.server, 'setDiskIO', body)['disk']

    def _reported(self, device):
        """What libvirt has of a disk: live, and in the configuration."""
        return [
            limits['disks'][device]
            for limits in (self.live(self.server), self.config(self.server))
        ]

    def test_each_knob_is_set_in_libvirt_and_kept(self):
        for knob in tunables.DISK:
            self.set(self.server, 'resetLiveTune', None)
            values = examples.with_needs(tunables.DISK, knob)
            answer = self._set({'disk': 'vda', **values})
            self.assertEqual(values, answer['tuned'])
            for name, value in values.items():
                self.assertEqual(value, answer['effective'][name])
                for reported in self._reported('vda'):
                    key = tunables.DISK[name].libvirt_key
                    self.assertEqual(value, reported[key], name)

    def test_answer_is_the_read_back_of_the_disk(self):
        values = {
            'total_bytes_sec': 10485760,
            'total_iops_sec': 200,
            'total_iops_sec_max': 2000,
            'total_iops_sec_max_length': 10,
        }
        answer = self.set(self.server, 'setDiskIO', {'disk': 'vda', **values})
        expected = {
            'device': 'vda',
            'volume_id': None,
            'boot_index': 0,
            'flavor': {},
            'tuned': values,
            'effective': {**UNLIMITED, **values},
            'bounds': {},
            'expires_at': None,
            'not_in_effect': None,
        }
        self.assertEqual({'generation': 1, 'disk': expected}, answer)
        self.assertEqual(expected, self.show(self.server)['disks'][0])

    def test_device_and_volume_mean_one_disk_and_no_other(self):
        self.add_volume(self.server)
        selectors = {
            'vda': ('vda', '/dev/vda'),
            'vdb': ('vdb', '/dev/vdb'),
            'vdc': ('vdc', '/dev/vdc', base.VOLUME),
        }
        rate, expected = 1000, dict.fromkeys(selectors, 0)
        for device, names in selectors.items():
            for name in names:
                rate += 1
                expected[device] = rate
                answer = self._set({'disk': name, 'read_bytes_sec': rate})
                self.assertEqual(device, answer['device'])
                for other, value in expected.items():
                    for reported in self._reported(other):
                        self.assertEqual(value, reported['read_bytes_sec'])

    def test_unnamed_knobs_keep_their_value(self):
        values = {
            'read_bytes_sec': 1000,
            'read_bytes_sec_max': 5000,
            'read_bytes_sec_max_length': 4,
            'write_bytes_sec': 3000,
            'total_iops_sec': 50,
            'total_iops_sec_max': 80,
            'size_iops_sec': 4096,
        }
        self._set({'disk': 'vda', **values})
        # Of libvirt's families, each of these is only a part.
        for name in ('read_bytes_sec', 'write_bytes_sec', 'total_iops_sec'):
            values[name] += 10
            answer = self._set({'disk': 'vda', name: values[name]})
            self.assertEqual(values, answer['tuned'])
            for key, value in values.items():
                self.assertEqual(value, answer['effective'][key], key)

    def test_total_replaces_read_and_write(self):
        self._set(
            {
                'disk': 'vda',
                'read_bytes_sec': 1000,
                'read_bytes_sec_max': 4000,
                'write_bytes_sec': 2000,
                'read_iops_sec': 70,
            }
        )
        answer = self._set({'disk': 'vda', 'total_bytes_sec': 3000})
        left = {'total_bytes_sec': 3000, 'read_iops_sec': 70}
        self.assertEqual({**UNLIMITED, **left}, answer['effective'])
        self.assertEqual(left, answer['tuned'])

    def test_read_and_write_replace_total(self):
        self._set(
            {
                'disk': 'vda',
                'total_iops_sec': 100,
                'total_iops_sec_max': 500,
                'total_iops_sec_max_length': 5,
                'total_bytes_sec': 9000,
            }
        )
        answer = self._set({'disk': 'vda', 'write_iops_sec': 40})
        left = {'write_iops_sec': 40, 'total_bytes_sec': 9000}
        self.assertEqual({**UNLIMITED, **left}, answer['effective'])
        self.assertEqual(left, answer['tuned'])

    def test_zero_lifts_a_limit(self):
        self._set({'disk': 'vda', 'total_bytes_sec': 1000})
        answer = self._set({'disk': 'vda', 'total_bytes_sec': 0})
        self.assertEqual(UNLIMITED, answer['effective'])
        for reported in self._reported('vda'):
            self.assertEqual(0, reported['total_bytes_sec'])

    def test_burst_and_its_length_can_be_lifted(self):
        burst = {'read_bytes_sec_max': 5000, 'read_bytes_sec_max_length': 4}
        self._set({'disk': 'vda', 'read_bytes_sec': 1000, **burst})
        answer = self._set({'disk': 'vda', **dict.fromkeys(burst, 0)})
        self.assertEqual(
            {**UNLIMITED, 'read_bytes_sec': 1000}, answer['effective']
        )

    def test_answer_has_what_libvirt_reports_and_not_what_was_asked(self):
        # QEMU lets a burst last a second when nobody says how long.
        values = {'total_bytes_sec': 1000, 'total_bytes_sec_max': 2000}
        answer = self._set({'disk': 'vda', **values})
        self.assertEqual(values, answer['tuned'])
        self.assertEqual(1, answer['effective']['total_bytes_sec_max_length'])

    def test_volume_that_was_swapped_for_another(self):
        # The guest goes on seeing the first one's serial.
        self.add_volume(self.server)
        with self.in_cell() as in_cell:
            bdm = objects.BlockDeviceMapping.get_by_volume_and_instance(
                in_cell, base.VOLUME, self.server['id']
            )
            bdm.volume_id = uuids.other_volume
            bdm.save()
        answer = self._set({'disk': uuids.other_volume, 'read_iops_sec': 9})
        self.assertEqual('vdc', answer['device'])
        self.assertEqual(uuids.other_volume, answer['volume_id'])
        for reported in self._reported('vdc'):
            self.assertEqual(9, reported['read_iops_sec'])

    def test_longest_request_fits_system_metadata(self):
        values = examples.longest()
        answer = self._set({'disk': 'vda', **values})
        self.assertEqual(values, answer['tuned'])
        (text,) = self.kept(self.server).values()
        self.assertLessEqual(len(text), 255)
        self.assertEqual(values, self.show(self.server)['disks'][0]['tuned'])


class DiskOfFlavorTest(base.OneServerTestBase):
    EXTRA_SPECS = {
        'quota:disk_read_bytes_sec': '7000',
        'quota:disk_write_bytes_sec': '8000',
        'quota:disk_total_iops_sec': '90',
    }
    FLAVOR = {
        'read_bytes_sec': 7000,
        'write_bytes_sec': 8000,
        'total_iops_sec': 90,
    }
    QOS = {
        'total_bytes_sec': '6000',
        'total_bytes_sec_max': '12000',
        'read_iops_sec': '30',
    }

    def setUp(self):
        super().setUp()
        self.add_volume(self.server, self.QOS)

    def _set(self, body):
        return self.set(self.server, 'setDiskIO', body)['disk']

    def test_null_goes_back_to_the_flavor(self):
        self._set({'disk': 'vda', 'total_bytes_sec': 500, 'total_iops_sec': 5})
        answer = self._set({'disk': 'vda', 'total_bytes_sec': None})
        self.assertEqual(self.FLAVOR, answer['flavor'])
        self.assertEqual({'total_iops_sec': 5}, answer['tuned'])
        self.assertEqual(
            {**UNLIMITED, **self.FLAVOR, 'total_iops_sec': 5},
            answer['effective'],
        )

    def test_null_goes_back_to_the_qos_of_the_volume(self):
        qos = {name: int(value) for name, value in self.QOS.items()}
        self._set(
            {
                'disk': base.VOLUME,
                'total_bytes_sec': 500,
                'total_bytes_sec_max': 800,
                'read_iops_sec': 5,
            }
        )
        answer = self._set(
            {
                'disk': base.VOLUME,
                'total_bytes_sec': None,
                'total_bytes_sec_max': None,
                'read_iops_sec': None,
            }
        )
        self.assertEqual(qos, answer['flavor'])
        self.assertEqual({}, answer['tuned'])
        for name, value in qos.items():
            self.assertEqual(value, answer['effective'][name])
