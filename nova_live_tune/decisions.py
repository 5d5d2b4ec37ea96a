# SPDX-License-Identifier: Apache-2.0
"""What a request, or the end of a lease, does to a target: pure arithmetic."""

from __future__ import annotations

import dataclasses
import math

from nova_live_tune import bounds, clock, leases, planning
from nova_live_tune.leases import Change, Setting, Stack, Stand
from nova_live_tune.tunables import Target, Values


@dataclasses.dataclass(frozen=True)
class Situation:
    """A target of a running guest, before something is done to it.

    :ivar stack: what is kept
    :ivar now: in seconds since 1970
    :ivar current: all of its values, as libvirt reports them
    """

    setting: Setting
    stack: Stack
    now: float
    current: Values

    @property
    def target(self) -> Target:
        return self.setting.target

    def stand(self, stack: Stack) -> Stand:
        """Return what of a stack stands now."""
        return leases.stand(self.setting, stack, self.now)

    def settled(self, stack: Stack) -> Stack:
        return leases.settled(self.setting, stack, self.now)


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What is to be done, and what is so from then on.

    :ivar changes: what to send to libvirt: whole groups
    :ivar stack: what is to be kept
    :ivar stand: what of that stands now
    """

    changes: Values
    stack: Stack
    stand: Stand


def request(situation: Situation, change: Change) -> Outcome:
    """Decide what a request does.

    :raises planning.Invalid: if the outcome would be no valid set of limits
    :raises bounds.Exceeded: naming the knob, what was asked, and the bound
    :raises leases.TooMany: if no more can be kept
    """
    return _Request(situation, change).decide()


def end(situation: Situation) -> Outcome:
    """Decide what the leases that have ended do."""
    was = dataclasses.replace(situation, now=-math.inf)
    stack = situation.settled(situation.stack)
    before, after = was.stand(situation.stack), situation.stand(stack)
    return Outcome(_moved(situation, before, after), stack, after)


@dataclasses.dataclass(frozen=True)
class _Request:
    situation: Situation
    change: Change

    def decide(self) -> Outcome:
        situation, change = self.situation, self.change
        before = situation.stand(situation.stack)
        left = situation.stack.without_covered(situation.target, change)
        ground = self._ground(situation, left)
        # The leases that this request ends go first, as does a ceiling.
        ended = _moved(situation, before, ground)
        plan = planning.merge(
            situation.target,
            change.wanted,
            {**situation.current, **ended},
            situation.setting.flavor,
            ground.tuned,
        )
        # What virsh lifted is no measure of what a tenant may set.
        self._check_bounds(before, plan.after)
        self._check_futures(left)
        stack = self._stack(left, ground, plan)
        stand = situation.stand(stack)
        changes = {
            name: plan.after[name]
            for name in situation.target.names
            if name in ended or name in plan.changes
        }
        return Outcome(changes, stack, stand)

    def _ground(self, situation: Situation, left: Stack) -> Stand:
        found = situation.stand(left)
        return leases.beneath(situation.setting, found, self.change)

    def _stack(self, left: Stack, ground: Stand, plan: planning.Plan) -> Stack:
        stack = self.situation.settled(left.and_then(self.change))
        leases.check_count(stack)
        if stack.changes:
            return stack
        # Without leases what counts is what libvirt reported.
        ceiling = ground.ceiling
        if self.change.by_admin:
            ceiling = bounds.ceiling(
                self.situation.target,
                self.change.wanted,
                plan.after,
                plan.tuned,
                ceiling,
            )
        return Stack(Stand(plan.tuned, ceiling))

    def _check_bounds(self, before: Stand, after: Values) -> None:
        if self.change.by_admin:
            return
        bounds.check(
            self.situation.target,
            self.change.wanted,
            self.situation.setting.values(before),
            after,
            self.situation.setting.flavor,
            self.situation.setting.allowed(before.ceiling),
        )

    def _check_futures(self, left: Stack) -> None:
        """Refuse what could not stand, or would go too far, later on."""
        for when in left.ends():
            if not self.situation.now < when < self.change.until:
                continue
            then = f'from {clock.to_text(when)} on, when a lease ends'
            try:
                self._check_future(left, when)
            except planning.Invalid as error:
                raise planning.Invalid(f'{error} So it is {then}.') from error
            except bounds.Exceeded as error:
                raise bounds.Exceeded(f'{error} So it is {then}.') from error

    def _check_future(self, left: Stack, when: float) -> None:
        later = dataclasses.replace(self.situation, now=when)
        ground = self._ground(later, left)
        plan = planning.merge(
            later.target,
            self.change.wanted,
            later.setting.values(ground),
            later.setting.flavor,
            ground.tuned,
        )
        _Request(later, self.change)._check_bounds(ground, plan.after)


def _moved(situation: Situation, before: Stand, after: Stand) -> Values:
    """Return the groups of which something else stands than before.

    Not all of it is tuned: a ceiling that goes, or comes back, moves what the
    flavor says as well.
    """
    was = situation.setting.values(before)
    values = situation.setting.values(after)
    groups = {
        knob.group
        for knob in situation.target
        if before.tuned.get(knob.name) != after.tuned.get(knob.name)
        or was[knob.name] != values[knob.name]
    }
    return {
        knob.name: values[knob.name]
        for knob in situation.target
        if knob.group in groups
    }
