# SPDX-License-Identifier: Apache-2.0
"""What is observed is what happens: throttling, and what was really sent."""

import time
from datetime import datetime
from typing import Any

from nova_live_tune.tests.e2e import base, operations

KIB, MIB = 1 << 10, 1 << 20
SECOND = 10**9
#: What a guest that does nothing sends and gets meanwhile.
NOISE = 64 * KIB
ATTEMPTS = 6
PAUSE = 10
HELD = ('periods', 'throttled_periods', 'throttled_time')
Entry = dict[str, Any]


def grown(before: Any, after: Any) -> Any:
    """How much each counter has grown; seconds, of the times."""
    if isinstance(before, dict):
        return {key: grown(before[key], after[key]) for key in before}
    if isinstance(before, list):
        return [grown(*pair) for pair in zip(before, after, strict=True)]
    if isinstance(before, str):
        times = (datetime.fromisoformat(at) for at in (before, after))
        first, second = (moment.timestamp() for moment in times)
        return second - first
    return None if before is None else after - before


class ObservedTest(base.ServerTest):
    def observed(self) -> Entry:
        """The counters of all, in the read-back's order."""
        found = self.tenant.observed(self.server)
        return {
            'cpu': found['cpu']['observed'],
            'nics': [nic['observed'] for nic in found['interfaces']],
            'disks': [disk['observed'] for disk in found['disks']],
        }

    def during(self, work: Any, *arguments: Any, **more: Any) -> Any:
        before = self.observed()
        work(*arguments, **more)
        return grown(before, self.observed())

    def under_load(self, seconds: float = 3) -> Entry:
        with self.guest.load('cpu'):
            time.sleep(0.5)
            cpu: Entry = self.during(time.sleep, seconds)['cpu']
        return cpu

    def test_throttled_time_rises_under_load_with_a_quota(self) -> None:
        self.tune({'setCpuQuota': {'quota': 20000, 'period': 100000}})
        for attempt in range(ATTEMPTS):
            time.sleep(PAUSE if attempt else 0)
            cpu = self.under_load()
            # A machine that has other work can only make it less.
            if cpu['throttled_time'] > 0.7 * cpu['at'] * SECOND:
                break
        wall = cpu['at']
        self.assertAlmostEqual(wall * 10, cpu['periods'], delta=2)
        self.assertGreater(cpu['throttled_periods'], 0.8 * cpu['periods'])
        self.assertLessEqual(cpu['throttled_periods'], cpu['periods'])
        # Four fifths of each period it waits.
        part = cpu['throttled_time'] / SECOND / wall
        self.assertAlmostEqual(0.8, part, delta=0.1)
        [used] = cpu['vcpu_times']
        self.assertAlmostEqual(0.2, used / SECOND / wall, delta=0.03)

    def test_without_a_quota_it_stands_still(self) -> None:
        # Its counters need not be 0: there may have been one.
        self.tune({'setCpuQuota': {'quota': 20000}})
        self.under_load(1)
        self.tenant.tune(self.server, {'resetLiveTune': None})
        cpu = self.under_load()
        self.assertEqual([0, 0, 0], [cpu[name] for name in HELD])
        [used] = cpu['vcpu_times']
        self.assertGreater(used, SECOND / 2)

    def test_all_of_the_time_is_more_than_that_of_the_vcpus(self) -> None:
        cpu = self.observed()['cpu']
        self.assertGreater(cpu['time'], sum(cpu['vcpu_times']))
        self.assertIsNone(cpu['not_observed'])

    def test_a_disk_that_is_read(self) -> None:
        line = 'dd if=/dev/vda of=/dev/null bs=64k count=160 iflag=direct'
        vda, vdb = self.during(self.guest.run, line)['disks']
        self.assertEqual(10 * MIB, vda['read_bytes'])
        self.assertEqual(160, vda['read_operations'])
        self.assertEqual(0, vda['write_bytes'])
        self.assertEqual(0, vdb['read_bytes'])

    def test_a_disk_that_is_written(self) -> None:
        line = 'dd if=/dev/zero of=/dev/vdb bs=4k count=50 oflag=direct'
        vda, vdb = self.during(self.guest.run, line)['disks']
        self.assertEqual(200 * KIB, vdb['write_bytes'])
        self.assertEqual(50, vdb['write_operations'])
        self.assertEqual(0, vda['write_bytes'])

    def test_an_interface_that_sends(self) -> None:
        line = 'dd if=/dev/zero bs=64k count=64'
        first, second = self.during(self.guest.run, line, nic=1)['nics']
        sent = 4 * MIB
        # Each packet has a head; some are sent again.
        self.assertGreater(second['outbound']['bytes'], sent)
        self.assertLess(second['outbound']['bytes'], 1.15 * sent)
        self.assertLess(second['outbound']['packets'], sent / KIB)
        self.assertLess(second['inbound']['bytes'], sent / 8)
        self.assertLess(first['outbound']['bytes'], NOISE)

    def received(self, work: Any, *arguments: Any) -> int:
        """What the guest has counted meanwhile, of the busier NIC."""
        before = self.guest.counters()
        work(*arguments)
        counted = grown(before, self.guest.counters())
        return int(max(n for key, n in counted.items() if 'rx_bytes' in key))

    def stream(self) -> None:
        with self.guest.stream('inbound', 1):
            time.sleep(2)
        # What the host has taken from the sender by then is on its way.
        operations.until(
            lambda: self.received(time.sleep, 0.3) < NOISE, 'it does not end'
        )

    def test_an_interface_that_receives(self) -> None:
        seen: list[Entry] = []
        received = self.received(
            lambda: seen.extend(self.during(self.stream)['nics'])
        )
        first, second = seen
        self.assertGreater(received, MIB)
        self.assertAlmostEqual(
            received,
            second['inbound']['bytes'],
            delta=received * 0.02 + NOISE,
        )
        self.assertLess(first['inbound']['bytes'], NOISE)

    def test_what_is_not_asked_for_is_not_there(self) -> None:
        self.assertNotIn('observed', self.limits()['cpu'])
