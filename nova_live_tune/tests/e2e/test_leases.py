# SPDX-License-Identifier: Apache-2.0
"""Limits that end by themselves, on real hosts and by the real clock."""

import datetime
import time
from typing import Any

from lab import probe, virsh
from lab.measure import Cpu, measure
from nova_live_tune.tests.e2e import base, operations
from nova_live_tune.tests.e2e.operations import SERVICE, Subject

MINUTE = 60
#: Seconds within which a lease ends.
BOUND = 5
ACTION = 'live_tune_expired'


class LeaseTestCase(base.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.subject = Subject(self.id().rpartition('.')[2][:40])
        self.addCleanup(self.tenant.delete, self.subject.server)

    def cpu(self, **knobs: Any) -> dict[str, Any]:
        body = {'setCpuQuota': knobs}
        cpu: dict[str, Any] = self.tenant.tune(self.subject.server, body)[
            'cpu'
        ]
        return cpu

    def quota(self) -> int:
        """As libvirt has it, wherever the server runs."""
        host = self.subject.host.name
        return int(virsh.cpu(host, self.subject.server.id)['quota'])

    def wait_for_the_end(self, entry: dict[str, Any], after: int) -> float:
        """Return by how many seconds a lease ended too late."""
        text = entry['expires_at'].replace('Z', '+00:00')
        end = datetime.datetime.fromisoformat(text).timestamp()
        before = self.quota()
        while self.quota() == before:
            self.assertLess(time.time(), end + 60, 'it does not end')
            time.sleep(0.2)
        late = time.time() - end
        self.assertEqual(after, self.quota())
        return late

    def ended(self) -> int:
        found = self.subject.compute.server_actions(self.subject.server)
        return [action.action for action in found].count(ACTION)


class LeaseTest(LeaseTestCase):
    def test_a_boost_ends_though_the_server_has_moved(self) -> None:
        """Live-migrated in the middle, and the first host cannot help."""
        first = self.subject.host
        self.cpu(quota=20000)
        entry = self.cpu(quota=60000, duration=MINUTE)
        operations.live_block_migration(self.subject)
        with operations.stopped(first, SERVICE):
            with self.subject.guest() as guest:
                guest.wait()
                boosted = measure(guest, Cpu())
            late = self.wait_for_the_end(entry, 20000)
        self.assertNotEqual(first, self.subject.host)
        self.assertGreater(boosted, 35)
        self.assertGreater(late, 0)
        self.assertLess(late, BOUND)
        self.assertEqual(1, self.ended())
        cpu = self.tenant.limits(self.subject.server)['cpu']
        self.assertEqual({'quota': 20000}, cpu['tuned'])
        self.assertEqual(
            (None, None), (cpu['expires_at'], cpu['not_in_effect'])
        )

    def test_it_ends_when_nova_compute_starts_again(self) -> None:
        host = self.subject.host
        self.cpu(quota=30000, duration=MINUTE)
        with operations.stopped(host, SERVICE):
            time.sleep(MINUTE + BOUND)
            self.assertEqual(30000, self.quota())
        self.subject.until(lambda: self.quota() == -1)
        self.subject.until(lambda: self.ended() == 1)

    def test_a_server_that_was_off_never_runs_with_it(self) -> None:
        self.cpu(quota=20000)
        self.cpu(quota=60000, duration=MINUTE)
        self.subject.compute.stop_server(self.subject.server)
        self.subject.wait('SHUTOFF')
        time.sleep(MINUTE)
        self.subject.compute.start_server(self.subject.server)
        seen = set()
        while (
            self.subject.compute.get_server(self.subject.server.id).status
            != 'ACTIVE'
        ):
            seen |= self._running()
        self.assertEqual({20000}, seen | self._running())
        self.subject.until(lambda: self.ended() == 1)
        self.assertEqual(20000, self.quota())

    def _running(self) -> set[int]:
        try:
            return {self.quota()}
        except (probe.Failed, probe.Unreachable):
            return set()  # it does not run yet


class DryRunTest(LeaseTestCase):
    def test_plan_and_change_are_the_same(self) -> None:
        for action, body in (
            ('setCpuQuota', {'quota': 40000}),
            ('setCpuQuota', {'quota': 20000, 'period': 50000}),
            ('setCpuQuota', {'shares': 300}),
            ('setCpuQuota', {'quota': None}),
            ('setInterface', {'interface': 1, 'rate': 2000}),
            ('setInterface', {'interface': 2, 'inbound': {'average': 500}}),
            ('setInterface', {'interface': 1, 'outbound': {'peak': 3000}}),
            ('setDiskIO', {'disk': 'vda', 'total_bytes_sec': 1 << 20}),
            ('setDiskIO', {'disk': 'vda', 'read_bytes_sec': 1 << 19}),
            ('setDiskIO', {'disk': 'vdb', 'total_iops_sec': 77}),
        ):
            self._check(action, body)

    def _check(self, action: str, body: dict[str, Any]) -> None:
        server = self.subject.server
        before = self._effective()
        plan = self.tenant.tune(server, {action: {**body, 'dry_run': True}})
        self.assertTrue(plan.pop('dry_run')['allowed'])
        self.assertEqual(before, self._effective())
        done = self.tenant.tune(server, {action: body})
        [name] = plan.keys() - {'generation'}
        changes = plan[name].pop('changes')
        self.assertEqual(plan, done)
        print(f'{action} {body}: {changes}')
        for path, change in _flat(changes):
            self.assertEqual(change['to'], _at(done[name]['effective'], path))
            self.assertNotEqual(change['from'], change['to'])

    def _effective(self) -> dict[str, Any]:
        return base.effective(self.tenant.limits(self.subject.server))


def _flat(changes: Any, path: tuple[str, ...] = ()) -> Any:
    if 'to' in changes:
        yield path, changes
        return
    for name, inner in changes.items():
        yield from _flat(inner, (*path, name))


def _at(values: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        values = values[step]
    return values
