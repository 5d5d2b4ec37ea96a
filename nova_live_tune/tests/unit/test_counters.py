# SPDX-License-Identifier: Apache-2.0
import testtools

from nova_live_tune import counters, tunables


class CountersTest(testtools.TestCase):
    def test_each_target_has_its_own(self):
        self.assertEqual(
            {target.name for target in tunables.TARGETS},
            set(counters.COUNTERS),
        )
        for target in tunables.TARGETS:
            found = counters.of(target)
            for of in ('name', 'path', 'help'):
                different = {getattr(counter, of) for counter in found}
                self.assertEqual(len(found), len(different), of)

    def test_libvirt_counts_all_but_throttling(self):
        others = [
            counter.name
            for target in tunables.TARGETS
            for counter in counters.of(target)
            if not counter.stat
        ]
        self.assertEqual(
            ['periods', 'throttled_periods', 'throttled_time'], others
        )

    def test_what_is_nested_is_found(self):
        for target in tunables.TARGETS:
            numbers = {c: n for n, c in enumerate(counters.of(target))}
            observed = counters.nest(numbers)
            for counter, number in numbers.items():
                self.assertEqual(number, counters.value(observed, counter))

    def test_places(self):
        by_name = {c.name: c for c in counters.of(tunables.INTERFACE)}
        drops = by_name['outbound_drops']
        self.assertEqual('outbound.drops', drops.label)
        self.assertEqual({'outbound': {'drops': 5}}, counters.nest({drops: 5}))

    def test_what_nobody_can_tell(self):
        [time, *_] = counters.of(tunables.CPU)
        for observed in (None, {}, {'time': None}):
            self.assertIsNone(counters.value(observed, time))
        self.assertEqual(0, counters.value({'time': 0}, time))
