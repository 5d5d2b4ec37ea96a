# SPDX-License-Identifier: Apache-2.0
"""What the charts are drawn from."""

import json

from nova_live_tune import tunables
from nova_live_tune.tests.dashboard import base


class UsageTest(base.PanelTest):
    def _look(self, before):
        return self.client.post(
            self.url('usage'),
            json.dumps(before),
            content_type='application/json',
            **base.AJAX,
        )

    def _uses(self, **diagnostics):
        self.shows(
            cpu=base.entry(tunables.CPU, {'quota': 50000}),
        )
        self.answer('GET', '/diagnostics', diagnostics)

    def test_the_first_look_measures_nothing(self):
        self._uses(cpu0_time=5, vda_read=6)
        answer = self._look(None).json()
        self.assertEqual(5, answer['sample']['counters']['cpu:0'])
        self.assertEqual({None}, {g['use'] for g in answer['gauges']})
        self.assertIn('measuring', answer['gauges'][0]['words'])

    def test_the_second_look_measures(self):
        self._uses(cpu0_time=5, vda_read=6, vda_write=7)
        before = self._look(None).json()['sample']
        before['at'] -= 10
        self._uses(cpu0_time=5 + 10**9, vda_read=6 + 20 * 2**20, vda_write=7)
        after = self._look(before).json()
        cpu, vda = (
            next(g for g in after['gauges'] if g['device'] == device)
            for device in ('', 'vda')
        )
        self.assertAlmostEqual(10, cpu['use'], delta=1)
        self.assertEqual(50, cpu['limit'])
        self.assertEqual('Busiest vCPU', cpu['title'])
        self.assertRegex(cpu['words'], r'^\d+(\.\d+)? of 50 % of a core$')
        self.assertEqual('Total bytes/s', vda['title'])
        self.assertRegex(vda['words'], r'^(2|1\.9\d?) MiB/s, no limit$')

    def test_what_is_handed_back_is_checked(self):
        for broken in (5, {}, {'at': 1, 'counters': {'cpu:0': []}}):
            self.assertEqual(400, self._look(broken).status_code, broken)

    def test_for_whom_diagnostics_are_not(self):
        self.shows()
        self.answer('GET', '/diagnostics', 'Policy does not allow it.', 403)
        response = self._look(None)
        self.assertEqual(403, response.status_code)
        self.assertIn('the right to see', response.json()['sentence'])

    def test_a_server_without_a_guest(self):
        self.shows()
        self.answer('GET', '/diagnostics', 'It is stopped.', 409)
        response = self._look(None)
        self.assertEqual(
            (409, {'sentence': 'It is stopped.'}),
            (response.status_code, response.json()),
        )
