# SPDX-License-Identifier: Apache-2.0
"""Single decisions; tests/property has sequences of them."""

import testtools

from nova_live_tune import bounds, decisions, planning, tunables
from nova_live_tune.decisions import Situation
from nova_live_tune.leases import Change, Setting, Stack, Stand

FLAVOR = {'quota': 50000, 'period': 100000, 'shares': 100}
ASKED = {'quota': 50000}


def situation(*changes, tuned=None, now=0, specs=None, **current):
    setting = Setting(tunables.CPU, ASKED, FLAVOR, specs or {})
    stack = Stack(Stand(tuned or {}), changes)
    return Situation(setting, stack, now, {**FLAVOR, **current})


class RequestTest(testtools.TestCase):
    def test_without_leases_the_outcome_alone_is_kept(self):
        outcome = decisions.request(
            situation(), Change({'quota': 20000, 'period': None})
        )
        self.assertEqual({'quota': 20000, 'period': 100000}, outcome.changes)
        self.assertEqual(Stack(Stand({'quota': 20000})), outcome.stack)
        self.assertEqual({'quota': 20000}, outcome.stand.tuned)

    def test_a_lease_is_kept_as_such(self):
        lease = Change({'quota': 20000}, until=60)
        outcome = decisions.request(situation(), lease)
        self.assertEqual((lease,), outcome.stack.changes)
        self.assertEqual({}, outcome.stack.base.tuned)
        self.assertEqual({'quota': 20000}, outcome.stand.tuned)

    def test_leases_that_it_ends_go_first(self):
        lease = Change({'shares': 5, 'quota': 20000}, until=60)
        outcome = decisions.request(
            situation(lease, tuned={'shares': 7}, shares=5, quota=20000),
            Change({'shares': None, 'quota': 30000}),
        )
        self.assertEqual({'shares': 100, 'quota': 30000}, outcome.changes)
        self.assertEqual(Stack(Stand({'quota': 30000})), outcome.stack)

    def test_what_virsh_did_to_other_knobs_stays(self):
        outcome = decisions.request(
            situation(shares=9), Change({'quota': 20000})
        )
        self.assertEqual({'quota': 20000}, outcome.changes)

    def test_what_a_ceiling_hid_comes_back_with_its_end(self):
        setting = Setting(tunables.CPU, ASKED, FLAVOR, {'min_cpu_percent': 20})
        # Beneath the least, so the ceiling is in effect, its period too.
        ceiling = {'quota': 1000, 'period': 1000}
        stack = Stack(Stand({'quota': 1000}, ceiling))
        current = {**FLAVOR, **ceiling}
        outcome = decisions.request(
            Situation(setting, stack, 0, current),
            Change({'quota': None}, by_admin=True),
        )
        self.assertEqual({'quota': 50000, 'period': 100000}, outcome.changes)
        self.assertEqual(Stack(), outcome.stack)

    def test_nor_does_it_stay_beneath_an_admins_change(self):
        asked = {'total_iops_sec': 200, 'size_iops_sec': 4096}
        flavor = {**tunables.DISK.defaults(), **asked}
        setting = Setting(tunables.DISK, asked, flavor, {})
        # Of the flavor before the resize.
        iops = [knob.name for knob in tunables.DISK.group('iops')]
        ceiling = {**dict.fromkeys(iops, 0), 'total_iops_sec': 100}
        ceiling['size_iops_sec'] = 8192
        stack = Stack(Stand({'read_iops_sec': 0}, ceiling))
        outcome = decisions.request(
            Situation(setting, stack, 0, {**flavor, **ceiling}),
            Change({'read_iops_sec': 50}, by_admin=True),
        )
        limits = {'read_iops_sec': 50, 'size_iops_sec': 4096}
        after = {**dict.fromkeys(iops, 0), **limits}
        self.assertEqual(after, outcome.changes)
        self.assertEqual(after, outcome.stack.base.ceiling)

    def test_beside_a_tenants_change_it_stays_and_is_kept(self):
        # With this period the quota alone would be 80 % of a core.
        flavor = {**FLAVOR, 'quota': -1, 'period': 5000}
        setting = Setting(tunables.CPU, {'period': 5000}, flavor, {})
        ceiling = {'quota': 4000, 'period': 10000}
        stack = Stack(Stand({'quota': 4000}, ceiling))
        outcome = decisions.request(
            Situation(setting, stack, 0, {**flavor, **ceiling}),
            Change({'quota': 3000}),
        )
        after = {'quota': 3000, 'period': 10000}
        self.assertEqual(after, outcome.stand.tuned)
        self.assertEqual(
            {**flavor, **after}, setting.values(outcome.stack.base)
        )
        self.assertEqual(ceiling, outcome.stand.ceiling)

    def test_beside_a_change_what_is_beyond_the_bounds_goes(self):
        nic = tunables.INTERFACE
        asked = {'inbound_average': 100, 'inbound_peak': 200}
        flavor = {**nic.defaults(), **asked}
        tuned = {'inbound_average': 500, 'outbound_average': 500}
        setting = Setting(nic, asked, flavor, {})
        # The average of this flavor is in effect.
        current = setting.values(Stand(tuned))
        self.assertEqual(100, current['inbound_average'])
        outcome = decisions.request(
            Situation(setting, Stack(Stand(tuned)), 0, current),
            Change({'inbound_burst': 50}),
        )
        tuned = {'inbound_burst': 50, 'outbound_average': 500}
        self.assertEqual(tuned, outcome.stand.tuned)
        self.assertEqual(
            {**current, 'inbound_burst': 50},
            setting.values(outcome.stack.base),
        )

    def test_bounds_of_now_and_of_later(self):
        error = self.assertRaises(
            bounds.Exceeded,
            decisions.request,
            situation(),
            Change({'quota': 60000}),
        )
        self.assertNotIn('when a lease ends', str(error))
        lease = Change({'quota': 10000}, until=60)
        error = self.assertRaises(
            bounds.Exceeded,
            decisions.request,
            situation(lease, quota=10000),
            Change({'period': 50000}),
        )
        self.assertIn(
            'So it is from 1970-01-01T00:01:00Z on, when a lease ends.',
            str(error),
        )
        # It ends before that.
        decisions.request(
            situation(lease, quota=10000), Change({'period': 50000}, until=60)
        )

    def test_what_could_not_stand_later(self):
        nic = tunables.INTERFACE
        setting = Setting(nic, {}, nic.defaults(), {})
        stack = Stack(
            Stand({'inbound_average': 1000}),
            (Change({'inbound_average': 100}, until=60),),
        )
        current = {**nic.defaults(), 'inbound_average': 100}
        error = self.assertRaises(
            planning.Invalid,
            decisions.request,
            Situation(setting, stack, 0, current),
            Change({'inbound_peak': 500}),
        )
        self.assertIn('below inbound.average 1000', str(error))
        self.assertIn('1970-01-01T00:01:00Z', str(error))


class EndTest(testtools.TestCase):
    def test_only_what_was_leased_changes(self):
        lease = Change({'quota': 20000}, until=60)
        outcome = decisions.end(
            situation(lease, tuned={'shares': 7}, now=60, quota=20000)
        )
        self.assertEqual({'quota': 50000}, outcome.changes)
        self.assertEqual(Stack(Stand({'shares': 7})), outcome.stack)

    def test_no_further_than_the_bounds(self):
        lease = Change({'quota': 20000}, until=60)
        outcome = decisions.end(
            situation(lease, tuned={'quota': 90000}, now=60, quota=20000)
        )
        self.assertEqual({'quota': 50000}, outcome.changes)
