# SPDX-License-Identifier: Apache-2.0
"""What Prometheus finds at a host that works, over real HTTP."""

import concurrent.futures
import socket
import urllib.request

from nova_live_tune.metrics import export, table
from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.fake import domain

LOOPBACK = '127.0.0.1'
CPU = {'quota': 50000}
TIMEOUT = 30


def free_port():
    with socket.create_server((LOOPBACK, 0)) as server:
        return server.getsockname()[1]


class MetricsTest(base.LiveTuneTestBase):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.flags(metrics_port=self.port, group='live_tune')
        self.addCleanup(export.stop)
        self.start_compute()
        self.server = self.boot({'live_tune:max_cpu_percent': '80'})
        self.before = self.scrape()

    def scrape(self):
        """What is served: by name and labels the numbers."""
        url = f'http://{LOOPBACK}:{self.port}/metrics'
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(url, timeout=TIMEOUT) as response:
            kind = response.headers['Content-Type']
            self.assertTrue(kind.startswith('text/plain; version='), kind)
            lines = response.read().decode().splitlines()
        found = (x.rsplit(' ', 1) for x in lines if not x.startswith('#'))
        return {name: float(number) for name, number in found}

    def moved(self):
        """What was counted since the last look, without the times."""
        before, self.before = self.before, self.scrape()
        return {
            name: number - before[name]
            for name, number in self.before.items()
            if number != before[name]
            and not any(part in name for part in ('_bucket', '_sum'))
        }

    @staticmethod
    def sets(action, outcome):
        name = f'{table.SETS.name}_count'
        return f'{name}{{action="{action}",outcome="{outcome}"}}'

    @staticmethod
    def named(metric, label, value):
        return f'{metric.name}{{{label}="{value}"}}'

    def test_each_is_counted_where_it_happens(self):
        self._sets()
        self._refusals()
        self._undo()
        self._drift()
        self._healing()
        self._overlay()

    def _sets(self):
        self.assertEqual({}, self.moved())
        for action, body in (
            ('setCpuQuota', CPU),
            ('setInterface', {'interface': 1, 'rate': 800}),
            ('setDiskIO', {'disk': 'vda', 'total_iops_sec': 9}),
            ('resetLiveTune', None),
        ):
            self.set(self.server, action, body)
            self.assertEqual({self.sets(action, 'done'): 1}, self.moved())
        spent = [
            x for n, x in self.before.items() if f'{table.SETS.name}_sum' in n
        ]
        self.assertEqual(4, len([seconds for seconds in spent if seconds]))
        self.assertLess(sum(spent), TIMEOUT)

    def _refusals(self):
        self.set(self.server, 'setCpuQuota', CPU)
        self.moved()
        for status, action, body in (
            (403, 'setCpuQuota', {'quota': 90000}),
            (400, 'setInterface', {'interface': 1, 'inbound': {'peak': 5}}),
        ):
            self.assert_refused(self.act(self.server, action, body), status)
            self.assertEqual(
                {
                    self.sets(action, 'refused'): 1,
                    self.named(table.REFUSALS, 'status', status): 1,
                },
                self.moved(),
            )

    def _undo(self):
        calls = self.domain(self.server).calls
        # The configuration, and then the running domain's undo.
        for nth, undone in (((2,), 'done'), ((2, 4), 'failed')):
            for number in nth:
                calls.fail('setSchedulerParametersFlags', number)
            body = {'quota': 40000}
            response = self.act(self.server, 'setCpuQuota', body)
            self.assert_refused(response, 500)
            calls.heal()
            moved = self.moved()
            self.assertEqual(1, moved.pop(self.sets('setCpuQuota', 'failed')))
            self.assertIn(self.named(table.UNDOS, 'outcome', undone), moved)
        self.set(self.server, 'setCpuQuota', CPU)
        self.moved()

    def _drift(self):
        for expected, fails in (
            (table.DRIFTS, False),
            (table.RECONCILE_FAILURES, True),
        ):
            changed = self.domain(self.server)
            changed.setSchedulerParametersFlags(
                {'vcpu_quota': 90000}, domain.LIVE
            )
            if fails:
                changed.calls.fail('setSchedulerParametersFlags')
            self.tick()
            self.assertEqual({expected.name: 1}, self.moved())
        self.tick()
        self.moved()

    def _healing(self):
        with self.in_cell() as in_cell:
            instance = self.instance(in_cell, self.server)
            for key in self.record(self.server):
                del instance.system_metadata[key]
            instance.save()
        self.show(self.server)
        self.assertEqual({table.HEALED.name: 1}, self.moved())

    def _overlay(self):
        with self.in_cell() as in_cell:
            instance = self.instance(in_cell, self.server)
            instance.system_metadata['live_tune:cpu'] = 'q=many'
            instance.save()
        self._reboot_server(self.server, hard=True)
        self.assertEqual(
            1,
            self.moved()[self.named(table.OVERLAY_FAILURES, 'extent', 'all')],
        )

    def test_many_at_once_while_others_set(self):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            scrapes = [pool.submit(self.scrape) for _ in range(20)]
            for quota in (40000, 30000, 20000):
                self.set(self.server, 'setCpuQuota', {'quota': quota})
            for scrape in scrapes:
                self.assertEqual(
                    self.before.keys(), scrape.result(TIMEOUT).keys()
                )
        self.assertEqual({self.sets('setCpuQuota', 'done'): 3}, self.moved())

    def test_a_client_that_says_nothing_is_in_nobodys_way(self):
        with socket.create_connection((LOOPBACK, self.port)):
            self.set(self.server, 'setCpuQuota', CPU)
            self.assertEqual(
                {self.sets('setCpuQuota', 'done'): 1}, self.moved()
            )

    def test_a_restart_goes_on(self):
        self.set(self.server, 'setCpuQuota', CPU)
        self.restart_compute_service('compute1')
        self.assertEqual({self.sets('setCpuQuota', 'done'): 1}, self.moved())


class WithoutTest(base.LiveTuneTestBase):
    def test_a_port_that_is_taken_stops_no_host(self):
        with socket.create_server((LOOPBACK, 0)) as other:
            port = other.getsockname()[1]
            self.flags(metrics_port=port, group='live_tune')
            self.addCleanup(export.stop)
            self.start_compute()
        self.server = self.boot()
        self.set(self.server, 'setCpuQuota', CPU)
        self.assertEqual(50000, self.live(self.server)['cpu']['vcpu_quota'])
