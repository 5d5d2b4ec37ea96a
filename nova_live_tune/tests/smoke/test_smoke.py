# SPDX-License-Identifier: Apache-2.0
"""The least that has to work on every release of Nova."""

from typing import Any

from lab import hosts
from lab.measure import Cpu, Disk, Network, Quantity, measure
from nova_live_tune.tests.e2e import base, operations

#: Each limit, what is measured of it, and what it allows.
LIMITS: tuple[tuple[dict[str, Any], Quantity, float], ...] = (
    ({'setCpuQuota': {'quota': 30000, 'shares': 512}}, Cpu(), 30),
    (
        {'setInterface': {'interface': 1, 'outbound': {'average': 600}}},
        Network(0, 'outbound'),
        600,
    ),
    (
        {'setDiskIO': {'disk': 'vda', 'read_bytes_sec': 2 << 20}},
        Disk('vda', 'read'),
        2 << 20,
    ),
)
#: The share of a limit that a measurement may miss it by, upwards.
TOLERANCE = 1.2
ATTEMPTS = 6


class SmokeTest(base.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.subject = operations.Subject('e2e-smoke')
        self.addCleanup(self.tenant.delete, self.subject.server)

    def assert_in_effect(self) -> None:
        """Read back, reported by virsh, and measured."""
        server = self.subject.server
        limits = self.tenant.limits(server)
        self.assertEqual(self.wanted, base.effective(limits))
        host = self.subject.host.name
        self.assertEqual(self.wanted, base.reported(host, server.id, limits))
        with self.subject.guest() as guest:
            guest.wait()
            for _, quantity, limit in LIMITS:
                self.assert_limited(guest, quantity, limit)

    def assert_limited(
        self, guest: Any, quantity: Quantity, limit: float
    ) -> None:
        for _ in range(ATTEMPTS):
            got = measure(guest, quantity)
            self.assertLess(got, limit * TOLERANCE, quantity)
            # Less can be the machine's fault, more cannot.
            if got > limit / 2:
                return
        self.fail(f'{quantity}: {got} where {limit} is allowed')

    def test_limits_hold_over_a_reboot_and_a_live_migration(self) -> None:
        server = self.subject.server
        for body, _, _ in LIMITS:
            self.tenant.tune(server, body)
        self.wanted = base.effective(self.tenant.limits(server))
        self.assertEqual(30000, self.wanted['cpu']['quota'])
        self.assert_in_effect()

        operations.hard_reboot(self.subject)
        self.assert_in_effect()

        before = self.subject.host
        operations.live_block_migration(self.subject)
        self.assertIn(self.subject.host, set(hosts.COMPUTES) - {before})
        self.assert_in_effect()
