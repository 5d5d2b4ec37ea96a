# SPDX-License-Identifier: Apache-2.0
"""Requests that are made from the table of knobs."""

from nova_live_tune import tunables

#: What selects the device that most tests tune.
SELECTORS = {'interface': {'interface': 1}, 'disk': {'disk': 'vda'}}

_CPU = {'quota': 50000, 'period': 50000, 'shares': 300}


def value(knob):
    """A value in the knob's range, and above that of what it builds on."""
    if knob.name in _CPU:
        return _CPU[knob.name]
    if knob.unit == 'seconds':
        return 3
    return 2000 if knob.at_least else 1000


def with_needs(target, knob):
    """The values of a knob and of those without which it means nothing."""
    values = {knob.name: value(knob)}
    for name in knob.needs[:1]:
        values.update(with_needs(target, target[name]))
    return values


def body(target, values):
    """A request's body that sets flat values on the usual device."""
    return {**SELECTORS.get(target.name, {}), **target.nest(values)}


def longest():
    """A disk request whose values have as many digits as can be."""
    values = {'size_iops_sec': tunables.THROTTLE_MAX}
    for op in ('read', 'write'):
        for kind in ('bytes', 'iops'):
            base = f'{op}_{kind}_sec'
            burst = 10**14
            values[base] = burst
            values[f'{base}_max'] = burst
            values[f'{base}_max_length'] = tunables.THROTTLE_MAX // burst
    return values
