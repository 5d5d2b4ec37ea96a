# SPDX-License-Identifier: Apache-2.0
"""What a request makes of a target's limits: pure arithmetic on dicts.

Neither Nova nor libvirt is needed here, so it can be tested by the thousand.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from nova_live_tune import tunables
from nova_live_tune.tunables import Knob, Target, Values, Wanted


class Invalid(ValueError):
    """A request that cannot be met; its text is for whoever sent it."""


@dataclasses.dataclass(frozen=True)
class Plan:
    """What to do to one target.

    :ivar changes: what to send to libvirt: whole groups of ``after``
    :ivar tuned: what is kept as set live; empty when nothing is
    :ivar after: all of its values as they shall be
    """

    changes: Values
    tuned: Values
    after: Values = dataclasses.field(default_factory=dict)


def merge(
    target: Target,
    wanted: Wanted,
    current: Values,
    flavor: Values,
    tuned: Values,
) -> Plan:
    """Merge a request into what stands.

    Knobs that are not named keep their current value, but for those that
    cannot stand beside what was named: a total limit replaces the ones for
    reading and writing and the other way round, and a burst goes with the
    rate that it was above.

    :param wanted: the named knobs, in range; None means back to the flavor
    :param current: all of the target's values, as libvirt reports them
    :param flavor: all of its values, as they would be with nothing set live
    :param tuned: what was set live before
    :raises Invalid: if the outcome would be no valid set of limits
    """
    merging = _Merge(target, wanted, dict(current), flavor, dict(tuned))
    merging.name_knobs()
    merging.replace_other_sides()
    merging.settle_taken_back()
    merging.drop_what_lost_its_base()
    merging.keep_what_gave_way()
    merging.check()
    return merging.plan(current)


def takes_back(wanted: Wanted) -> bool:
    """Whether all named knobs go back to the flavor."""
    return all(value is None for value in wanted.values())


def overlay(
    target: Target, flavor: Values, tuned: Values
) -> tuple[Values, list[str]]:
    """Lay what was set live over what the flavor asks for, in whole groups.

    A flavor that has changed since may leave what is kept without a meaning;
    such a group stays as the flavor says.

    :param flavor: all of the target's values with nothing set live
    :param tuned: what is kept as set live
    :returns: all values of the groups in which something is kept; and for
        each group that does not fit a sentence that says why
    """
    values: Values = {}
    problems: list[str] = []
    for group in dict.fromkeys(knob.group for knob in target):
        names = [knob.name for knob in target.group(group)]
        kept: Wanted = {n: tuned[n] for n in names if n in tuned}
        if not kept:
            continue
        try:
            after = merge(target, kept, flavor, flavor, {}).after
        except Invalid as error:
            problems.append(str(error))
        else:
            values.update((name, after[name]) for name in names)
    return values, problems


@dataclasses.dataclass
class _Merge:
    target: Target
    wanted: Wanted
    after: Values
    flavor: Values
    tuned: Values

    def name_knobs(self) -> None:
        for name, value in self.wanted.items():
            if value is None:
                self.after[name] = self.flavor[name]
                self.tuned.pop(name, None)
            else:
                self.after[name] = value
                self.tuned[name] = value

    def replace_other_sides(self) -> None:
        for knob in self.target:
            value = self.wanted.get(knob.name)
            for rival in self._rivals(knob) if value else ():
                if self.wanted.get(rival.name):
                    raise Invalid(
                        f'{knob.label} {value} cannot stand beside '
                        f'{rival.label} {self.wanted[rival.name]}: give '
                        'either the total, or those for reading and writing.'
                    )
                self._lift(rival)

    def settle_taken_back(self) -> None:
        """Lay a group of which something is taken back out anew.

        What gave way to the limit comes back with it, as the flavor says.
        """
        nulls = [name for name, value in self.wanted.items() if value is None]
        for knob in self._beside(nulls):
            name = knob.name
            if self._replaced(knob):
                self.after[name] = 0
            else:
                self.after[name] = self.tuned.get(name, self.flavor[name])

    def drop_what_lost_its_base(self) -> None:
        # In the table's order a rate comes before its burst, and that before
        # the burst's length, so one pass is enough.
        for knob in self.target:
            if not knob.needs or not self.after[knob.name]:
                continue
            if self._based(knob):
                continue
            if self.wanted.get(knob.name):
                raise Invalid(
                    f'{knob.label} {self.after[knob.name]} needs '
                    f'{self._either(knob.needs)} to be limited too: '
                    f'{self.target[knob.needs[0]].range}.'
                )
            self._lift(knob)

    def keep_what_gave_way(self) -> None:
        """Keep that a limit of the flavor is gone, if nothing kept says so.

        It gave way to a limit that has been lifted in turn, and would come
        back with the next start of the server.
        """
        for knob in self._beside(self.wanted):
            if not (knob.side or knob.needs):
                continue
            if self.after[knob.name] or not self.flavor[knob.name]:
                continue
            baseless = knob.needs and not self._based(knob)
            if not baseless and not self._replaced(knob):
                self.tuned.setdefault(knob.name, 0)

    def check(self) -> None:
        for knob in self._beside(self.wanted):
            if knob.at_least:
                self._check_at_least(knob, self.target[knob.at_least])
            if knob.unit == 'seconds':
                self._check_burst(knob, self.target[knob.needs[0]])

    def plan(self, before: Values) -> Plan:
        moved = {
            knob.group
            for knob in self.target
            if knob.name in self.wanted
            or self.after[knob.name] != before[knob.name]
        }
        changes = {
            knob.name: self.after[knob.name]
            for knob in self.target
            if knob.group in moved
        }
        return Plan(changes, self.tuned, self.after)

    def _rivals(self, knob: Knob) -> Iterable[Knob]:
        for other in self.target.group(knob.group):
            if knob.side and other.side and other.side != knob.side:
                yield other

    def _replaced(self, knob: Knob) -> bool:
        """Whether a rate on the other side is tuned; a burst alone is none."""
        rates = (k for k in self._rivals(knob) if not k.needs)
        return any(self.tuned.get(rate.name) for rate in rates)

    def _beside(self, names: Iterable[str]) -> Iterable[Knob]:
        groups = {self.target[name].group for name in names}
        return [knob for knob in self.target if knob.group in groups]

    def _based(self, knob: Knob) -> bool:
        return any(self.after[name] for name in knob.needs)

    def _either(self, names: Iterable[str]) -> str:
        return ' or '.join(self.target[name].label for name in names)

    def _lift(self, knob: Knob) -> None:
        self.after[knob.name] = 0
        self.tuned.pop(knob.name, None)

    def _check_at_least(self, knob: Knob, base: Knob) -> None:
        value, least = self.after[knob.name], self.after[base.name]
        # Of a flavor's own, libvirt took what it says.
        tuned = knob.name in self.tuned or base.name in self.tuned
        if tuned and value and value < least:
            raise Invalid(
                f'{knob.label} {value} is below {base.label} {least}: allowed '
                f'are {least}..{knob.maximum} {knob.unit}, or 0.'
            )

    def _check_burst(self, length: Knob, burst: Knob) -> None:
        seconds, rate = self.after[length.name], self.after[burst.name]
        if seconds * rate > tunables.THROTTLE_MAX:
            raise Invalid(
                f'{length.label} {seconds} is too long for {burst.label} '
                f'{rate}: allowed are 1..{tunables.THROTTLE_MAX // rate} '
                'seconds.'
            )


def from_strings(
    target: Target, asked: Mapping[str, object], key: str
) -> Values:
    """Read what a flavor or a QoS spec asks for.

    :param asked: extra specs or front-end QoS specs; their values are strings
    :param key: the attribute of a knob that names it there
    :returns: the knobs that are asked for; what is no number is left out, as
        Nova could not have started the server with it, and so is a 0 for no
        quota, which libvirt takes for nothing said
    """
    values: Values = {}
    for knob in target:
        try:
            value = int(str(asked.get(getattr(knob, key) or '')))
        except ValueError:
            continue
        if knob.accepts(value):
            values[knob.name] = value
    return values
