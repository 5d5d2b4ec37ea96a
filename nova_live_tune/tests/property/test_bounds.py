# SPDX-License-Identifier: Apache-2.0
"""Whatever tenants ask for, one request after another: how far they get."""

import dataclasses
import math

import hypothesis
from hypothesis import given, stateful
from hypothesis import strategies as st
from oslotest import base

from nova_live_tune import bounds, decisions, leases, measures, planning
from nova_live_tune.leases import Change, Setting, Stack
from nova_live_tune.tests.property import strategies

_SHARES = {'shares': 1024}
#: Short ones, so that they end one after another; infinity for no lease.
_DURATIONS = st.just(math.inf) | st.integers(1, 50)


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

    target: object = dataclasses.field(repr=False)
    asked: dict
    specs: dict
    stack: Stack = dataclasses.field(default_factory=Stack)
    now: int = 0

    def __post_init__(self):
        self.current = self.flavor

    def situation(self, current):
        host = _SHARES if self.target.name == 'cpu' else {}
        flavor = {**self.target.defaults(), **host, **self.asked}
        setting = Setting(self.target, self.asked, flavor, self.specs)
        return decisions.Situation(setting, self.stack, self.now, current)

    @property
    def flavor(self):
        return self.situation({}).setting.flavor

    @property
    def ceiling(self):
        return self.situation({}).stand(self.stack).ceiling

    @property
    def allowed(self):
        return self.situation({}).setting.allowed(self.ceiling)

    def ask(self, wanted, admin=False, duration=math.inf):
        """Send a request; return whether it was granted."""
        change = Change(wanted, self.now + duration, admin)
        try:
            outcome = decisions.request(self.situation(self.current), change)
        except (planning.Invalid, bounds.Exceeded, leases.TooMany):
            return False
        self._do(outcome)
        return True

    def wait(self, seconds):
        """Let time pass, and what has ended end."""
        self.now += seconds
        if self.stack.has_ended(self.now):
            self._do(decisions.end(self.situation(self.current)))

    def _do(self, outcome):
        self.current = {**self.current, **outcome.changes}
        self.stack = outcome.stack

    @property
    def kept(self):
        """What a start of it would make of what is kept."""
        situation = self.situation({})
        return situation.setting.values(situation.stand(self.stack))

    def define(self):
        """Start it anew, as a reboot, a resize or a rebuild does."""
        self.current = self.kept

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

    @stateful.rule(data=st.data(), duration=_DURATIONS)
    def tenant_sets(self, data, duration):
        wanted = data.draw(strategies.fitting(self.server.target))
        before = measures.looseness(self.server.target, self.server.current)
        granted = self.server.ask(wanted, duration=duration)
        after = measures.looseness(self.server.target, self.server.current)
        hypothesis.event(f'a tenant was {"granted" if granted else "refused"}')
        if not granted:
            assert after == before

    @stateful.rule()
    def tenant_resets(self):
        self.server.ask(dict.fromkeys(self.server.target.names))

    @stateful.rule(data=st.data(), duration=_DURATIONS)
    def admin_sets(self, data, duration):
        wanted = data.draw(strategies.fitting(self.server.target))
        self.server.ask(wanted, admin=True, duration=duration)

    @stateful.rule()
    def admin_resets(self):
        wanted = dict.fromkeys(self.server.target.names)
        assert self.server.ask(wanted, admin=True)
        assert not self.server.ceiling
        assert not self.server.stack.ends()

    @stateful.rule(seconds=st.integers(1, 100))
    def wait(self, seconds):
        self.server.wait(seconds)

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

    @stateful.invariant()
    def what_is_in_effect_is_kept(self):
        if hasattr(self, 'server'):
            assert self.server.kept == self.server.current, self.server

    @stateful.invariant()
    def nothing_is_left_that_has_ended(self):
        if hasattr(self, 'server'):
            assert all(
                end > self.server.now for end in self.server.stack.ends()
            )


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
