# SPDX-License-Identifier: Apache-2.0
"""What the charts are drawn from."""

import json

from nova_live_tune import tunables
from nova_live_tune.tests.dashboard import base

SECOND = 10**9
HALF = base.entry(tunables.CPU, {'quota': 50000})


class UsageTest(base.PanelTest):
    def _look(self, before):
        return self.client.post(
            self.url('usage'),
            json.dumps(before),
            content_type='application/json',
            **base.AJAX,
        )

    def _gauges(self, answer):
        """Each gauge, the CPU's and the root disk's, by its measure."""
        return {
            gauge['measure']: gauge
            for gauge in answer['gauges']
            if gauge['device'] in ('', 'vda')
        }

    def _used(self, at, cpu, root):
        """Let it have used so much, with half a core at most."""
        self.has_used(at, cpu, root, HALF)

    def test_the_first_look_measures_nothing(self):
        self.has_used(60, {'vcpu_times': [5]}, {'read_bytes': 6})
        answer = self._look(None).json()
        self.assertEqual(
            {'cpu:0': 5, 'disk:vda:read_bytes': 6},
            answer['sample']['counters'],
        )
        self.assertEqual(60, answer['sample']['at'])
        self.assertEqual({None}, {g['use'] for g in answer['gauges']})
        self.assertIn('measuring', answer['gauges'][0]['words'])

    def test_the_second_look_measures(self):
        cpu = {'vcpu_times': [5], 'periods': 7, 'throttled_periods': 5}
        disk = {'read_bytes': 6, 'write_bytes': 7}
        self._used(60, cpu, disk)
        before = self._look(None).json()['sample']
        cpu = {
            'vcpu_times': [5 + SECOND],
            'periods': 107,
            'throttled_periods': 30,
        }
        disk = {'read_bytes': 6 + 20 * 2**20, 'write_bytes': 7}
        self._used(70, cpu, disk)
        found = self._gauges(self._look(before).json())
        busiest = found['busiest vCPU']
        self.assertEqual((10, 50), (busiest['use'], busiest['limit']))
        self.assertEqual('Busiest vCPU', busiest['title'])
        self.assertEqual('10 of 50 % of a core', busiest['words'])
        throttled = found['throttled']
        self.assertEqual((25, None), (throttled['use'], throttled['limit']))
        self.assertEqual('Throttled', throttled['title'])
        self.assertEqual('25 % of periods', throttled['words'])
        self.assertEqual('Total bytes/s', found['total_bytes_sec']['title'])
        self.assertEqual(
            '2 MiB/s, no limit', found['total_bytes_sec']['words']
        )

    def test_what_is_handed_back_is_checked(self):
        for broken in (5, {}, {'at': 1, 'counters': {'cpu:0': []}}):
            self.assertEqual(400, self._look(broken).status_code, broken)

    def test_a_server_without_a_guest(self):
        self.has_used(60)
        response = self._look(None)
        self.assertEqual(409, response.status_code)
        self.assertIn('does not run', response.json()['sentence'])


class OlderExtensionTest(UsageTest):
    """One that observes nothing: Nova's diagnostics are asked."""

    def setUp(self):
        super().setUp()
        self.shows(cpu=HALF)
        self.is_older()

    def _diagnosed(self, **diagnostics):
        self.answer('GET', '/diagnostics', diagnostics)

    def test_the_first_look_measures_nothing(self):
        self._diagnosed(cpu0_time=5, vda_read=6)
        answer = self._look(None).json()
        self.assertEqual(5, answer['sample']['counters']['cpu:0'])
        self.assertEqual({None}, {g['use'] for g in answer['gauges']})

    def test_the_second_look_measures(self):
        self._diagnosed(cpu0_time=5, vda_read=6, vda_write=7)
        before = self._look(None).json()['sample']
        before['at'] -= 10
        self._diagnosed(
            cpu0_time=5 + SECOND, vda_read=6 + 20 * 2**20, vda_write=7
        )
        found = self._gauges(self._look(before).json())
        self.assertAlmostEqual(10, found['busiest vCPU']['use'], delta=1)
        self.assertRegex(
            found['total_bytes_sec']['words'], r'^(2|1\.9\d?) MiB/s, no limit$'
        )
        self.assertNotIn('throttled', found)

    def test_for_whom_diagnostics_are_not(self):
        self.answer('GET', '/diagnostics', 'Policy does not allow it.', 403)
        response = self._look(None)
        self.assertEqual(403, response.status_code)
        self.assertIn('the right to see', response.json()['sentence'])

    def test_a_server_without_a_guest(self):
        self.answer('GET', '/diagnostics', 'It is stopped.', 409)
        response = self._look(None)
        self.assertEqual(
            (409, {'sentence': 'It is stopped.'}),
            (response.status_code, response.json()),
        )
