# SPDX-License-Identifier: Apache-2.0
import math

import testtools

from nova_live_tune import leases, tunables
from nova_live_tune.leases import Change, Setting, Stack, Stand

CPU = tunables.CPU
FLAVOR = {'quota': -1, 'period': 100000, 'shares': 100}
SETTING = Setting(CPU, {}, FLAVOR, {})


def stack(*changes, tuned=None, ceiling=None):
    return Stack(Stand(tuned or {}, ceiling or {}), changes)


def tuned(kept, now):
    return leases.stand(SETTING, kept, now).tuned


class StandTest(testtools.TestCase):
    def test_what_ends_is_taken_out(self):
        kept = stack(
            Change({'quota': 2000}, until=10),
            Change({'shares': 5}),
            Change({'quota': 3000}, until=5),
            tuned={'quota': 1000},
        )
        for now, quota in ((4, 3000), (5, 2000), (9, 2000), (10, 1000)):
            expected = {'quota': quota, 'shares': 5}
            self.assertEqual(expected, tuned(kept, now))

    def test_null_in_between(self):
        kept = stack(Change({'quota': None}, until=5), tuned={'quota': 1000})
        self.assertEqual({}, tuned(kept, 4))
        self.assertEqual({'quota': 1000}, tuned(kept, 5))

    def test_an_admins_is_a_ceiling_as_long_as_it_lasts(self):
        kept = stack(Change({'quota': 2000}, until=5, by_admin=True))
        ceiling = {'quota': 2000, 'period': 100000}
        self.assertEqual(ceiling, leases.stand(SETTING, kept, 4).ceiling)
        self.assertEqual({}, leases.stand(SETTING, kept, 5).ceiling)

    def test_what_does_not_fit_is_left_out(self):
        nic = tunables.INTERFACE
        setting = Setting(nic, {}, nic.defaults(), {})
        kept = stack(
            Change({'inbound_average': 100}, until=5),
            Change({'inbound_peak': 500}),
            tuned={'inbound_average': 1000},
        )
        self.assertEqual(
            {'inbound_average': 1000}, leases.stand(setting, kept, 5).tuned
        )


class SettledTest(testtools.TestCase):
    def test_what_nothing_beneath_ends_is_folded(self):
        kept = stack(
            Change({'quota': 2000}, until=5),
            Change({'shares': 5}),
            Change({'period': 2000}, until=9),
            Change({'quota': 3000}),
        )
        self.assertEqual(kept, leases.settled(SETTING, kept, 4))
        left = leases.settled(SETTING, kept, 5)
        self.assertEqual({'shares': 5}, left.base.tuned)
        self.assertEqual(kept.changes[2:], left.changes)
        last = leases.settled(SETTING, left, 9)
        self.assertEqual({'shares': 5, 'quota': 3000}, last.base.tuned)
        self.assertEqual((), last.changes)


class CoveredTest(testtools.TestCase):
    def covered(self, change, earlier, target=CPU):
        return not stack(earlier).without_covered(target, change).changes

    def test_a_lease(self):
        lease = Change({'quota': 2000}, until=5)
        for change, covered in (
            (Change({'quota': 3000}), True),
            (Change({'quota': None, 'shares': None}), True),
            (Change({'quota': 3000}, until=5), True),
            (Change({'quota': 3000}, until=4), False),
            (Change({'shares': 3000}), False),
        ):
            self.assertEqual(covered, self.covered(change, lease), change)

    def test_an_admins_is_not_by_a_tenants(self):
        lease = Change({'quota': 2000}, until=5, by_admin=True)
        for admin in (True, False):
            change = Change({'quota': 3000}, by_admin=admin)
            self.assertEqual(admin, self.covered(change, lease))

    def test_what_stays_is_void_if_the_same_gives_way(self):
        total = Change({'total_bytes_sec': 5})
        for value, covered in (
            (6, True),
            (5, True),
            (0, False),
            (None, False),
        ):
            change = Change({'total_bytes_sec': value})
            found = self.covered(change, total, tunables.DISK)
            self.assertEqual(covered, found, value)

    def test_what_stays_is_void_if_all_of_its_group_is_named(self):
        total = Change({'total_bytes_sec': 0})
        reset = dict.fromkeys(tunables.DISK.names)
        group = dict.fromkeys(k.name for k in tunables.DISK.group('bytes'))
        alone = {'total_bytes_sec': None}
        for wanted, covered in ((reset, True), (group, True), (alone, False)):
            found = self.covered(Change(wanted), total, tunables.DISK)
            self.assertEqual(covered, found, wanted)

    def test_not_where_something_was_asked_for_on_top(self):
        lease = Change({'quota': 2000}, until=5)
        change = Change({'quota': 3000})
        for above, covered in (
            (Change({'shares': 5}), True),
            (Change({'period': 2000}), False),
            (Change({'quota': 2500}, by_admin=True), False),
            (Change({'quota': 2500}, until=4), True),
        ):
            left = stack(lease, above).without_covered(CPU, change)
            self.assertEqual(covered, lease not in left.changes, above)


class StackTest(testtools.TestCase):
    def test_when_something_ends(self):
        kept = stack(
            Change({'quota': 1000}, until=9),
            Change({'quota': 2000}),
            Change({'quota': 3000}, until=5),
        )
        self.assertEqual([5, 9], kept.ends())
        self.assertEqual([], stack().ends())
        self.assertFalse(kept.has_ended(4))
        self.assertTrue(kept.has_ended(5))

    def test_too_many(self):
        changes = (Change({'quota': 1000}, until=9),) * leases.MOST
        leases.check_count(stack(*changes))
        error = self.assertRaises(
            leases.TooMany,
            leases.check_count,
            stack(*changes, Change({'quota': 2000})),
        )
        self.assertIn(f'{leases.MOST} changes', str(error))

    def test_the_end_of_a_change(self):
        self.assertFalse(Change({}).ends)
        self.assertEqual(math.inf, Change({}).until)
