# SPDX-License-Identifier: Apache-2.0
import testtools

from nova_live_tune.client import usage

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
_DIAGNOSTICS = {
    'cpu0_time': 1000,
    'cpu1_time': 2000,
    'tap12345678-90_rx': 10240,
    'tap12345678-90_rx_packets': 7,
    'tap12345678-90_tx': 2048,
    'vda_read': 100,
    'vda_read_req': 1,
    'vda_write': 200,
    'vda_write_req': 2,
    'vda_errors': -1,
    'vdb_read': 900,
    'memory': 65536,
}


def _later(**more):
    return {**_DIAGNOSTICS, **more}


class SampleTest(testtools.TestCase):
    def test_it_picks_what_the_read_back_lists(self):
        found = usage.sample(_DIAGNOSTICS, _LIMITS, 5.0)
        self.assertEqual(5.0, found.at)
        self.assertEqual(
            {
                'cpu:0': 1000,
                'cpu:1': 2000,
                f'interface:{_PORT}:inbound': 10240,
                f'interface:{_PORT}:outbound': 2048,
                'disk:vda:read_bytes': 100,
                'disk:vda:write_bytes': 200,
                'disk:vda:read_iops': 1,
                'disk:vda:write_iops': 2,
            },
            found.counters,
        )


class GaugesTest(testtools.TestCase):
    def _gauges(self, later, seconds=2, limits=_LIMITS):
        before = usage.sample(_DIAGNOSTICS, _LIMITS, 0)
        after = usage.sample(later, _LIMITS, seconds)
        found = usage.gauges(before, after, limits)
        return {(g.target, g.measure): (g.use, g.limit) for g in found}

    def test_the_busiest_vcpu(self):
        found = self._gauges(
            _later(cpu0_time=1000 + 10**8, cpu1_time=2000 + 5 * 10**8)
        )
        self.assertEqual((25.0, 30.0), found['cpu', 'busiest vCPU'])

    def test_an_interface(self):
        found = self._gauges(_later(**{'tap12345678-90_rx': 10240 * 2}))
        self.assertEqual((5.0, 600), found['interface', 'inbound'])
        self.assertEqual((0.0, None), found['interface', 'outbound'])

    def test_a_disk(self):
        found = self._gauges(
            _later(vda_read=110, vda_write_req=6, vda_read_req=3)
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
        found = self._gauges(_later(vda_read=1, cpu0_time=0, cpu1_time=0))
        self.assertEqual((None, 5), found['disk', 'read_bytes_sec'])
        self.assertEqual((None, 30.0), found['cpu', 'busiest vCPU'])

    def test_nothing_before(self):
        after = usage.sample(_DIAGNOSTICS, _LIMITS, 0)
        found = usage.gauges(None, after, _LIMITS)
        self.assertEqual({None}, {gauge.use for gauge in found})

    def test_no_time_between(self):
        found = self._gauges(_later(vda_read=110), seconds=0)
        self.assertEqual((None, 5), found['disk', 'read_bytes_sec'])

    def test_nothing_in_effect(self):
        nothing = {
            'cpu': {'effective': None},
            'interfaces': [{'port_id': _PORT, 'effective': None}],
            'disks': [{'device': 'vda', 'effective': None}],
        }
        found = self._gauges(_later(vda_read=110), limits=nothing)
        self.assertEqual((5.0, None), found['disk', 'total_bytes_sec'])
        self.assertEqual((0.0, None), found['cpu', 'busiest vCPU'])

    def test_no_quota(self):
        limits = {**_LIMITS, 'cpu': {'effective': {'quota': -1}}}
        found = self._gauges(_later(), limits=limits)
        self.assertEqual((0.0, None), found['cpu', 'busiest vCPU'])
