# SPDX-License-Identifier: Apache-2.0
"""Whatever tenants ask for, one request after another: how far they get."""

import dataclasses
import math

import hypothesis
from hypothesis import given, stateful
from hypothesis import strategies as st
from oslotest import base

from nova_live_tune import bounds, measures, planning
from nova_live_tune.tests.property import strategies

_SHARES = {'shares': 1024}


@st.composite
def flavors(draw, target):
    """What a flavor asks for, and its bounds."""
    state = draw(strategies.states(target))
    asked = {
        knob.name: state[knob.name]
        for knob in target
        if state[knob.name] != knob.unlimited and knob.name != 'shares'
    }
    if target.name == 'cpu' and draw(st.booleans()):
        asked['shares'] = state['shares']
    return asked, draw(_specs(target, state))


@st.composite
def _specs(draw, target, state):
    """Bounds that are near the flavor's own values, some of them."""
    names = {f'max_{m.name}' for m in measures.MEASURES[target.name]}
    names |= {f'min_{m.name}' for m in measures.MEASURES[target.name]}
    near = [value for value in state.values() if value > 0] or [1]
    number = st.sampled_from([0, 1, *near]) | st.integers(1, 2000)
    chosen = draw(st.sets(st.sampled_from(sorted(names)), max_size=4))
    return {name: draw(number) for name in sorted(chosen)}


@dataclasses.dataclass
class Server:
    """One device of a server, and what stands, is kept, and is allowed."""

    target: object
    asked: dict
    specs: dict
    tuned: dict = dataclasses.field(default_factory=dict)
    ceiling: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        self.current = self.flavor

    @property
    def flavor(self):
        host = _SHARES if self.target.name == 'cpu' else {}
        return {**self.target.defaults(), **host, **self.asked}

    @property
    def allowed(self):
        return bounds.spans(self.target, self.asked, self.specs, self.ceiling)

    def ask(self, wanted, admin=False):
        """Send a request; return whether it was granted."""
        flavor = self.flavor
        try:
            plan = planning.merge(
                self.target, wanted, self.current, flavor, self.tuned
            )
            if not admin:
                bounds.check(
                    self.target,
                    wanted,
                    self.current,
                    plan.after,
                    flavor,
                    self.allowed,
                )
        except (planning.Invalid, bounds.Exceeded):
            return False
        if admin:
            self.ceiling = bounds.ceiling(
                self.target, wanted, plan.after, plan.tuned, self.ceiling
            )
        self.current, self.tuned = plan.after, plan.tuned
        return True

    def define(self):
        """Start it anew, as a reboot, a resize or a rebuild does."""
        flavor = self.flavor
        values, _ = planning.overlay(self.target, flavor, self.tuned)
        values, _ = bounds.within(
            self.target, values, flavor, self.allowed, self.ceiling
        )
        self.current = {**flavor, **values}

    def too_loose(self):
        """Return the measures that are looser than they may be."""
        flavor = measures.looseness(self.target, self.flavor)
        now = measures.looseness(self.target, self.current)
        # What the flavor gives, nobody took.
        return {
            name: (now[name], span)
            for name, span in self.allowed.items()
            if now[name] > span.most
            and (span.set_by_admin or now[name] > flavor[name])
        }


class Tenancy(stateful.RuleBasedStateMachine):
    """Tenants and admins at one server, in any order."""

    @stateful.initialize(data=st.data())
    def boot(self, data):
        target = data.draw(strategies.targets)
        self.server = Server(target, *data.draw(flavors(target)))

    @stateful.rule(data=st.data())
    def tenant_sets(self, data):
        wanted = data.draw(strategies.fitting(self.server.target))
        before = measures.looseness(self.server.target, self.server.current)
        granted = self.server.ask(wanted)
        after = measures.looseness(self.server.target, self.server.current)
        hypothesis.event(f'a tenant was {"granted" if granted else "refused"}')
        if not granted:
            assert after == before

    @stateful.rule()
    def tenant_resets(self):
        self.server.ask(dict.fromkeys(self.server.target.names))

    @stateful.rule(data=st.data())
    def admin_sets(self, data):
        wanted = data.draw(strategies.fitting(self.server.target))
        self.server.ask(wanted, admin=True)

    @stateful.rule()
    def admin_resets(self):
        wanted = dict.fromkeys(self.server.target.names)
        assert self.server.ask(wanted, admin=True)
        assert not self.server.ceiling

    @stateful.rule()
    def reboot(self):
        self.server.define()

    @stateful.rule(data=st.data())
    def resize(self, data):
        asked, specs = data.draw(flavors(self.server.target))
        self.server.asked, self.server.specs = asked, specs
        self.server.define()

    @stateful.invariant()
    def within_bounds(self):
        if hasattr(self, 'server'):
            assert not self.server.too_loose(), self.server


class TenancyTest(Tenancy.TestCase, base.BaseTestCase):
    pass


class SingleTest(base.BaseTestCase):
    """What holds of one request."""

    @given(st.data())
    def test_an_unbounded_tenant_is_never_refused(self, data):
        target = data.draw(strategies.targets)
        server = Server(target, {}, {})
        wanted = data.draw(strategies.fitting(target))
        for span in server.allowed.values():
            self.assertEqual((0, math.inf), (span.least, span.most))
        try:
            planning.merge(target, wanted, server.current, server.flavor, {})
        except planning.Invalid:
            hypothesis.assume(False)
        self.assertTrue(server.ask(wanted))

    @given(st.data())
    def test_tightening_without_a_lower_bound_is_never_refused(self, data):
        target = data.draw(strategies.targets)
        server = Server(target, data.draw(flavors(target))[0], {})
        wanted = data.draw(strategies.fitting(target))
        try:
            plan = planning.merge(
                target, wanted, server.current, server.flavor, {}
            )
        except planning.Invalid:
            hypothesis.assume(False)
        before = measures.looseness(target, server.current)
        after = measures.looseness(target, plan.after)
        hypothesis.assume(all(after[m] <= before[m] for m in before))
        self.assertTrue(server.ask(wanted))
