# SPDX-License-Identifier: Apache-2.0
"""Numbers as people write and read them: 10M, 1.5Gi, unlimited, flavor.

Of bytes, K, M, G and T are binary, with or without an i: libvirt counts NIC
rates in KiB, and 10M of a disk should be as much as 10M of a NIC. Of
operations they are decimal. Of anything else there are plain numbers alone.
"""

from __future__ import annotations

import fractions
import re

from osc_lib import exceptions

from nova_live_tune.tunables import Knob, Shorthand

FLAVOR, UNLIMITED = 'flavor', 'unlimited'

_SUFFIXES = 'KMGT'
_NUMBER = re.compile(r'([+-]?\d+(?:\.\d+)?)(?:([KMGTkmgt])(iB?)?)?')
_PERCENT = re.compile(r'(\d+(?:\.\d+)?)\s*%?')
#: Units that bytes are counted in, as bytes.
_BYTES = {'bytes': 1, 'bytes/s': 1, 'KiB': 1024, 'KiB/s': 1024}
_OPERATIONS = 'operations/s'


def parse(text: str, knob: Knob | Shorthand, option: str) -> int | None:
    """Return the number that was meant, in the knob's unit; None for flavor.

    :param option: what the number was given for, such as --rate
    :raises CommandError: if it is none that the knob takes
    """
    if text == FLAVOR:
        return None
    value = _word_or_number(text, knob)
    if value is None:
        raise exceptions.CommandError(
            f'{option} {text} is not understood: give {_allowed(knob)}.'
        )
    if not knob.accepts(value):
        raise exceptions.CommandError(
            f'{option} {text} is not allowed: give {knob.range}.'
        )
    return value


def parse_percent(text: str, option: str) -> fractions.Fraction:
    """Return the part of one vCPU that was meant.

    :raises CommandError: if it is no percentage
    """
    match = _PERCENT.fullmatch(text)
    if match is None or not fractions.Fraction(match[1]):
        raise exceptions.CommandError(
            f'{option} {text} is not understood: give the part of each vCPU '
            'in percent, such as 50 or 12.5.'
        )
    return fractions.Fraction(match[1]) / 100


def readable(value: int, knob: Knob) -> str:
    """Return a number as a table shows it, still in the knob's unit."""
    if value == knob.unlimited:
        return UNLIMITED
    if knob.unit not in _BYTES or value < 1024:
        return str(value)
    return f'{value} ({bare(value, knob.unit)})'


def bare(value: float, unit: str) -> str:
    """Return a measured number with its unit, three digits or so."""
    scale = _BYTES.get(unit)
    if scale is None:
        return f'{value:.0f} {unit}'
    return _scaled(value * scale) + ('/s' if unit.endswith('/s') else '')


def _word_or_number(text: str, knob: Knob | Shorthand) -> int | None:
    if text == UNLIMITED:
        return getattr(knob, 'unlimited', 0)
    match = _NUMBER.fullmatch(text)
    step, unit = _steps(knob)
    if match is None or (match[2] and step is None):
        return None
    if match[3] and step != 1024:
        return None
    value = fractions.Fraction(match[1])
    if match[2] and step is not None:
        power = _SUFFIXES.index(match[2].upper()) + 1
        value = value * step**power / unit
    return int(value) if value.denominator == 1 else None


def _steps(knob: Knob | Shorthand) -> tuple[int | None, int]:
    """What a suffix multiplies by, if anything, and what the unit counts."""
    if knob.unit in _BYTES:
        return 1024, _BYTES[knob.unit]
    return (1000 if knob.unit == _OPERATIONS else None), 1


def _allowed(knob: Knob | Shorthand) -> str:
    step, unit = _steps(knob)
    words = [f'a whole number of {knob.unit}']
    if step:
        shown = 'bytes' if step == 1024 else 'operations'
        example = step**2 // unit
        words.append(
            f'one of {shown} with K, M, G or T (1M is {example} {knob.unit})'
        )
    if getattr(knob, 'unlimited', 0) is not None:
        words.append(UNLIMITED)
    return ', '.join(words) + f' or {FLAVOR}'


def _scaled(count: float) -> str:
    """Return bytes in the largest unit of which they make one or more."""
    for name in ('bytes', 'KiB', 'MiB', 'GiB'):
        if count < 1024:
            return f'{short(count)} {name}'
        count /= 1024
    return f'{short(count)} TiB'


def short(number: float) -> str:
    return f'{number:.2f}'.rstrip('0').rstrip('.')
