# SPDX-License-Identifier: Apache-2.0
"""Numbers and knobs in words, in the language of whoever reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from nova_live_tune import tunables
from nova_live_tune.client.usage import Gauge
from nova_live_tune.measures import MEASURES, Measure
from nova_live_tune.tunables import Knob, Shorthand

#: Units that are too small to read, and those to read instead.
_LADDERS = {
    'bytes': ('bytes', 'KiB', 'MiB', 'GiB', 'TiB'),
    'bytes/s': ('bytes/s', 'KiB/s', 'MiB/s', 'GiB/s', 'TiB/s'),
    'KiB': ('KiB', 'MiB', 'GiB', 'TiB'),
    'KiB/s': ('KiB/s', 'MiB/s', 'GiB/s', 'TiB/s'),
}

#: What a chart shows at least, lest a trickle looks like a flood.
_LEAST = {
    '% of a core': 100,
    '% of periods': 100,
    'KiB/s': 100,
    'bytes/s': 102400,
    'operations/s': 100,
}


def amount(value: float, unit: str) -> str:
    """Say a number with a unit that fits, in three figures or so."""
    ladder = _LADDERS.get(unit, (unit,))
    step = 0
    while abs(value) >= 1024 and step + 1 < len(ladder):
        value, step = value / 1024, step + 1
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    figures = f'{value:.{digits}f}'
    if digits:
        figures = figures.rstrip('0').rstrip('.')
    return f'{figures} {_(ladder[step])}'


def number(knob: Knob, value: int | None) -> str:
    """Say a knob's value; nothing where there is none."""
    if value is None:
        return ''
    return _('no limit') if value == knob.unlimited else str(value)


def scaled(knob: Knob, value: int | None, values: Mapping[str, int]) -> str:
    """Say a value in a unit that is easier to read, if there is one.

    :param values: the target's others, as a quota is nothing without a period
    """
    if value is None or value == knob.unlimited:
        return ''
    if knob.name == 'quota':
        period = values.get('period', tunables.CPU['period'].default)
        return amount(100 * value / (period or 1), '% of a core')
    if knob.unit in _LADDERS and value >= 1024:
        return amount(value, knob.unit)
    return ''


def allowed(knob: Knob | Shorthand) -> str:
    """Say what a knob is for, and in which range it can be."""
    words = {
        'help': _(knob.help),
        'low': knob.minimum,
        'high': knob.maximum,
        'unit': _(knob.unit),
    }
    if knob.minimum == 0:
        return _('%(help)s 0 (no limit) to %(high)s %(unit)s.') % words
    return _('%(help)s %(low)s to %(high)s %(unit)s.') % words


def bound(measure: Measure, span: Mapping[str, Any]) -> str:
    """Say how far a measure may be set.

    :param span: of the read-back: ``min``, ``max``, ``set_by_admin``
    """
    words = {**span, 'unit': _(measure.unit)}
    if span['max'] is None:
        return _('at least %(min)s %(unit)s') % words
    if span['min'] is not None:
        found = _('%(min)s to %(max)s %(unit)s')
    else:
        found = _('at most %(max)s %(unit)s')
    if span['set_by_admin']:
        return _('%s, as an administrator has set it') % (found % words)
    return found % words


def flavor(knob: Knob, values: Mapping[str, int]) -> str:
    """Say what stands if nothing is set: the flavor's value, or Nova's."""
    if knob.name in values:
        value = number(knob, values[knob.name])
        return _('as the flavor: %s') % value
    if knob.default is None:
        return _("as the flavor: the host's default")
    return _('as the flavor: %s') % number(knob, knob.default)


def gauge(found: Gauge) -> dict[str, Any]:
    """Describe a gauge for a chart."""
    return {
        'target': found.target,
        'device': found.device,
        'measure': found.measure,
        'title': _measured(found),
        'use': found.use,
        'limit': found.limit,
        'least': _LEAST[found.unit],
        'words': _use(found),
    }


def _measured(found: Gauge) -> str:
    if found.target == tunables.DISK.name:
        return _(tunables.DISK[found.measure].title)
    return _(found.measure[:1].upper() + found.measure[1:])


def _use(found: Gauge) -> str:
    if found.use is None:
        return _('measuring')
    use = amount(found.use, found.unit)
    if not found.can_be_limited:
        return use
    if found.limit is None:
        return _('%s, no limit') % use
    limit = amount(found.limit, found.unit)
    figures, _space, unit = use.partition(' ')
    if unit == limit.partition(' ')[2]:
        use = figures
    return _('%(use)s of %(limit)s') % {'use': use, 'limit': limit}


def said() -> list[str]:
    """Every word of the table of knobs that is shown, for translators."""
    found = ['Inbound', 'Outbound', 'Busiest vCPU', 'Throttled']
    found += ['% of a core', '% of periods']
    for target in tunables.TARGETS:
        for knob in (*target.shorthands, *target):
            found += [knob.title, knob.help, knob.unit]
        found += [measure.unit for measure in MEASURES[target.name]]
    for ladder in _LADDERS.values():
        found += ladder
    return list(dict.fromkeys(found))
