# SPDX-License-Identifier: Apache-2.0
"""What bounds what; tests/property has whatever tenants ask for."""

import math

import testtools

from nova_live_tune import bounds, tunables
from nova_live_tune.bounds import Span

CPU, DISK = tunables.CPU, tunables.DISK


def most(target, asked=(), **specs):
    """The upper end of each measure that has one."""
    spans = bounds.spans(target, dict(asked), specs, {})
    return {n: s.most for n, s in spans.items() if not math.isinf(s.most)}


class ExtraSpecsTest(testtools.TestCase):
    def test_numbers_of_known_measures(self):
        specs = {
            'live_tune:max_cpu_percent': '80',
            'live_tune:min_cpu_shares': '0',
            'live_tune:max_nothing': '5',
            'live_tune:max_cpu_shares': 'many',
            'max_cpu_percent': '70',
        }
        self.assertEqual(
            {'max_cpu_percent': 80, 'min_cpu_shares': 0},
            bounds.from_extra_specs(specs),
        )


class SpansTest(testtools.TestCase):
    def test_the_flavors_own_limit(self):
        asked = {'quota': 50000}
        self.assertEqual(50, most(CPU, asked)['cpu_percent'])
        self.assertEqual({}, most(CPU))

    def test_what_the_flavor_says_of_it(self):
        asked = {'quota': 50000}
        bound = most(CPU, asked, max_cpu_percent=80)
        self.assertEqual(80, bound['cpu_percent'])
        self.assertEqual({}, most(CPU, asked, max_cpu_percent=0))

    def test_a_total_bounds_each_side(self):
        asked = {'total_bytes_sec': 4}
        for more, expected in (({}, 4), ({'max_disk_total_bytes_sec': 8}, 8)):
            bound = most(DISK, asked, **more)
            for op in ('total', 'read', 'write'):
                name = f'disk_{op}_bytes_sec'
                self.assertEqual(expected, bound[name], name)
                self.assertEqual(expected, bound[f'{name}_max'], name)

    def test_both_sides_bound_the_total(self):
        asked = {'read_iops_sec': 4, 'write_iops_sec': 5}
        self.assertEqual(9, most(DISK, asked)['disk_total_iops_sec'])
        bound = most(DISK, asked, max_disk_read_iops_sec=8)
        self.assertEqual(13, bound['disk_total_iops_sec'])
        self.assertEqual(8, bound['disk_read_iops_sec'])
        self.assertEqual(5, bound['disk_write_iops_sec'])

    def test_one_side_leaves_the_total_free(self):
        bound = most(DISK, {'read_iops_sec': 4})
        self.assertNotIn('disk_total_iops_sec', bound)
        self.assertEqual(4, bound['disk_read_iops_sec'])

    def test_a_ceiling_comes_first(self):
        ceiling = {'quota': 20000, 'period': 100000}
        specs = {'max_cpu_percent': 80, 'min_cpu_percent': 10}
        spans = bounds.spans(CPU, {'quota': 50000}, specs, ceiling)
        self.assertEqual(Span(10, 20, True), spans['cpu_percent'])
        ceiling['quota'] = 5000
        spans = bounds.spans(CPU, {'quota': 50000}, specs, ceiling)
        self.assertEqual(Span(5, 5, True), spans['cpu_percent'])


class BeyondTest(testtools.TestCase):
    FLAVOR = {'quota': 50000, 'period': 100000, 'shares': 100}

    def beyond(self, before, after, **spans):
        allowed = {
            name: spans.get(name, Span(0, math.inf))
            for name in ('cpu_percent', 'cpu_shares')
        }
        found = bounds.beyond(
            CPU,
            {**self.FLAVOR, **before},
            {**self.FLAVOR, **after},
            self.FLAVOR,
            allowed,
        )
        return [measure.name for measure, _ in found]

    def test_what_moves_has_to_be_within(self):
        span = Span(10, 80)
        for quota, expected in (
            (80000, []),
            (80001, ['cpu_percent']),
            (9999, ['cpu_percent']),
            (-1, ['cpu_percent']),
        ):
            self.assertEqual(
                expected, self.beyond({}, {'quota': quota}, cpu_percent=span)
            )

    def test_what_does_not_may_stay(self):
        there = {'quota': 90000}
        self.assertEqual(
            [],
            self.beyond(
                there, {**there, 'shares': 5}, cpu_percent=Span(0, 80)
            ),
        )
        # Nearer, and still beyond.
        self.assertEqual(
            ['cpu_percent'],
            self.beyond(there, {'quota': 85000}, cpu_percent=Span(0, 80)),
        )

    def test_back_to_the_flavor(self):
        there = {'quota': 5000}
        self.assertEqual([], self.beyond(there, {}, cpu_percent=Span(0, 20)))
        self.assertEqual(
            ['cpu_percent'],
            self.beyond(there, {}, cpu_percent=Span(0, 20, True)),
        )
