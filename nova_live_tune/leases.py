# SPDX-License-Identifier: Apache-2.0
"""Limits that end by themselves: pure arithmetic of what stands when.

As long as nothing that was set ends, only the outcome is kept. From the first
lease on, the requests are kept as well, in their order: whatever ends is taken
out, and the others are laid over what stood before, one after the other.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from nova_live_tune import bounds, measures, planning
from nova_live_tune.tunables import Target, Values, Wanted

#: How long a lease may be, in seconds: a minute to a week.
SHORTEST, LONGEST = 60, 604800
#: How many requests are kept of one target, as each takes a record.
MOST = 8


class TooMany(ValueError):
    """There are as many requests as can be kept; the text is for users."""


@dataclasses.dataclass(frozen=True)
class Change:
    """One request, as far as it is about one target.

    :ivar wanted: the knobs that it names; None for back to the flavor
    :ivar until: when it ends, in seconds since 1970; infinity for never
    :ivar by_admin: whether it is a ceiling for those who may not exceed the
        bounds
    """

    wanted: Wanted
    until: float = math.inf
    by_admin: bool = False

    @property
    def ends(self) -> bool:
        return not math.isinf(self.until)


@dataclasses.dataclass(frozen=True)
class Stand:
    """What there is of one target at one time.

    :ivar tuned: what counts as set live
    :ivar ceiling: what of it somebody set who may exceed the bounds
    """

    tuned: Values = dataclasses.field(default_factory=dict)
    ceiling: Values = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Stack:
    """What is kept of one target.

    :ivar base: what was there before the first of the changes
    :ivar changes: none, or those since then, a lease among them
    """

    base: Stand = dataclasses.field(default_factory=Stand)
    changes: tuple[Change, ...] = ()

    def ends(self) -> list[float]:
        """When something ends, the next time first."""
        return sorted({c.until for c in self.changes if c.ends})

    def has_ended(self, now: float) -> bool:
        return any(change.until <= now for change in self.changes)

    def without_covered(self, target: Target, by: Change) -> Stack:
        """Leave out what a further change makes void.

        It ends the leases all of whose knobs it names, unless they last
        longer than itself, or what stays was asked for on top of them.
        """
        left: list[Change] = []
        for change in reversed(self.changes):
            if not _covers(target, by, change) or not all(
                _apart(target, change, above) for above in left
            ):
                left.append(change)
        return dataclasses.replace(self, changes=tuple(reversed(left)))

    def and_then(self, change: Change) -> Stack:
        return dataclasses.replace(self, changes=(*self.changes, change))


def _covers(target: Target, change: Change, earlier: Change) -> bool:
    if earlier.by_admin and not change.by_admin:
        return False
    if not change.wanted.keys() >= earlier.wanted.keys():
        return False
    if change.until < earlier.until:
        return False
    # What would stay has also made other knobs give way. It is void only
    # where the same will make them do so again, or where all are named.
    return (
        earlier.ends
        or change.wanted.keys() >= _groups(target, earlier)
        or all(
            value == change.wanted[name] or (value and change.wanted[name])
            for name, value in earlier.wanted.items()
        )
    )


def _groups(target: Target, change: Change) -> set[str]:
    """Return the knobs that a change may have moved."""
    groups = {target[name].group for name in change.wanted}
    return {knob.name for knob in target if knob.group in groups}


def _apart(target: Target, change: Change, other: Change) -> bool:
    """Whether two changes have nothing to do with each other."""
    return measures.related(target, change.wanted).isdisjoint(other.wanted)


@dataclasses.dataclass(frozen=True)
class Setting:
    """What a server's flavor makes of a target.

    :ivar asked: what the flavor, or the volume's QoS, asks for
    :ivar flavor: all of the target's values with nothing set live
    :ivar specs: the flavor's bounds, of :func:`bounds.from_extra_specs`
    """

    target: Target
    asked: Values
    flavor: Values
    specs: Mapping[str, int]

    def allowed(self, ceiling: Values) -> dict[str, bounds.Span]:
        return bounds.spans(self.target, self.asked, self.specs, ceiling)

    def laid(self, stand: Stand) -> tuple[Values, list[str]]:
        """Lay what is tuned over the flavor, as far as that may be.

        :returns: all values of the groups in which something is tuned; and
            for what is left out, why
        """
        values, misfits = planning.overlay(
            self.target, self.flavor, stand.tuned
        )
        values, excesses = bounds.within(
            self.target,
            values,
            self.flavor,
            self.allowed(stand.ceiling),
            stand.ceiling,
        )
        return values, misfits + excesses

    def values(self, stand: Stand) -> Values:
        """Return all values with what is tuned, as far as that may be."""
        return {**self.flavor, **self.laid(stand)[0]}


def stand(setting: Setting, stack: Stack, now: float) -> Stand:
    """Return what stands at a time.

    What cannot stand on what is left beneath it is left out; no request is
    accepted of which that is foreseen.
    """
    found = stack.base
    for change in stack.changes:
        if change.until > now:
            found = _laid(setting, found, change)
    return found


def settled(setting: Setting, stack: Stack, now: float) -> Stack:
    """Take out what has ended, and fold what nothing beneath ends."""
    left = [change for change in stack.changes if change.until > now]
    base = stack.base
    while left and not left[0].ends:
        base = _laid(setting, base, left.pop(0))
    return Stack(base, tuple(left))


def beneath(setting: Setting, stand: Stand, change: Change) -> Stand:
    """Return what a change is laid over.

    After a resize not all that is tuned may be in effect: it can be beyond the
    bounds, or make no sense any more, and a ceiling can stand in the place of
    it and of the flavor. Beside a change what is in effect stays so, and of
    what is not, nothing is kept.
    """
    laid, _ = planning.overlay(setting.target, setting.flavor, stand.tuned)
    laid = {**setting.flavor, **laid}
    if change.by_admin:
        stand = _without_ceiling(setting.target, stand, change, laid)
    values, tuned = setting.values(stand), dict(stand.tuned)
    for name in measures.related(setting.target, change.wanted):
        value = values[name]
        if value == laid[name] == tuned.get(name, value):
            continue
        tuned.pop(name, None)
        if value != setting.flavor[name]:
            tuned[name] = value
    return Stand(tuned, stand.ceiling)


def _without_ceiling(
    target: Target, stand: Stand, change: Change, laid: Values
) -> Stand:
    """Return what stands beneath the ceiling that an admin replaces."""
    ceiling = bounds.ceiling(
        target, change.wanted, laid, stand.tuned, stand.ceiling
    )
    # There is none for what a tenant has set.
    ceiling = {n: v for n, v in ceiling.items() if n in stand.ceiling}
    return Stand(stand.tuned, ceiling)


def _laid(setting: Setting, before: Stand, change: Change) -> Stand:
    ground = beneath(setting, before, change)
    try:
        plan = planning.merge(
            setting.target,
            change.wanted,
            setting.values(ground),
            setting.flavor,
            ground.tuned,
        )
    except planning.Invalid:
        return before
    ceiling = ground.ceiling
    if change.by_admin:
        ceiling = bounds.ceiling(
            setting.target, change.wanted, plan.after, plan.tuned, ceiling
        )
    return Stand(plan.tuned, ceiling)


def check_count(stack: Stack) -> None:
    """Refuse a change too many.

    :raises TooMany: if there are more than can be kept
    """
    if len(stack.changes) > MOST:
        raise TooMany(
            f'{MOST} changes are kept already, since leases end among them: '
            'reset it, or wait until one has ended.'
        )
