# SPDX-License-Identifier: Apache-2.0
"""Whatever stands and whatever is asked: what comes out of merging."""

import dataclasses

from hypothesis import assume, given
from hypothesis import strategies as st
from oslotest import base

from nova_live_tune import planning, tunables
from nova_live_tune.tests.property import model, strategies
from nova_live_tune.tunables import Target, Values, Wanted

_RATES = ('total_iops_sec', 'read_iops_sec', 'write_iops_sec')


@dataclasses.dataclass
class Case:
    target: Target
    wanted: Wanted
    current: Values
    flavor: Values
    tuned: Values

    def _repr_pretty_(self, printer, _):
        # What an example fails with shall fit on a screen.
        printer.text(f'{self.target.name} {self.wanted=} {self.tuned=}')
        for name in ('current', 'flavor'):
            limits = {k: v for k, v in getattr(self, name).items() if v}
            printer.text(f' {name}={limits}')

    def merge(self):
        return planning.merge(**vars(self))

    def merge_or_reject(self):
        try:
            return self.merge()
        except planning.Invalid:
            assume(False)

    def overlaid(self, tuned):
        values, problems = planning.overlay(self.target, self.flavor, tuned)
        if problems:
            raise AssertionError(problems)
        return {**self.flavor, **values}

    def rivals(self, knob):
        return [
            other.name
            for other in self.target.group(knob.group)
            if {knob.side, other.side} == {'total', 'each'}
        ]


@st.composite
def drifted(draw):
    """What stands need not be what was set, as if somebody used virsh."""
    target = draw(strategies.targets)
    return Case(
        target,
        draw(strategies.wishes(target, draw(strategies.focuses(target)))),
        draw(strategies.odd_states(target)),
        draw(strategies.odd_states(target)),
        draw(strategies.kept(target)),
    )


@st.composite
def tuned_before(draw):
    """What stands came from the flavor by requests alone."""
    target = draw(strategies.targets)
    flavor = draw(strategies.odd_states(target))
    case = Case(target, {}, flavor, flavor, {})
    wishes = strategies.wishes(target, draw(strategies.focuses(target)))
    for wanted in draw(st.lists(wishes, max_size=4)):
        case.wanted = wanted
        try:
            plan = case.merge()
        except planning.Invalid:
            continue
        case.current, case.tuned = plan.after, plan.tuned
    case.wanted = draw(wishes)
    return case


class MergingTest(base.BaseTestCase):
    @given(drifted())
    def test_outcome_is_valid(self, case):
        plan = case.merge_or_reject()
        after = plan.after
        self.assertEqual(sorted(case.target.names), sorted(after))
        for knob in case.target:
            self.assertTrue(knob.accepts(after[knob.name]), knob.name)
        self.assertEqual(
            model.meaning(case.target, _as_reported(case.target, after)),
            model.set_on_fresh(case.target, after),
        )
        if case.target is tunables.INTERFACE:
            self._check_peaks(case, plan)

    def _check_peaks(self, case, plan):
        """libvirt takes a peak below the average, and so does the model."""
        for way in {case.target[name].group for name in case.wanted}:
            peak, average = f'{way}_peak', f'{way}_average'
            if plan.after[peak] and {peak, average} & set(plan.tuned):
                self.assertGreaterEqual(plan.after[peak], plan.after[average])

    @given(drifted())
    def test_changes_are_whole_groups_and_no_others(self, case):
        plan = case.merge_or_reject()
        touched = {case.target[name].group for name in case.wanted}
        for knob in case.target:
            name = knob.name
            if knob.group in touched:
                self.assertEqual(plan.after[name], plan.changes[name])
                continue
            self.assertNotIn(name, plan.changes)
            self.assertEqual(case.current[name], plan.after[name])
            self.assertEqual(case.tuned.get(name), plan.tuned.get(name))

    @given(drifted())
    def test_named_knobs_have_the_value_asked_for(self, case):
        plan = case.merge_or_reject()
        for name, value in case.wanted.items():
            if value is not None:
                self.assertEqual(value, plan.after[name], name)
            elif plan.after[name] != case.flavor[name]:
                self._check_null_gave_way(case, plan, name)

    def _check_null_gave_way(self, case, plan, name):
        """The flavor's value stands, but where it cannot."""
        knob = case.target[name]
        self.assertEqual(0, plan.after[name], name)
        rivals = any(plan.tuned.get(rival) for rival in case.rivals(knob))
        based = any(plan.after[base] for base in knob.needs)
        self.assertTrue(rivals or not based, name)

    @given(drifted())
    def test_what_is_kept_was_named(self, case):
        plan = case.merge_or_reject()
        for name, value in plan.tuned.items():
            if value or name in case.wanted:
                named = {**case.tuned, **case.wanted}
                self.assertEqual(named[name], value, name)
            elif case.tuned.get(name) != 0:
                # A limit of the flavor that gave way.
                self.assertTrue(case.flavor[name], name)
        for name, value in case.wanted.items():
            if value:
                self.assertEqual(value, plan.tuned.get(name), name)
            elif value is None:
                self.assertNotIn(name, plan.tuned)

    @given(drifted())
    def test_again_changes_nothing(self, case):
        once = case.merge_or_reject()
        case.current, case.tuned = once.after, once.tuned
        twice = case.merge()
        self.assertEqual(once.after, twice.after)
        self.assertEqual(once.tuned, twice.tuned)

    @given(drifted())
    def test_null_for_all_gives_the_flavor_and_keeps_nothing(self, case):
        case.wanted = dict.fromkeys(case.target.names)
        plan = case.merge()
        self.assertEqual(case.flavor, plan.after)
        self.assertEqual({}, plan.tuned)

    @given(tuned_before())
    def test_unnamed_knobs_keep_their_value(self, case):
        after = case.merge_or_reject().after
        for knob in case.target:
            name = knob.name
            if name in case.wanted or after[name] == case.current[name]:
                continue
            if after[name]:
                self._check_stands_again(case, after, knob)
            else:
                rivals = any(after[rival] for rival in case.rivals(knob))
                based = any(after[base] for base in knob.needs)
                self.assertTrue(rivals or not based, name)

    def _check_stands_again(self, case, after, knob):
        """A limit of the flavor does when what replaced it is taken back."""
        self.assertEqual(case.flavor[knob.name], after[knob.name])
        self.assertNotIn(knob.name, case.tuned)
        group = case.target.group(knob.group)
        self.assertIn(None, [case.wanted.get(k.name, 0) for k in group])

    @given(tuned_before())
    def test_what_is_kept_leads_from_the_flavor_to_what_stands(self, case):
        plan = case.merge_or_reject()
        self.assertEqual(plan.after, case.overlaid(plan.tuned))

    @given(
        st.sampled_from(_RATES),
        st.lists(
            st.dictionaries(
                st.sampled_from(_RATES),
                st.sampled_from((None, None, 0, 5, 7)),
                min_size=1,
            ),
            min_size=2,
            max_size=5,
        ),
    )
    def test_rates_that_replace_each_other_again_and_again(self, of, wishes):
        nothing = tunables.DISK.defaults()
        flavor = {**nothing, of: 9, f'{of}_max': 11, 'size_iops_sec': 4096}
        case = Case(tunables.DISK, {}, flavor, flavor, {})
        for case.wanted in wishes:
            try:
                plan = case.merge()
            except planning.Invalid:
                continue
            self.assertEqual(plan.after, case.overlaid(plan.tuned))
            case.current, case.tuned = plan.after, plan.tuned
        case.wanted = dict.fromkeys(case.tuned)
        plan = case.merge()
        self.assertEqual(flavor, plan.after)
        self.assertEqual({}, plan.tuned)

    @given(st.data())
    def test_total_replaces_read_and_write_and_is_replaced(self, data):
        target, nothing = tunables.DISK, tunables.DISK.defaults()
        kind = data.draw(st.sampled_from(('bytes', 'iops')))
        op = data.draw(st.sampled_from(('read', 'write')))
        both = {
            name: data.draw(strategies.amounts(target[name]))
            for name in (f'total_{kind}_sec', f'{op}_{kind}_sec')
        }
        case = Case(target, both, nothing, nothing, {})
        self.assertRaises(planning.Invalid, case.merge)
        for first, second in (tuple(both), tuple(both)[::-1]):
            case.tuned = {first: both[first]}
            case.current = {**nothing, **case.tuned}
            case.wanted = {second: both[second]}
            plan = case.merge()
            self.assertEqual({**nothing, **case.wanted}, plan.after)
            self.assertEqual(case.wanted, plan.tuned)


def _as_reported(target, values):
    return {knob.libvirt_key: values[knob.name] for knob in target}
