# SPDX-License-Identifier: Apache-2.0
"""What is set outlives everything that can happen to a server."""

import sys
import time
from typing import Any

from lab import hosts, reach, virsh
from lab.tenant import Tenant
from nova_live_tune.tests.e2e import base, operations, survival

REPORT = sys.__stderr__


def tell(line: str) -> None:
    """To whoever waits: this takes minutes."""
    print(line, file=REPORT, flush=True)


class SurvivalTest(base.LabTest):
    SHAKES_HOSTS = True

    def test_every_operation(self) -> None:
        rows = survival.run(tell)
        tell(survival.table(rows))
        self.assertEqual([], [row for row in rows if row.lost])

    def test_without_the_overlay_limits_are_lost(self) -> None:
        # Or the test above would prove nothing.
        with survival.without_overlay():
            subject = survival.Survival(tell)
            self.addCleanup(subject.end)
            [row] = subject.run([('hard reboot', operations.hard_reboot)])
        for column in survival.COLUMNS:
            self.assertTrue(row.cells[column].startswith(survival.LOST), row)


class MigrationTest(base.ServerTest):
    ALONE = True
    #: Seconds without an answer that a live migration may cost.
    SILENCE = 5

    def setUp(self) -> None:
        super().setUp()
        self.admin = Tenant('lab-admin').connection.compute
        # Where an earlier test has left it.
        self.guest = self.enterContext(self.tenant.guest(self.server))
        self.guest.wait()

    def enterContext(self, context: Any) -> Any:
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def migrate(self) -> None:
        self.admin.live_migrate_server(self.server, block_migration='auto')

    def arrive(self) -> None:
        operations.settled(self.tenant.connection.compute, self.server)

    def test_limits_arrive_and_the_guest_answers_on_the_way(self) -> None:
        before = self.guest.host
        [seat] = [h.name for h in hosts.COMPUTES if h.name != before]
        self.tune({'setCpuQuota': {'quota': 50000, 'shares': 512}})
        self.tune({'setInterface': {'interface': 2, 'rate': 3000}})
        self.tune({'setDiskIO': {'disk': 'vdb', 'total_iops_sec': 77}})
        effective = self.effective()
        with reach.pinged(self.guest, seat) as pings:
            self.migrate()
            self.arrive()
        tell(f'live migration: {pings}')
        self.assertEqual(effective, self.effective())
        self.guest.host = operations.host_of(self.server.id)
        self.assertEqual(seat, self.guest.host)
        self.assertEqual(effective, self.reported())
        self.assertLess(pings.silence, self.SILENCE)

    def test_a_request_during_a_live_migration_is_409_at_once(self) -> None:
        self.migrate()
        begun = time.monotonic()
        response = self.post({'setCpuQuota': {'quota': 50000}})
        took = time.monotonic() - begun
        self.arrive()
        self.assertEqual(409, response.status_code, response.text)
        self.assertIn('migrating', response.text)
        # libvirt's own patience with a job that goes on is 30 s.
        self.assertLess(took, 10)
        self.assertEqual({}, self.limits()['cpu']['tuned'])


class ResizeTest(base.LabTest):
    def test_reset_gives_what_the_new_flavor_gives(self) -> None:
        subject = operations.Subject('e2e-resized')
        self.addCleanup(self.tenant.delete, subject.server)
        fresh = self.tenant.boot('e2e-fresh', flavor=operations.BIGGER)
        self.addCleanup(self.tenant.delete, fresh)
        self.tune_all(subject)
        operations.resize(subject)

        limits = self.tenant.limits(subject.server)
        self.assertEqual(80000, limits['cpu']['flavor']['quota'])
        self.assertEqual(40000, limits['cpu']['tuned']['quota'])
        self.assertEqual(40000, limits['cpu']['effective']['quota'])
        self.assertEqual(512, limits['cpu']['effective']['shares'])

        self.tenant.tune(subject.server, {'resetLiveTune': None})
        self.assertEqual(self.xml(fresh), self.xml(subject.server))
        operations.hard_reboot(subject)
        self.assertEqual(self.xml(fresh), self.xml(subject.server))

    def tune_all(self, subject: operations.Subject) -> None:
        for body in (
            {'setCpuQuota': {'quota': 40000}},
            {'setInterface': {'interface': 1, 'rate': 3000}},
            {'setInterface': {'interface': 2, 'inbound': {'average': 99}}},
            {'setDiskIO': {'disk': 'vda', 'read_bytes_sec': 1 << 20}},
            {'setDiskIO': {'disk': 'vdb', 'total_iops_sec': 77}},
        ):
            self.tenant.tune(subject.server, body)

    def xml(self, server: Any) -> dict[str, Any]:
        """The sections of the domain's XML that hold limits, both copies."""
        host = operations.host_of(server.id)
        return {
            scope: virsh.sections(host, server.id, *options)
            for scope, options in (
                ('running', ()),
                ('configured', ('--inactive',)),
            )
        }
