# SPDX-License-Identifier: Apache-2.0
"""Counting, serving, and doing without."""

import builtins
import socket
import urllib.request

import fixtures
import nova.conf
from oslotest import base

from nova_live_tune.metrics import counting, export, table

LOOPBACK = '127.0.0.1'


def free_port():
    with socket.create_server((LOOPBACK, 0)) as server:
        return server.getsockname()[1]


class ExportTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger())
        self.addCleanup(export.stop)

    def start(self, port, **options):
        for name, value in {'metrics_port': port, **options}.items():
            nova.conf.CONF.set_override(name, value, 'live_tune')
            self.addCleanup(nova.conf.CONF.clear_override, name, 'live_tune')
        export.start()

    def serve(self, **options):
        self.port = free_port()
        self.start(self.port, **options)

    def scrape(self):
        """What is served: by name and labels the numbers, as text."""
        url = f'http://{LOOPBACK}:{self.port}/metrics'
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=10) as response:
            self.text = response.read().decode()
        lines = [x for x in self.text.splitlines() if not x.startswith('#')]
        return dict(line.rsplit(' ', 1) for line in lines)

    def assert_refused(self):
        self.assertRaises(
            ConnectionRefusedError,
            socket.create_connection,
            (LOOPBACK, self.port),
        )


class ServeTest(ExportTestCase):
    def test_everything_is_there_from_the_first_scrape_on(self):
        self.serve()
        found = self.scrape()
        for metric in table.METRICS:
            self.assertIn(f'# HELP {metric.name} {metric.help}\n', self.text)
            self.assertIn(f'# TYPE {metric.name} {metric.kind}\n', self.text)
        self.assertEqual('0.0', found[table.DRIFTS.name])
        name = 'nova_live_tune_set_duration_seconds_count'
        for action in ('setCpuQuota', 'resetLiveTune'):
            for outcome in ('done', 'refused', 'failed'):
                labels = f'{{action="{action}",outcome="{outcome}"}}'
                self.assertEqual('0.0', found[name + labels])

    def test_only_ours_is_there(self):
        self.serve()
        self.assertEqual(
            [], [x for x in self.scrape() if not x.startswith('nova_live_')]
        )

    def test_counting(self):
        self.serve()
        counting.count(table.DRIFTS)
        counting.count(table.DRIFTS)
        counting.count(table.REFUSALS, status='403')
        labels = {'action': 'setDiskIO', 'outcome': 'done'}
        counting.observe(table.SETS, 0.2, **labels)
        counting.observe(table.EXPIRY_LATENESS, 3)
        found = self.scrape()
        self.assertEqual('2.0', found[table.DRIFTS.name])
        self.assertEqual(
            '1.0', found[f'{table.REFUSALS.name}{{status="403"}}']
        )
        self.assertEqual(
            '0.0', found[f'{table.REFUSALS.name}{{status="409"}}']
        )
        given = 'action="setDiskIO",outcome="done"'
        sets = table.SETS.name
        self.assertEqual('0.2', found[f'{sets}_sum{{{given}}}'])
        bucket = f'{sets}_bucket{{action="setDiskIO",le="%s",outcome="done"}}'
        self.assertEqual('0.0', found[bucket % '0.1'])
        self.assertEqual('1.0', found[bucket % '0.25'])
        self.assertEqual('3.0', found[f'{table.EXPIRY_LATENESS.name}_sum'])

    def test_starting_again_changes_nothing(self):
        self.serve()
        counting.count(table.DRIFTS)
        export.start()
        self.assertEqual('1.0', self.scrape()[table.DRIFTS.name])

    def test_the_log_says_where(self):
        self.serve()
        self.assertIn(f"('127.0.0.1', {self.port})", self.log.output)

    def test_stop(self):
        self.serve()
        export.stop()
        self.assert_refused()
        counting.count(table.DRIFTS)
        self.serve()
        self.assertEqual('0.0', self.scrape()[table.DRIFTS.name])


class WithoutTest(ExportTestCase):
    def _counting_is_off(self):
        self.assertEqual({}, counting._collectors)
        for metric in table.METRICS:
            labels = dict.fromkeys(metric.labels, 'x')
            counting.count(metric, **labels)
            counting.observe(metric, 1, **labels)

    def test_off_unless_somebody_says_so(self):
        self.port = free_port()
        export.start()
        self._counting_is_off()
        self.assertEqual('', self.log.output)

    def test_off_imports_nothing(self):
        self._without_the_library()
        export.start()
        self.assertEqual('', self.log.output)

    def test_a_port_that_is_taken(self):
        with socket.create_server((LOOPBACK, 0)) as other:
            self.port = other.getsockname()[1]
            self.start(self.port)
            self.assertIn(f'127.0.0.1 port {self.port}', self.log.output)
            self.assertIn('in use', self.log.output)
        self._counting_is_off()
        # Once it is free, the next start of the host has it.
        export.start()
        self.assertEqual('0.0', self.scrape()[table.DRIFTS.name])

    def test_an_address_that_is_not_this_hosts(self):
        self.serve(metrics_address='192.0.2.1')
        self.assertIn('not served at 192.0.2.1', self.log.output)
        self._counting_is_off()

    def test_no_library(self):
        self._without_the_library()
        self.serve()
        self.assertIn("pip install 'nova-live-tune[metrics]'", self.log.output)
        self._counting_is_off()
        self.assert_refused()

    def _without_the_library(self):
        original = builtins.__import__

        def without(name, *args, **kwargs):
            if name == 'prometheus_client':
                raise ImportError(name)
            return original(name, *args, **kwargs)

        self.useFixture(fixtures.MonkeyPatch('builtins.__import__', without))
