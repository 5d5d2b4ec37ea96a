# SPDX-License-Identifier: Apache-2.0
"""On trees of both versions of cgroups, with systemd and without."""

import os
import pathlib

import fixtures
import testtools

from nova_live_tune.virt.libvirt import throttling

V1 = 'nr_periods {}\nnr_throttled {}\nthrottled_time {}\nnr_bursts 0\n'
V2 = (
    'usage_usec 7\nuser_usec 5\nsystem_usec 2\n'
    'nr_periods {}\nnr_throttled {}\nthrottled_usec {}\n'
)
NAME = 'instance-0000001a'
PLAIN = f'machine/qemu-5-{NAME}.libvirt-qemu'
SCOPE = r'machine.slice/machine-qemu\x2d5\x2dinstance\x2d0000001a.scope'


class ThrottlingTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.mounts = self.folder / 'mounts'
        self.mounts.write_text('proc /proc proc rw 0 0\n')
        self.useFixture(
            fixtures.MonkeyPatch(f'{throttling.__name__}.MOUNTS', self.mounts)
        )

    def mount(self, name, kind, options='rw,nosuid'):
        place = self.folder / name
        place.mkdir()
        with self.mounts.open('a') as mounts:
            where = str(place).replace(' ', r'\040')
            mounts.write(f'cgroup {where} {kind} {options} 0 0\n')
        return place

    def v1(self, name='cpu,cpuacct'):
        return self.mount(name, 'cgroup', 'rw,nosuid,cpu,cpuacct')

    def v2(self, name='unified'):
        return self.mount(name, 'cgroup2')

    def write(self, group, text, *counters):
        group.mkdir(parents=True)
        (group / 'cpu.stat').write_text(text.format(*counters))

    def read(self, name=NAME, partition='/machine'):
        return tuple(throttling.read(5, name, partition).values())

    def unknown(self, *place):
        error = self.assertRaises(throttling.Unknown, self.read, *place)
        return str(error)


class ReadTest(ThrottlingTestCase):
    def test_names(self):
        self.write(self.v1() / PLAIN / 'vcpu0', V1, 1, 2, 3)
        self.assertEqual(
            {'periods': 1, 'throttled_periods': 2, 'throttled_time': 3},
            throttling.read(5, NAME, '/machine'),
        )

    def test_vcpus_are_summed_and_others_are_not(self):
        machine = self.v1() / PLAIN
        for number in (0, 1, 10):
            self.write(machine / f'vcpu{number}', V1, 10, 4, 1000)
        self.write(machine / 'emulator', V1, 500, 500, 500)
        self.write(machine / 'iothread1', V1, 500, 500, 500)
        self.assertEqual((30, 12, 3000), self.read())

    def test_v2_counts_microseconds(self):
        self.write(self.v2() / PLAIN / 'vcpu0', V2, 10, 4, 17)
        self.assertEqual((10, 4, 17000), self.read())

    def test_with_systemd(self):
        self.write(self.v1() / SCOPE / 'vcpu0', V1, 10, 4, 7)
        self.assertEqual((10, 4, 7), self.read())

    def test_with_systemd_on_v2(self):
        self.write(self.v2() / SCOPE / 'libvirt' / 'vcpu0', V2, 10, 4, 7)
        self.assertEqual((10, 4, 7000), self.read())

    def test_v2_beside_a_cpu_controller_of_v1(self):
        unified = self.v2()
        self.write(unified / SCOPE / 'libvirt' / 'vcpu0', 'usage_usec 7\n')
        self.write(self.v1() / SCOPE / 'vcpu0', V1, 10, 4, 7)
        self.assertEqual((10, 4, 7), self.read())

    def test_partitions(self):
        root = self.v2()
        for partition, place in (
            ('/machine/gold', 'machine/gold.partition/' + PLAIN[8:]),
            ('/gold', 'gold.partition/' + PLAIN[8:]),
            (
                '/machine/silver',
                'machine.slice/machine-silver.slice/' + SCOPE[14:],
            ),
        ):
            self.write(root / place / 'vcpu0', V2, 1, 1, len(partition))
            self.assertEqual(
                (1, 1, 1000 * len(partition)),
                self.read(NAME, partition),
            )

    def test_a_name_of_which_libvirt_has_left_something_out(self):
        cut = r'machine-qemu\x2d5\x2dwebshop.scope'
        self.write(self.v2() / 'machine.slice' / cut / 'vcpu0', V2, 1, 1, 1)
        self.assertEqual((1, 1, 1000), self.read('_web shop!-and-more'))

    def test_a_mount_with_a_space(self):
        self.write(self.v1('c pu') / PLAIN / 'vcpu0', V1, 1, 2, 3)
        self.assertEqual((1, 2, 3), self.read())


class UnknownTest(ThrottlingTestCase):
    NOT_FOUND = "The guest's CPU cgroup is not found where nova-compute runs."

    def test_nothing_is_mounted(self):
        self.assertEqual(self.NOT_FOUND, self.unknown())

    def test_another_controllers_mount(self):
        place = self.mount('memory', 'cgroup', 'rw,memory')
        self.write(place / PLAIN / 'vcpu0', V1, 1, 2, 3)
        self.assertEqual(self.NOT_FOUND, self.unknown())

    def test_another_guests_group(self):
        root = self.v1()
        for other in (
            f'machine/qemu-55-{NAME}.libvirt-qemu',
            f'machine/qemu-4-{NAME}.libvirt-qemu',
            'machine/qemu-5-instance-0000001b.libvirt-qemu',
            f'machine/lxc-5-{NAME}.libvirt-lxc',
        ):
            self.write(root / other / 'vcpu0', V1, 1, 2, 3)
        self.assertEqual(self.NOT_FOUND, self.unknown())

    def test_no_vcpus(self):
        self.write(self.v1() / PLAIN / 'emulator', V1, 1, 2, 3)
        self.assertEqual(self.NOT_FOUND, self.unknown())

    def test_no_cpu_controller_there(self):
        self.write(self.v2() / PLAIN / 'vcpu0', 'usage_usec 7\n')
        self.assertIn('no cpu controller', self.unknown())

    def test_what_may_not_be_read(self):
        group = self.v1() / PLAIN / 'vcpu0'
        self.write(group, V1, 1, 2, 3)
        os.unlink(group / 'cpu.stat')
        self.assertEqual(
            "The guest's CPU cgroup cannot be read: No such file or "
            'directory.',
            self.unknown(),
        )
