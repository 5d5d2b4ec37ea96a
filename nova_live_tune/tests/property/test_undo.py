# SPDX-License-Identifier: Apache-2.0
"""A request takes effect as a whole or not at all, wherever it fails."""

import collections
import dataclasses

import fixtures
import hypothesis
from hypothesis import given
from hypothesis import strategies as st
from nova import exception
from nova.tests.fixtures import libvirt as nova_fake
from oslotest import base

from nova_live_tune.tests.property import host, strategies
from nova_live_tune.tunables import Values, Wanted

_LIBVIRT = 'nova.virt.libvirt.guest.libvirt'
_CGROUPS = 'nova_live_tune.virt.libvirt.guest.cgroup_version'

_UNDONE = {
    'setSchedulerParametersFlags': 'cpu',
    'setInterfaceParameters': 'interface',
    'setBlockIoTune': 'disk',
}


@dataclasses.dataclass
class Case:
    """A request, and the state of the devices that it names."""

    jobs: dict[str, Wanted]
    states: dict[tuple[int, str], Values]
    kept: dict[str, Values]

    def _repr_pretty_(self, printer, _):
        # What an example fails with shall fit on a screen.
        printer.text(f'{self.jobs=} {self.kept=}')
        for key, values in self.states.items():
            printer.text(f' {key}={ {k: v for k, v in values.items() if v} }')

    def host(self):
        return host.Host(self.states, self.kept)

    def steps(self):
        """The calls that a request stands or falls with, as (name, nth)."""
        there = self.host()
        names = []
        there.domain.calls.watch = names.append
        try:
            there.tune(self.jobs)
        except exception.Invalid:
            hypothesis.assume(False)
        counts = collections.Counter()
        # Without the second copy the first one holds.
        for name in (name for name in names if name != 'setMetadata'):
            counts[name] += 1
            yield name, counts[name]


@st.composite
def requests(draw):
    """What the actions ask for: one device's knobs, or a reset of several."""
    names = st.sampled_from(list(host.DEVICES))
    if draw(st.booleans()):
        name = draw(names)
        return {name: draw(strategies.fitting(host.DEVICES[name].target))}
    return {
        name: dict.fromkeys(host.DEVICES[name].target.names)
        for name in draw(st.lists(names, min_size=1, max_size=3, unique=True))
    }


@st.composite
def cases(draw):
    jobs = draw(requests())
    targets = {name: host.DEVICES[name].target for name in jobs}
    states = {
        (scope, name): draw(strategies.odd_states(target))
        for name, target in targets.items()
        for scope in host.SCOPES
    }
    kept = {
        name: draw(strategies.kept(target)) for name, target in targets.items()
    }
    return Case(jobs, states, kept)


class UndoTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.MonkeyPatch(_LIBVIRT, nova_fake))
        self.useFixture(fixtures.MonkeyPatch(_CGROUPS, lambda: 2))
        self.useFixture(fixtures.FakeLogger())

    @given(cases())
    def test_all_of_it_or_a_refusal_and_none(self, case):
        there = case.host()
        before = there.everything()
        try:
            effective = there.tune(case.jobs)
        except exception.Invalid:
            self.assertEqual(before, there.everything())
            return
        for (name, wanted), reported in zip(case.jobs.items(), effective):
            self.assertEqual(reported, there.limits(name, host.SCOPES[0]))
            self._check_kept(there.kept(name), wanted)
            for scope in host.SCOPES:
                after = there.limits(name, scope)
                self._check_done(name, wanted, before[0][scope, name], after)

    def _check_kept(self, kept, wanted):
        for name, value in wanted.items():
            if value is None:
                self.assertNotIn(name, kept)
            elif value:
                self.assertEqual(value, kept[name])

    def _check_done(self, name, wanted, before, after):
        target = host.DEVICES[name].target
        touched = {target[name].group for name in wanted}
        for knob in target:
            value = wanted.get(knob.name)
            if knob.group not in touched:
                self.assertEqual(before[knob.name], after[knob.name])
            elif value is not None:
                if knob.unit == 'seconds':
                    # QEMU's own default stands in for none.
                    value = max(value, 1) if after[knob.needs[0]] else 0
                self.assertEqual(value, after[knob.name], knob.name)

    @given(cases(), st.data())
    def test_a_failure_at_any_step_leaves_what_stood(self, case, data):
        name, nth = data.draw(st.sampled_from(list(case.steps())))
        # Of a save that fails after its commit, nobody can know.
        late = name != 'keep' and data.draw(st.booleans(), label='late')
        there = case.host()
        before = there.everything()
        there.domain.calls.fail(name, nth, late=late)
        try:
            effective = there.tune(case.jobs)
        except exception.NovaException:
            self.assertEqual(before, there.everything())
        else:
            self._check_passed_over(case, there, before, effective)

    def _check_passed_over(self, case, there, before, effective):
        """A reset may take a device with nothing kept for one without limits.

        It says so by reporting none.
        """
        over = [name for name, e in zip(case.jobs, effective) if e is None]
        self.assertEqual(1, len(over))
        for name in over:
            self.assertFalse(case.kept[name])
            for scope in host.SCOPES:
                limits = there.limits(name, scope)
                self.assertEqual(before[0][scope, name], limits)

    @given(cases(), st.data())
    def test_an_undo_that_fails_is_named(self, case, data):
        setters = [step for step in case.steps() if step[0] in _UNDONE]
        hypothesis.assume(setters)
        name, nth = data.draw(st.sampled_from(setters))
        there = case.host()
        # The undo starts with the very call that failed.
        for failing in (nth, nth + 1):
            there.domain.calls.fail(name, failing)
        error = self.assertRaises(
            exception.NovaException, there.tune, case.jobs
        )
        _, told, lost = str(error).partition('could not be put back for')
        self.assertTrue(told, str(error))
        self.assertIn(_UNDONE[name], lost)
