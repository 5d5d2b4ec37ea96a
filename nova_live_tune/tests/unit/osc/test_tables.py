# SPDX-License-Identifier: Apache-2.0
import testtools

from nova_live_tune import tunables
from nova_live_tune.client import errors
from nova_live_tune.osc import columns, tables

REASON = 'quota is 90000 where 40000 is kept.'
END = '2026-11-21T12:00:00Z'
CPU = {
    'flavor': {'period': 200000},
    'tuned': {'quota': 40000},
    'effective': {'quota': 90000, 'period': 200000, 'shares': 100},
    'not_in_effect': REASON,
    'expires_at': END,
}
NIC = {
    'index': 2,
    'port_id': 'p2',
    'mac_address': 'm',
    'flavor': {},
    'tuned': {'inbound': {'average': 2048, 'peak': 4096}},
    'effective': None,
    'not_in_effect': None,
}
DISK = {
    'device': 'vdb',
    'volume_id': 'v1',
    'boot_index': -1,
    'flavor': {'read_bytes_sec': 1 << 20},
    'tuned': {'read_bytes_sec': 0},
    'effective': tunables.DISK.defaults(),
    'not_in_effect': None,
}
LIVE_TUNE = {'cpu': CPU, 'interfaces': [NIC], 'disks': [DISK]}


def words(row):
    return [
        c.human_readable() if hasattr(c, 'human_readable') else c for c in row
    ]


def machine(row):
    return [
        c.machine_readable() if hasattr(c, 'machine_readable') else c
        for c in row
    ]


class ShownTest(testtools.TestCase):
    def _rows(self, every=False, how=words):
        return [how(row) for row in tables.shown(LIVE_TUNE, every)]

    def test_in_a_table(self):
        unit = 'microseconds per period and vCPU'
        rows = self._rows()
        self.assertEqual(
            [
                ['cpu', '', 'quota', unit,
                 '', '40000 (20 %)', '90000 (45 %)', END, REASON],
                ['', '', 'period', 'microseconds', '200000', '', '200000', '',
                 ''],
                ['', '', 'shares', '(relative weight)', '', '', '100', '',
                 ''],
                ['interface 2', 'p2', 'inbound.average', 'KiB/s',
                 '', '2048 (2 MiB/s)', '', '', ''],
                ['', '', 'inbound.peak', 'KiB/s',
                 '', '4096 (4 MiB/s)', '', '', ''],
                ['', '', 'outbound.average', 'KiB/s', '', '', '', '',
                 ''],
                ['vdb', 'v1', 'total_bytes_sec', 'bytes/s',
                 '', '', 'unlimited', '', ''],
                ['', '', 'total_iops_sec', 'operations/s',
                 '', '', 'unlimited', '', ''],
                ['', '', 'read_bytes_sec', 'bytes/s',
                 '1048576 (1 MiB/s)', 'unlimited', 'unlimited', '', ''],
            ],
            rows,
        )  # fmt: skip

    def test_for_programs_each_row_stands_alone(self):
        rows = self._rows(how=machine)
        self.assertEqual(
            ['cpu', None, 'period', 'microseconds', 200000, None, 200000,
             END, REASON],
            rows[1],
        )  # fmt: skip
        self.assertEqual(
            ['interface 2', 'p2', 'inbound.peak', 'KiB/s', None, 4096, None,
             None, None],
            rows[4],
        )  # fmt: skip

    def test_every_knob(self):
        knobs = sum(len(target.knobs) for target in tunables.TARGETS)
        self.assertEqual(knobs, len(self._rows(every=True)))


class EffectiveTest(testtools.TestCase):
    def test_those_that_were_asked_for(self):
        cell = tables.effective(tunables.CPU, CPU, ['quota'])
        self.assertEqual({'quota': 90000}, cell.machine_readable())
        self.assertEqual('quota 90000 (45 %)', cell.human_readable())

    def test_those_that_matter(self):
        cell = tables.effective(tunables.DISK, DISK)
        self.assertEqual(
            {'total_bytes_sec': 0, 'total_iops_sec': 0},
            cell.machine_readable(),
        )
        self.assertEqual(
            'total_bytes_sec unlimited\ntotal_iops_sec unlimited',
            cell.human_readable(),
        )

    def test_nobody_knows(self):
        cell = tables.effective(tunables.INTERFACE, NIC)
        self.assertIsNone(cell.machine_readable())
        self.assertEqual('', cell.human_readable())
        self.assertEqual('', columns.Optional(None).human_readable())


class TunedTest(testtools.TestCase):
    def test_in_words(self):
        # As the list has it: without a position, and only what is set.
        listed = {
            'cpu': {'tuned': {'quota': 40000}, 'expires_at': END},
            'interfaces': [{'port_id': 'p2', 'tuned': NIC['tuned']}],
            'disks': [{'device': 'vdb', 'volume_id': None, 'tuned': {}}],
        }
        self.assertEqual(
            [
                f'cpu: quota 40000, until {END}',
                'interface p2: inbound.average 2048, inbound.peak 4096',
            ],
            tables.tuned(listed),
        )


AT = '2026-11-21T16:40:07.500000Z'
UNKNOWN = 'The cgroup is not found.'


class BoundsTest(testtools.TestCase):
    def _rows(self, how, nic=None):
        cpu = {
            'cpu_percent': {'min': 12.5, 'max': 50, 'set_by_admin': True},
            'cpu_shares': {'min': None, 'max': 2048, 'set_by_admin': False},
        }
        live_tune = {
            'cpu': {**CPU, 'bounds': cpu},
            'interfaces': [{**NIC, **(nic or {'bounds': {}})}],
            'disks': [],
        }
        return [how(row) for row in tables.bounds(live_tune)]

    def test_in_a_table(self):
        self.assertEqual(
            [
                ['cpu', '', 'cpu_percent', 'percent of a core',
                 '12.5', '50', True],
                ['', '', 'cpu_shares', '(relative weight)',
                 '', '2048', False],
            ],
            self._rows(words),
        )  # fmt: skip

    def test_for_programs(self):
        rows = self._rows(machine)
        self.assertEqual([12.5, None], [row[4] for row in rows])
        self.assertEqual([50, 2048], [row[5] for row in rows])

    def test_an_extension_that_knows_none(self):
        error = self.assertRaises(
            errors.TooOld, self._rows, words, {'ceiling': {}}
        )
        self.assertIn('too old to tell bounds', error.sentence)


class ObservedTest(testtools.TestCase):
    def _rows(self, how=words, **observed):
        parts = {'cpu': None, 'nic': None, 'disk': None, **observed}
        live_tune = {
            'cpu': {**CPU, 'observed': parts['cpu']},
            'interfaces': [{**NIC, 'observed': parts['nic']}],
            'disks': [{**DISK, 'observed': parts['disk']}],
        }
        return [how(row) for row in tables.observed(live_tune)]

    def test_in_a_table(self):
        cpu = {
            'at': AT,
            'time': 9,
            'vcpu_times': [4, None],
            'periods': None,
            'throttled_periods': None,
            'throttled_time': None,
            'not_observed': UNKNOWN,
        }
        nanoseconds = 'nanoseconds'
        self.assertEqual(
            [
                ['cpu', '', 'time', nanoseconds, '9', AT, UNKNOWN],
                ['', '', 'periods', 'periods', '', '', ''],
                ['', '', 'throttled_periods', 'periods', '', '', ''],
                ['', '', 'throttled_time', nanoseconds, '', '', ''],
                ['', '', 'vcpu 0 time', nanoseconds, '4', '', ''],
                ['', '', 'vcpu 1 time', nanoseconds, '', '', ''],
            ],
            self._rows(cpu=cpu)[:6],
        )

    def test_for_programs(self):
        disk = {
            'at': AT,
            'read_bytes': 1,
            'read_operations': 2,
            'write_bytes': 3,
            'write_operations': 4,
        }
        rows = self._rows(machine, disk=disk)[-4:]
        self.assertEqual(
            [
                ['vdb', 'v1', 'read_bytes', 'bytes', 1, AT, None],
                ['vdb', 'v1', 'read_operations', 'operations', 2, AT, None],
                ['vdb', 'v1', 'write_bytes', 'bytes', 3, AT, None],
                ['vdb', 'v1', 'write_operations', 'operations', 4, AT, None],
            ],
            rows,
        )

    def test_where_nobody_can_tell(self):
        rows = self._rows(machine)
        self.assertEqual(4 + 6 + 4, len(rows))
        self.assertEqual({None}, {row[4] for row in rows})
        self.assertEqual(
            {'The server does not run, or its host does not tell.'},
            {row[6] for row in rows},
        )
