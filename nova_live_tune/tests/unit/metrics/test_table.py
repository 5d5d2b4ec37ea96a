# SPDX-License-Identifier: Apache-2.0
import re

from oslotest import base

from nova_live_tune.compute import api, refusals
from nova_live_tune.metrics import table


class TableTest(base.BaseTestCase):
    def test_names_are_prometheuss(self):
        names = [metric.name for metric in table.METRICS]
        self.assertEqual(len(names), len(set(names)))
        for metric in table.METRICS:
            self.assertRegex(metric.name, r'^nova_live_tune_[a-z_]+$')
            counter = metric.kind == table.COUNTER
            self.assertEqual(counter, metric.name.endswith('_total'))
            self.assertEqual(not counter, metric.name.endswith('_seconds'))
            self.assertEqual(not counter, bool(metric.buckets))
            self.assertTrue(metric.help.endswith('.'))

    def test_none_is_left_out(self):
        defined = [
            value
            for value in vars(table).values()
            if isinstance(value, table.Metric)
        ]
        self.assertEqual(defined, list(table.METRICS))

    def test_buckets_go_up(self):
        for metric in table.METRICS:
            self.assertEqual(sorted(metric.buckets), list(metric.buckets))

    def test_every_action(self):
        self.assertEqual(set(api.ACTIONS), set(table.SETS.labels['action']))

    def test_every_refusal_and_what_it_means(self):
        known = {str(status) for _, status in refusals.STATUS}
        self.assertEqual(known, set(table.REFUSALS.labels['status']))
        told = re.findall(r'\b(\d{3}) ', table.REFUSALS.help)
        self.assertEqual(sorted(known), told)
