# SPDX-License-Identifier: Apache-2.0
"""What a request body asks for, checked against the table of knobs.

The JSON schemas would catch most of this, but a user is owed a sentence with
the knob, the value and the whole range; so the numbers are looked at first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nova_live_tune import leases
from nova_live_tune.compute.terms import Terms
from nova_live_tune.planning import Invalid
from nova_live_tune.tunables import (
    TARGETS,
    Knob,
    Shorthand,
    Target,
    Wanted,
)

#: What a reset may name; the rest of it is about how.
_SELECTIONS = [target.plural for target in TARGETS]


def check_ranges(target: Target, body: Any) -> None:
    """Refuse numbers that no server could take, leaving shapes to the schema.

    :raises Invalid: naming the knob, its value and the allowed range
    """
    _check_duration(target, body)
    for knob, value in _named(target, body):
        if value is not None and not knob.accepts(value):
            raise Invalid(
                f'{knob.label} {value!r} is not allowed: give '
                f'{knob.range}; or null to go back to the flavor.'
            )


def wanted(target: Target, body: Any) -> Wanted:
    """Return the knobs that a valid request names, by their flat names.

    :raises Invalid: if it names none, or the same knob twice
    """
    named = dict(_named(target, body))
    result: Wanted = {}
    for knob, value in named.items():
        if isinstance(knob, Knob):
            result[knob.name] = value
    for shorthand, value in named.items():
        if isinstance(shorthand, Shorthand):
            _refuse_beside(target, shorthand, value, result)
            result = dict.fromkeys(shorthand.knobs, value)
    if not result:
        labels = ', '.join(k.label for k in (*target.shorthands, *target))
        raise Invalid(
            f'{target.action} names nothing to set: give at least one of '
            f'{labels}.'
        )
    return result


def terms(settings: dict[str, Any] | None, may_exceed: bool) -> Terms:
    """Return on which terms a valid request is made."""
    named = settings or {}
    return Terms(may_exceed, named.get('duration'), named.get('generation'))


def is_dry_run(settings: dict[str, Any] | None) -> bool:
    """Whether a valid request only asks what would be."""
    return bool(settings and settings.get('dry_run'))


def selectors(
    target: Target, selection: dict[str, Any] | None
) -> list[Any] | None:
    """Return which of a target's devices a reset names; None means all.

    :raises Invalid: if the reset names nothing at all
    """
    named = {k: v for k, v in (selection or {}).items() if k in _SELECTIONS}
    if not named:
        return None
    if not any(named.values()):
        raise Invalid(
            'resetLiveTune names nothing to reset: give cpu true, interfaces '
            'or disks; or null for all.'
        )
    chosen = named.get(target.plural)
    if target.selector is None:
        return None if chosen else []
    return chosen or []


def _check_duration(target: Target, body: Any) -> None:
    settings = body.get(target.action) if isinstance(body, dict) else None
    if not isinstance(settings, dict) or 'duration' not in settings:
        return
    value, least, most = settings['duration'], leases.SHORTEST, leases.LONGEST
    # JSON's true is an int to Python.
    if type(value) is not int or not least <= value <= most:
        raise Invalid(
            f'duration {value!r} is not allowed: give {least}..{most} seconds.'
        )


def _refuse_beside(
    target: Target, shorthand: Shorthand, value: Any, others: Wanted
) -> None:
    for name in others:
        raise Invalid(
            f'{shorthand.label} {value} cannot stand beside '
            f'{target[name].label} {others[name]}: it sets all of the '
            "interface's knobs."
        )


def _named(
    target: Target, body: Any
) -> Iterator[tuple[Knob | Shorthand, Any]]:
    settings = body.get(target.action) if isinstance(body, dict) else None
    for knob in (*target.shorthands, *target):
        place = settings
        for step in knob.path[:-1]:
            place = place.get(step) if isinstance(place, dict) else None
        if isinstance(place, dict) and knob.path[-1] in place:
            yield knob, place[knob.path[-1]]
