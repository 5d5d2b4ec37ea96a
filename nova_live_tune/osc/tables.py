# SPDX-License-Identifier: Apache-2.0
"""Read-backs as rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nova_live_tune import counters, measures, tunables
from nova_live_tune.client import errors
from nova_live_tune.osc import columns
from nova_live_tune.tunables import Knob, Target, Values

#: A knob for each row; the unit is that of the three after it.
SHOWN = (
    'Device',
    'ID',
    'Knob',
    'Unit',
    'Flavor',
    'Tuned',
    'Effective',
    'Expires At',
    'Not In Effect',
)
#: A counter for each row.
OBSERVED = (
    'Device',
    'ID',
    'Counter',
    'Unit',
    'Observed',
    'Read At',
    'Not Observed',
)
#: A measure for each row.
BOUNDS = ('Device', 'ID', 'Bound', 'Unit', 'Min', 'Max', 'Set By Admin')
_UNSEEN = 'The server does not run, or its host does not tell.'
_STATES = ('flavor', 'tuned', 'effective')

Entry = Mapping[str, Any]


def entries(live_tune: Mapping[str, Any]) -> Iterator[tuple[Target, Entry]]:
    """Return the devices of a read-back, or of some of it."""
    for target in tunables.TARGETS:
        found: Any = live_tune.get(target.plural) or []
        if target.selector is None:
            found = [found] if found else []
        for entry in found:
            yield target, entry


def flat(target: Target, nested: Mapping[str, Any] | None) -> Values | None:
    """Return values by their knobs' flat names; None for None."""
    if nested is None:
        return None
    found: Values = {}
    for knob in target:
        place: Any = nested
        for step in knob.path:
            place = place.get(step) if place else None
        if place is not None:
            found[knob.name] = place
    return found


def device(target: Target, entry: Entry) -> str:
    """Return what people call a device."""
    if target is tunables.CPU:
        return target.name
    if target is tunables.INTERFACE:
        return f'{target.name} {entry.get("index") or entry["port_id"]}'
    return str(entry['device'] or entry['volume_id'])


def shown(
    live_tune: Mapping[str, Any], every: bool
) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a read-back.

    :param every: whether to show also the knobs that nobody asks for
    """
    for target, entry in entries(live_tune):
        values = {state: flat(target, entry[state]) for state in _STATES}
        knobs = [k for k in target if every or _matters(k, values)]
        identity = entry.get('port_id') or entry.get('volume_id')
        end, reason = entry.get('expires_at'), entry['not_in_effect']
        for number, knob in enumerate(knobs):
            cell = columns.Repeated if number else columns.Optional
            yield (
                cell(device(target, entry)),
                cell(identity),
                knob.label,
                knob.unit,
                *_numbers(knob, target.defaults(), values),
                cell(end),
                cell(reason),
            )


def observed(live_tune: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of what a read-back observes."""
    for target, entry in entries(live_tune):
        seen = entry['observed']
        identity = entry.get('port_id') or entry.get('volume_id')
        reason = (seen or {counters.NOT_OBSERVED: _UNSEEN}).get(
            counters.NOT_OBSERVED
        )
        for number, (name, unit, count) in enumerate(_counts(target, seen)):
            cell = columns.Repeated if number else columns.Optional
            yield (
                cell(device(target, entry)),
                cell(identity),
                name,
                unit,
                columns.Optional(count),
                cell(seen and seen[counters.AT]),
                cell(reason),
            )


def bounds(live_tune: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a read-back's bounds.

    :raises nova_live_tune.client.errors.TooOld: if it has none
    """
    for target, entry in entries(live_tune):
        if 'bounds' not in entry:
            raise errors.TooOld('bounds')
        identity = entry.get('port_id') or entry.get('volume_id')
        found = entry['bounds']
        for number, measure in enumerate(measures.named(target, found)):
            cell = columns.Repeated if number else columns.Optional
            span = found[measure.name]
            yield (
                cell(device(target, entry)),
                cell(identity),
                measure.name,
                measure.unit,
                columns.Optional(span['min']),
                columns.Optional(span['max']),
                span['set_by_admin'],
            )


def _counts(
    target: Target, seen: dict[str, Any] | None
) -> Iterator[tuple[str, str, int | None]]:
    for counter in counters.of(target):
        yield counter.label, counter.unit, counters.value(seen, counter)
    times = (seen or {}).get(counters.VCPU_TIMES, ())
    for number, time in enumerate(times):
        yield f'vcpu {number} time', 'nanoseconds', time


def effective(
    target: Target, entry: Entry, names: Iterable[str] | None = None
) -> columns.Numbers:
    """Return what is in effect on a device, for one cell.

    :param names: the knobs that are asked for; None for all that matter
    """
    values = flat(target, entry['effective'])
    if names is None:
        names = [k.name for k in target if _matters(k, {'effective': values})]
    return columns.Numbers((target[name] for name in names), values)


def changes(target: Target, entry: Entry) -> columns.Changes:
    """Return what a dry run says would change on a device, for one cell."""
    return columns.Changes(target, flat(target, entry['changes']) or {})


def tuned(live_tune: Mapping[str, Any]) -> list[str]:
    """Return what is set live on a server, in words."""
    return [
        f'{device(target, entry)}: '
        + ', '.join(
            f'{knob.label} {values[knob.name]}'
            for knob in target
            if knob.name in values
        )
        + (f', until {end}' if (end := entry.get('expires_at')) else '')
        for target, entry in entries(live_tune)
        if (values := flat(target, entry['tuned']))
    ]


def _numbers(
    knob: Knob, defaults: Values, values: Mapping[str, Values | None]
) -> Iterator[columns.Number]:
    """Return a knob's cells; each state builds on those before it."""
    beside = defaults
    for state in _STATES:
        of_state = values[state] or {}
        beside = {**beside, **of_state}
        yield columns.Number(of_state.get(knob.name), knob, beside)


def _matters(knob: Knob, values: Mapping[str, Values | None]) -> bool:
    """Whether somebody asks for it, or it is where one looks for a limit."""
    if not knob.needs and knob.side != 'each':
        return True
    if knob.name in (values.get('tuned') or {}):
        return True
    found = [v[knob.name] for v in values.values() if v and knob.name in v]
    return any(value != knob.unlimited for value in found)
