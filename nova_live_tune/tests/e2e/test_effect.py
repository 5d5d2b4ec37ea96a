# SPDX-License-Identifier: Apache-2.0
"""Each group of knobs limits what the guest gets, measured from outside."""

import time
from concurrent import futures
from typing import Any

from lab import hosts
from lab.measure import Cpu, Disk, Network, Quantity, Window, measure, rates
from lab.tenant import Tenant
from nova_live_tune.tests.e2e import base

KIB, MIB = 1 << 10, 1 << 20
TOLERANCE = 0.15
ATTEMPTS = 6
PAUSE = 10


class EffectTest(base.ServerTest):
    def measured(
        self,
        quantity: Quantity,
        enough: float,
        window: Window | None = None,
        body: dict[str, Any] | None = None,
    ) -> float:
        """Measure until it is enough, but not for ever.

        A machine that is busy with other work can only make it less; more
        than a limit is never measured again.
        """
        for attempt in range(ATTEMPTS):
            time.sleep(PAUSE if attempt else 0)
            if body:
                self.tune(body)
            got = measure(self.guest, quantity, window)
            if got >= enough:
                break
        return got

    def assert_limited(
        self,
        body: dict[str, Any],
        limit: float,
        quantity: Quantity,
        window: Window | None = None,
    ) -> None:
        enough = limit * (1 - TOLERANCE)
        got = self.measured(quantity, enough, window, body)
        self.assertAlmostEqual(limit, got, delta=limit * TOLERANCE)

    def test_without_limits_each_is_well_above(self) -> None:
        # Or the other tests would prove nothing.
        window = Window(settle=0.5, seconds=1.5)
        for quantity, limit in (
            (Cpu(), 40),
            (Network(0, 'inbound'), 2000),
            (Network(1, 'outbound'), 2000),
            (Disk('vda', 'read'), 4 * MIB),
            (Disk('vda', 'write'), 4 * MIB),
            (Disk('vdb', 'read', operations=True, block_size='4k'), 400),
            (Disk('vdb', 'write', operations=True, block_size='4k'), 100),
        ):
            clearly = 1.5 * limit
            got = self.measured(quantity, clearly, window)
            self.assertGreaterEqual(got, clearly, quantity)

    def test_cpu_quota(self) -> None:
        self.assert_limited({'setCpuQuota': {'quota': 25000}}, 25, Cpu())

    def test_cpu_quota_of_another_period(self) -> None:
        body = {'setCpuQuota': {'quota': 20000, 'period': 50000}}
        self.assert_limited(body, 40, Cpu())

    def test_inbound(self) -> None:
        body = {'setInterface': {'interface': 1, 'inbound': {'average': 2000}}}
        self.assert_limited(body, 2000, Network(0, 'inbound'))

    def test_outbound(self) -> None:
        way = {'outbound': {'average': 1000}}
        body = {'setInterface': {'interface': 2, **way}}
        self.assert_limited(body, 1000, Network(1, 'outbound'))

    def test_both_directions_by_rate(self) -> None:
        body = {'setInterface': {'interface': 2, 'rate': 1500}}
        for direction in ('inbound', 'outbound'):
            self.assert_limited(
                body, 1500, Network(1, direction), Window(settle=2)
            )

    def test_total_bytes(self) -> None:
        body = {'setDiskIO': {'disk': 'vda', 'total_bytes_sec': 4 * MIB}}
        for direction in ('read', 'write'):
            self.assert_limited(body, 4 * MIB, Disk('vda', direction))

    def test_read_and_write_bytes(self) -> None:
        each = {'read_bytes_sec': 3 * MIB, 'write_bytes_sec': 2 * MIB}
        body = {'setDiskIO': {'disk': 'vda', **each}}
        self.assert_limited(body, 3 * MIB, Disk('vda', 'read'))
        self.assert_limited(body, 2 * MIB, Disk('vda', 'write'))

    def test_read_and_write_operations(self) -> None:
        each = {'read_iops_sec': 60, 'write_iops_sec': 40}
        body = {'setDiskIO': {'disk': 'vdb', **each}}
        for direction, limit in (('read', 60), ('write', 40)):
            quantity = Disk('vdb', direction, operations=True)
            self.assert_limited(body, limit, quantity)

    def test_burst_of_operations_then_the_base(self) -> None:
        burst = {
            'total_iops_sec': 50,
            'total_iops_sec_max': 400,
            'total_iops_sec_max_length': 3,
        }
        body = {'setDiskIO': {'disk': 'vdb', **burst}}
        quantity = Disk('vdb', 'read', operations=True, block_size='4k')
        self.assert_limited(body, 400, quantity, Window(0.3, 1.5))
        self.assert_limited(body, 50, quantity, Window(6, 3))

    def test_burst_of_bytes(self) -> None:
        burst = {
            'read_bytes_sec': MIB,
            'read_bytes_sec_max': 8 * MIB,
            'read_bytes_sec_max_length': 3,
        }
        body = {'setDiskIO': {'disk': 'vda', **burst}}
        quantity = Disk('vda', 'read')
        self.assert_limited(body, 8 * MIB, quantity, Window(0.3, 1.5))

    def test_large_operations_count_as_several(self) -> None:
        size = {'total_iops_sec': 320, 'size_iops_sec': 4 * KIB}
        body = {'setDiskIO': {'disk': 'vdb', **size}}
        quantity = Disk('vdb', 'read', operations=True, block_size='64k')
        self.assert_limited(body, 320 * 4 / 64, quantity)


class SharesTest(base.LabTest):
    """Shares need somebody to share with, and more work than CPUs."""

    def setUp(self) -> None:
        super().setUp()
        with futures.ThreadPoolExecutor() as pool:
            names = ('e2e-large-share', 'e2e-small-share')
            self.guests = list(pool.map(self.boot, names))

    def boot(self, name: str) -> tuple[Any, Any]:
        # Only an admin may choose the host; it has to be the same.
        tenant = Tenant('lab-admin')
        host = hosts.COMPUTES[0].name
        server = tenant.boot(name, flavor='lab.two', host=host)
        self.addCleanup(tenant.delete, server)
        guest = self.useContext(tenant.guest(server))
        guest.wait()
        return server, guest

    def useContext(self, context: Any) -> Any:
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def test_the_larger_share_gets_more(self) -> None:
        (large, first), (small, second) = self.guests
        self.tenant.tune(large, {'setCpuQuota': {'shares': 8192}})
        self.tenant.tune(small, {'setCpuQuota': {'shares': 256}})
        # Who gets little beside the other is told to begin before it, and to
        # end after it.
        with second.load('cpu'), first.load('cpu'):
            # The kernel's scheduler is coarse: nine to one over a minute,
            # and in some seconds less than three. Equal shares stay near one.
            for _ in range(ATTEMPTS):
                got = self.at_once(first, second)
                if got[0] > 3 * got[1]:
                    break
        self.assertGreater(got[0], 3 * got[1], got)

    def at_once(self, *guests: Any) -> list[float]:
        """What each gets, in the same seconds."""
        cpu = Cpu(vcpus=2)
        with futures.ThreadPoolExecutor() as pool:
            found = pool.map(lambda guest: rates(guest, Window(1, 4)), guests)
        return [cpu.value(*each) for each in zip(guests, found)]
