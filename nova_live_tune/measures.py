# SPDX-License-Identifier: Apache-2.0
"""What limits let a guest do, in numbers that can be compared.

Not the number in a request counts but what comes of it: a total limit also
limits reading, and a longer period makes a quota tighter. Each such thing is a
measure. The more of it, the looser; infinity is no limit.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

from nova_live_tune import tunables
from nova_live_tune.tunables import Target, Values


@dataclasses.dataclass(frozen=True)
class Measure:
    """One thing of which a guest may have so much.

    :ivar name: the flavor's name of it, without a scope
    :ivar knobs: on which it depends
    :ivar of: how much of it a target's values allow; infinity for no limit
    :ivar base: the measure whose bound this one has where nothing is said
    :ivar burst: the measure of which this one is the length
    :ivar knob: the one that limits it alone, if others do so, too
    :ivar whole: the measure of which this one is a part
    :ivar parts: those of which this one is the whole
    """

    name: str
    unit: str
    knobs: tuple[str, ...]
    of: Callable[[Values], float]
    base: str = ''
    burst: str = ''
    knob: str = ''
    whole: str = ''
    parts: tuple[str, ...] = ()


def limit(values: Values, name: str) -> float:
    """Return what a knob allows; 0 is for no limit."""
    return values.get(name) or math.inf


def _percent(values: Values) -> float:
    if values['quota'] <= 0:
        return math.inf
    return values['quota'] * 100 / values['period']


def _cpu() -> Iterator[Measure]:
    quota = ('quota', 'period')
    yield Measure('cpu_percent', 'percent of a core', quota, _percent)
    yield Measure(
        'cpu_shares',
        '(relative weight)',
        ('shares',),
        lambda values: values.get('shares', math.inf),
    )


def _interface() -> Iterator[Measure]:
    for direction in ('inbound', 'outbound'):
        yield from _direction(direction)


def _direction(direction: str) -> Iterator[Measure]:
    average, peak, burst = (
        f'{direction}_{name}' for name in ('average', 'peak', 'burst')
    )
    knobs = (average, peak, burst)

    def fastest(values: Values) -> float:
        return max(limit(values, average), values[peak])

    def at_once(values: Values) -> float:
        return values[burst] if values[average] else math.inf

    base = f'vif_{average}'
    yield Measure(base, 'KiB/s', knobs, lambda v: limit(v, average))
    yield Measure(f'vif_{peak}', 'KiB/s', knobs, fastest, base)
    # Where nothing is said of it: as much as passes in a second.
    yield Measure(f'vif_{burst}', 'KiB', knobs, at_once, base)


def _disk() -> Iterator[Measure]:
    for kind, unit in (('bytes', 'bytes/s'), ('iops', 'operations/s')):
        knobs = tuple(knob.name for knob in tunables.DISK.group(kind))
        for op in ('total', 'read', 'write'):
            base = f'disk_{op}_{kind}_sec'
            yield Measure(
                base,
                unit,
                knobs,
                _together(_rate, op, kind),
                knob=f'{op}_{kind}_sec',
                **_relatives(op, kind),
            )
            yield Measure(
                f'{base}_max', unit, knobs, _together(_burst, op, kind), base
            )
            yield Measure(
                f'{base}_max_length',
                'seconds',
                knobs,
                _longest(op, kind),
                base,
                burst=f'{base}_max',
            )
    iops = tuple(knob.name for knob in tunables.DISK.group('iops'))
    yield Measure('disk_size_iops_sec', 'bytes', iops, _size)


def _relatives(op: str, kind: str) -> dict[str, Any]:
    if op != 'total':
        return {'whole': f'disk_total_{kind}_sec'}
    return {'parts': (f'disk_read_{kind}_sec', f'disk_write_{kind}_sec')}


def _rate(values: Values, name: str) -> float:
    return limit(values, name)


def _burst(values: Values, name: str) -> float:
    return max(limit(values, name), values[f'{name}_max'])


def _together(
    of: Callable[[Values, str], float], op: str, kind: str
) -> Callable[[Values], float]:
    """What is left where a total limit and those of each side may stand."""

    def measure(values: Values) -> float:
        total, read, write = (
            of(values, f'{name}_{kind}_sec')
            for name in ('total', 'read', 'write')
        )
        sides = {'total': read + write, 'read': read, 'write': write}
        return min(total, sides[op])

    return measure


def _length(values: Values, name: str) -> float:
    if not values[name]:
        return math.inf
    return max(values[f'{name}_max_length'], 1) * bool(values[f'{name}_max'])


def _longest(op: str, kind: str) -> Callable[[Values], float]:
    def measure(values: Values) -> float:
        total, read, write = (
            _length(values, f'{name}_{kind}_sec')
            for name in ('total', 'read', 'write')
        )
        sides = {'total': max(read, write), 'read': read, 'write': write}
        return min(total, sides[op])

    return measure


def _size(values: Values) -> float:
    limited = any(values[f'{o}_iops_sec'] for o in ('total', 'read', 'write'))
    return limit(values, 'size_iops_sec') if limited else math.inf


MEASURES: dict[str, tuple[Measure, ...]] = {
    tunables.CPU.name: tuple(_cpu()),
    tunables.INTERFACE.name: tuple(_interface()),
    tunables.DISK.name: tuple(_disk()),
}


def named(target: Target, names: Container[str]) -> list[Measure]:
    """Return those of a target's measures that are among some names."""
    return [m for m in MEASURES[target.name] if m.name in names]


def related(target: Target, names: Iterable[str]) -> set[str]:
    """Return all knobs that have a measure in common with some of them."""
    given = set(names)
    return {
        knob
        for measure in MEASURES[target.name]
        if not given.isdisjoint(measure.knobs)
        for knob in measure.knobs
    }


def looseness(target: Target, values: Values) -> dict[str, float]:
    """Return how much of each measure a target's values allow."""
    return {m.name: m.of(values) for m in MEASURES[target.name]}
