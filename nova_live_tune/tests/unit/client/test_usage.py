# SPDX-License-Identifier: Apache-2.0
import testtools

from nova_live_tune.client import usage
from nova_live_tune.client.sampling import Sample

_PORT = '12345678-90ab-4cde-8f01-234567890abc'
_LIMITS = {
    'cpu': {'effective': {'quota': 30000, 'period': 100000, 'shares': 1024}},
    'interfaces': [
        {
            'port_id': _PORT,
            'effective': {
                'inbound': {'average': 600, 'peak': 600, 'burst': 600},
                'outbound': {'average': 0, 'peak': 0, 'burst': 0},
            },
        }
    ],
    'disks': [
        {
            'device': 'vda',
            'effective': {'read_bytes_sec': 5, 'total_iops_sec': 50},
        }
    ],
}
_SECOND = 10**9
_COUNTERS = {
    'cpu:0': 1000,
    'cpu:1': 2000,
    'cpu:time': 4000,
    'cpu:periods': 100,
    'cpu:throttled_periods': 40,
    'cpu:throttled_time': 900,
    f'interface:{_PORT}:inbound_bytes': 10240,
    f'interface:{_PORT}:outbound_bytes': 2048,
    'disk:vda:read_bytes': 100,
    'disk:vda:read_operations': 1,
    'disk:vda:write_bytes': 200,
    'disk:vda:write_operations': 2,
}


class GaugesTest(testtools.TestCase):
    def _gauges(self, later, seconds=2, limits=_LIMITS):
        """What was used since the counters above."""
        before = Sample(0, _COUNTERS)
        after = Sample(seconds, {**_COUNTERS, **later})
        found = usage.gauges(before, after, limits)
        return {(g.target, g.measure): (g.use, g.limit) for g in found}

    def test_the_busiest_vcpu(self):
        found = self._gauges(
            {'cpu:0': 1000 + _SECOND // 10, 'cpu:1': 2000 + _SECOND // 2}
        )
        self.assertEqual((25.0, 30.0), found['cpu', 'busiest vCPU'])

    def test_throttled_periods_of_all(self):
        found = self._gauges({'cpu:periods': 120, 'cpu:throttled_periods': 55})
        self.assertEqual((75.0, None), found['cpu', 'throttled'])
        # It is idle: no period went by.
        self.assertEqual((0.0, None), self._gauges({})['cpu', 'throttled'])

    def test_throttling_is_shown_where_it_can_be_and_is_known(self):
        limits = {**_LIMITS, 'cpu': {'effective': {'quota': -1}}}
        self.assertNotIn(('cpu', 'throttled'), self._gauges({}, limits=limits))
        unknown = {k: v for k, v in _COUNTERS.items() if 'period' not in k}
        found = usage.gauges(Sample(0, unknown), Sample(2, unknown), _LIMITS)
        self.assertNotIn('throttled', {gauge.measure for gauge in found})

    def test_that_throttling_has_no_limit_goes_without_saying(self):
        found = usage.gauges(None, Sample(0, _COUNTERS), _LIMITS)
        said = {g.measure: g.can_be_limited for g in found}
        self.assertIs(False, said.pop('throttled'))
        self.assertEqual({True}, set(said.values()))

    def test_an_interface(self):
        found = self._gauges({f'interface:{_PORT}:inbound_bytes': 10240 * 2})
        self.assertEqual((5.0, 600), found['interface', 'inbound'])
        self.assertEqual((0.0, None), found['interface', 'outbound'])

    def test_a_disk(self):
        found = self._gauges(
            {
                'disk:vda:read_bytes': 110,
                'disk:vda:write_operations': 6,
                'disk:vda:read_operations': 3,
            }
        )
        disk = {key: value for key, value in found.items() if key[0] == 'disk'}
        self.assertEqual(
            {
                ('disk', 'read_bytes_sec'): (5.0, 5),
                ('disk', 'write_bytes_sec'): (0.0, None),
                ('disk', 'total_iops_sec'): (3.0, 50),
            },
            disk,
        )

    def test_counters_that_began_anew(self):
        found = self._gauges(
            {
                'disk:vda:read_bytes': 1,
                'cpu:0': 0,
                'cpu:1': 0,
                'cpu:periods': 2,
            }
        )
        self.assertEqual((None, 5), found['disk', 'read_bytes_sec'])
        self.assertEqual((None, 30.0), found['cpu', 'busiest vCPU'])
        self.assertEqual((None, None), found['cpu', 'throttled'])

    def test_nothing_before(self):
        found = usage.gauges(None, Sample(0, _COUNTERS), _LIMITS)
        self.assertEqual({None}, {gauge.use for gauge in found})

    def test_no_time_between(self):
        found = self._gauges({'disk:vda:read_bytes': 110}, seconds=0)
        self.assertEqual((None, 5), found['disk', 'read_bytes_sec'])

    def test_nothing_in_effect(self):
        nothing = {
            'cpu': {'effective': None},
            'interfaces': [{'port_id': _PORT, 'effective': None}],
            'disks': [{'device': 'vda', 'effective': None}],
        }
        found = self._gauges({'disk:vda:read_bytes': 110}, limits=nothing)
        self.assertEqual((5.0, None), found['disk', 'total_bytes_sec'])
        self.assertEqual((0.0, None), found['cpu', 'busiest vCPU'])

    def test_no_quota(self):
        limits = {**_LIMITS, 'cpu': {'effective': {'quota': -1}}}
        found = self._gauges({}, limits=limits)
        self.assertEqual((0.0, None), found['cpu', 'busiest vCPU'])
