# SPDX-License-Identifier: Apache-2.0
"""Limits that end by themselves, on real hosts and by the real clock."""

import datetime
import time
from typing import Any

from lab import hosts, probe, virsh
from lab.measure import Cpu, Window, measure
from lab.tenant import Tenant
from nova_live_tune.tests.e2e import base, bus, operations
from nova_live_tune.tests.e2e.operations import SERVICE, Subject

MINUTE = 60
#: Seconds within which a lease ends.
BOUND = 5
ACTION = 'live_tune_expired'
LATENESS = 'nova_live_tune_expiry_lateness_seconds'


def _end(entry: dict[str, Any]) -> float:
    """When a lease ends, in seconds since 1970."""
    text = entry['expires_at'].replace('Z', '+00:00')
    return datetime.datetime.fromisoformat(text).timestamp()


class Leased(Subject):
    """A server with 20 % of a core, and for a minute 60."""

    def lease(self) -> None:
        self.cpu(quota=20000)
        self.end = _end(self.cpu(quota=60000, duration=MINUTE))

    def cpu(self, **knobs: Any) -> dict[str, Any]:
        answer = self.tenant.tune(self.server, {'setCpuQuota': knobs})
        cpu: dict[str, Any] = answer['cpu']
        return cpu

    def quota(self) -> int:
        """As libvirt has it, wherever the server runs."""
        return int(virsh.cpu(self.host.name, self.server.id)['quota'])

    def running(self) -> set[int]:
        """The same, if it runs."""
        try:
            return {self.quota()}
        except (probe.Failed, probe.Unreachable):
            return set()

    def lateness(self) -> float:
        """Wait for the end; return by how many seconds it is late."""
        while self.quota() == 60000:
            if time.time() > self.end + MINUTE:
                raise TimeoutError('it does not end')
            time.sleep(0.2)
        return time.time() - self.end

    def ended(self) -> int:
        found = self.compute.server_actions(self.server)
        return [action.action for action in found].count(ACTION)

    def start(self) -> set[int]:
        """Start it; return all quotas that it was seen to run with."""
        self.compute.start_server(self.server)
        seen = set()
        while self.compute.get_server(self.server.id).status != 'ACTIVE':
            seen |= self.running()
        return seen | self.running()


class LeaseTest(base.LabTest):
    """Three servers in the same minute, as it is long."""

    bus: bus.Bus

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.bus = cls.enterClassContext(bus.listen())

    def boot(self, name: str, host: str = '') -> Leased:
        owner = Tenant('lab-admin') if host else self.tenant
        server = owner.boot(f'e2e-leases-{name}', host=host)
        self.addCleanup(owner.delete, server)
        return Leased(name, owner, server=server)

    def test_a_lease_ends_wherever_its_server_is(self) -> None:
        moved, off = self.boot('moved'), self.boot('off')
        first = moved.host
        stays = self.boot('stays', host=first.name)
        for subject in (moved, off, stays):
            subject.lease()
        off.compute.stop_server(off.server)
        operations.live_block_migration(moved)
        off.wait('SHUTOFF')
        with operations.stopped(first, SERVICE):
            self._check_moved(moved, first)
            time.sleep(max(0, stays.end + BOUND - time.time()))
            # Nobody is there to end it.
            self.assertEqual(60000, stays.quota())
        stays.until(lambda: stays.quota() == 20000)
        self.assertEqual({20000}, off.start())
        for subject in (stays, off):
            subject.until(lambda subject=subject: subject.ended() == 1)
        self.assertEqual(20000, off.quota())

    def _check_moved(self, moved: Leased, first: hosts.Host) -> None:
        self.assertNotEqual(first, moved.host)
        with moved.guest() as guest:
            guest.wait()
            boosted = measure(guest, Cpu(), Window(1, 3))
        late = moved.lateness()
        print(f'{boosted:.0f} % of 60 before the end; ended {late:.1f} s late')
        self.assertGreater(boosted, 35)
        self.assertGreater(late, 0)
        self.assertLess(late, BOUND)
        self._check_told(moved)
        moved.until(lambda: moved.ended() == 1)
        cpu = moved.tenant.limits(moved.server)['cpu']
        self.assertEqual({'quota': 20000}, cpu['tuned'])
        self.assertIsNone(cpu['expires_at'])
        self.assertIsNone(cpu['not_in_effect'])

    def _check_told(self, moved: Leased) -> None:
        told = self.bus.wait(moved.server.id, 'expired', BOUND)
        self.assertEqual({('cpu', 'quota'): (60000, 20000)}, bus.knobs(told))
        until = datetime.datetime.fromisoformat(
            bus.data(told)['until'].replace('Z', '+00:00')
        )
        self.assertEqual(moved.end, until.timestamp())
        counted = bus.scrape(moved.host)
        self.assertLess(0, counted[f'{LATENESS}_count'])
        self.assertLess(
            counted[f'{LATENESS}_sum'] / counted[f'{LATENESS}_count'], BOUND
        )


class DryRunTest(base.ServerTest):
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
        server, before = self.server, self.effective()
        plan = self.tenant.tune(server, {action: {**body, 'dry_run': True}})
        self.assertTrue(plan.pop('dry_run')['allowed'])
        self.assertEqual(before, self.effective())
        done = self.tenant.tune(server, {action: body})
        [name] = plan.keys() - {'generation'}
        changes = plan[name].pop('changes')
        self.assertEqual(plan, done)
        print(f'{action} {body}: {changes}')
        for path, change in _flat(changes):
            self.assertEqual(change['to'], _at(done[name]['effective'], path))
            self.assertNotEqual(change['from'], change['to'])


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
