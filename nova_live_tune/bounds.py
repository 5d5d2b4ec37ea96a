# SPDX-License-Identifier: Apache-2.0
"""How far a tenant may go: pure comparisons, without Nova and libvirt."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping

from nova_live_tune import measures
from nova_live_tune.measures import MEASURES, Measure
from nova_live_tune.tunables import Target, Values, Wanted

#: Of the flavor's extra specs, those that bound a measure.
NAMESPACE = 'live_tune'


class Exceeded(ValueError):
    """A request beyond what its sender may set; its text is for him."""


@dataclasses.dataclass(frozen=True)
class Span:
    """The values of a measure that a tenant may set.

    :ivar set_by_admin: whether the upper end is a limit that was set live by
        somebody who may exceed the bounds
    """

    least: float
    most: float
    set_by_admin: bool = False

    @property
    def bounds(self) -> bool:
        """Whether there is a value that it excludes."""
        return bool(self.least) or not math.isinf(self.most)

    def to_primitive(self) -> dict[str, object]:
        """What the read-back shows; None for no bound."""
        return {
            'min': _plain(self.least) if self.least else None,
            'max': None if math.isinf(self.most) else _plain(self.most),
            'set_by_admin': self.set_by_admin,
        }


def _plain(value: float) -> float:
    value = round(value, 2)
    return int(value) if value == int(value) else value


def from_extra_specs(extra_specs: Mapping[str, str]) -> dict[str, int]:
    """Read a flavor's bounds; what is no number bounds nothing.

    :returns: such as ``{'max_cpu_percent': 50}``; 0 for none
    """
    found = {
        key.partition(':')[2]: int(text)
        for key, text in extra_specs.items()
        if key.startswith(f'{NAMESPACE}:') and str(text).isdigit()
    }
    return {name: found[name] for name in names() if name in found}


def names() -> Iterator[str]:
    """All bounds that a flavor can have, without their namespace."""
    for of_target in MEASURES.values():
        for measure in of_target:
            yield f'max_{measure.name}'
            yield f'min_{measure.name}'


def spans(
    target: Target,
    asked: Values,
    specs: Mapping[str, int],
    ceiling: Values,
) -> dict[str, Span]:
    """Return how far a tenant may go, of each measure.

    :param asked: what the flavor, or the volume's QoS, asks for
    :param specs: the flavor's bounds, of :func:`from_extra_specs`
    :param ceiling: what was set live by somebody who may exceed the bounds:
        all knobs of the measures that it is about
    """
    values = {**target.defaults(), **asked}
    found: dict[str, Span] = {}
    for measure in MEASURES[target.name]:
        least = specs.get(f'min_{measure.name}', 0)
        if ceiling.keys() >= set(measure.knobs):
            most = measure.of({**values, **ceiling})
            # An admin may also go below the least.
            found[measure.name] = Span(min(least, most), most, True)
        else:
            most = _most(measure, values, specs, found)
            found[measure.name] = Span(least, most)
    return found


def _most(
    measure: Measure,
    values: Values,
    specs: Mapping[str, int],
    found: Mapping[str, Span],
) -> float:
    most = specs.get(f'max_{measure.name}')
    if most is not None:
        return most or math.inf
    own = _own(measure, values, specs, found)
    if not measure.base:
        return own
    base = found[measure.base].most
    # Of a rate that the flavor leaves free there is no burst to go by.
    own = 0 if math.isinf(own) else own
    if not measure.burst:
        return max(own, base)
    # How long matters where it may be faster than it may always be; a second
    # is what libvirt takes where nothing is said.
    return max(own, 1) if found[measure.burst].most > base else math.inf


def _own(
    measure: Measure,
    values: Values,
    specs: Mapping[str, int],
    found: Mapping[str, Span],
) -> float:
    """What the flavor's own limits allow, and the bounds of their relatives.

    Who may have more in total may have it by reading alone, and the other way
    round.
    """
    alone = measures.limit(values, measure.knob) if measure.knob else math.inf
    if measure.whole:
        return min(alone, found[measure.whole].most)
    if not measure.parts or not math.isinf(alone):
        return measure.of(values)
    return sum(_part(name, values, specs) for name in measure.parts)


def _part(name: str, values: Values, specs: Mapping[str, int]) -> float:
    most = specs.get(f'max_{name}')
    if most is None:
        return measures.limit(values, name.partition('_')[2])
    return most or math.inf


def beyond(
    target: Target,
    before: Values,
    after: Values,
    flavor: Values,
    allowed: Mapping[str, Span],
) -> Iterator[tuple[Measure, str]]:
    """Find what is looser, or tighter, than a tenant may set.

    Unless an admin set a limit, what stays as it stands is within the bounds,
    and so is just what the flavor gives.

    :param before: all of the target's values
    :param after: the same as they would be
    :param flavor: the same with nothing set live
    :returns: each such measure, with what is wrong
    """
    for measure in MEASURES[target.name]:
        span = allowed[measure.name]
        if not span.set_by_admin and all(
            after[knob] == flavor[knob] for knob in measure.knobs
        ):
            continue
        then = measure.of(after)
        moved = then != measure.of(before)
        too_loose = then > span.most and (moved or span.set_by_admin)
        if too_loose or (then < span.least and moved):
            yield measure, _sentence(measure, then, span)


def check(
    target: Target,
    wanted: Wanted,
    before: Values,
    after: Values,
    flavor: Values,
    allowed: Mapping[str, Span],
) -> None:
    """Refuse what is beyond a tenant's bounds; see :func:`beyond`.

    :param before: all of the target's values, as they should stand
    :raises Exceeded: naming the knob, what was asked, and the bound
    """
    for measure, problem in beyond(target, before, after, flavor, allowed):
        named = ', '.join(
            f'{target[name].label} {"null" if value is None else value}'
            for name, value in wanted.items()
            if name in measure.knobs
        )
        if named:
            raise Exceeded(f'{named} is beyond your bounds: {problem}')


def within(
    target: Target,
    values: Values,
    flavor: Values,
    allowed: Mapping[str, Span],
    ceiling: Values,
) -> tuple[Values, list[str]]:
    """Keep what shall be laid over a flavor within the bounds.

    The flavor may be another one than when it was set.

    :param values: of the knobs that shall differ from the flavor
    :param flavor: all of the target's values with nothing set live
    :param ceiling: of which the bounds were made
    :returns: the values without what is beyond the bounds, at the ceiling
        where there is one; and why
    """
    able, problems = dict(values), []
    after = {**flavor, **values}
    for measure, problem in beyond(target, flavor, after, flavor, allowed):
        for name in measure.knobs:
            able.pop(name, None)
            if allowed[measure.name].set_by_admin:
                able[name] = ceiling[name]
        problems.append(problem)
    return able, problems


def ceiling(
    target: Target,
    wanted: Wanted,
    after: Values,
    tuned: Values,
    before: Values,
) -> Values:
    """Return the ceiling that a request of an admin leaves.

    It goes when nothing of what it is about is kept any more.

    :param after: all of the target's values, as the request made them
    :param tuned: what of them is kept as set live
    :param before: the ceiling that there was
    """
    left = dict(before)
    for knobs in {measure.knobs for measure in MEASURES[target.name]}:
        if not any(name in wanted for name in knobs):
            continue
        for name in knobs:
            left.pop(name, None)
        if any(name in tuned for name in knobs):
            left.update((name, after[name]) for name in knobs)
    return left


def _sentence(measure: Measure, then: float, span: Span) -> str:
    reached = 'unlimited' if math.isinf(then) else _plain(then)
    return (
        f'{measure.name} would be {reached}, allowed is {_range(span)} '
        f'{measure.unit}'
        f'{", as an administrator has set it" if span.set_by_admin else ""}.'
    )


def _range(span: Span) -> str:
    if math.isinf(span.most):
        return f'at least {_plain(span.least)}'
    if not span.least:
        return f'at most {_plain(span.most)}'
    return f'{_plain(span.least)}..{_plain(span.most)}'
