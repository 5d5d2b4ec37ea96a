# SPDX-License-Identifier: Apache-2.0
"""How what is kept of a device is written: short texts, each with a name.

Of each device there is, if there is anything to say: under ``cpu``,
``interface:<port id>`` or ``disk:<BDM uuid>`` what was set live, under
``ceiling:cpu`` and the like what of it is a ceiling, and while a lease is
among them ``change:0:cpu``, ``change:1:cpu`` and so on the changes since then.

A text lists knobs by their short codes, such as ``tb=10485760 ti=200``; a
change begins with the second in which it ends, or ``-``, and with ``a`` if an
admin made it, or ``-``. Null is a ``-``, too: ``1763740000 - q=50000 s=-``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from nova_live_tune import leases
from nova_live_tune.compute.devices import Device
from nova_live_tune.leases import Change, Stack, Stand
from nova_live_tune.tunables import Target, Values, Wanted

_NAME = re.compile(r'(ceiling:|change:\d+:)?(?P<ident>.*)', re.DOTALL)
_ADMIN, _NOTHING, _NULL = 'a', '-', '-'


def ident(device: Device) -> str:
    """What a device is kept under."""
    return ':'.join(filter(None, (device.target.name, device.ident)))


def owner(name: str) -> str:
    """Of which device an entry is, as :func:`ident` names it."""
    found = _NAME.fullmatch(name)
    return found['ident'] if found else name


def write(device: Device, stack: Stack) -> dict[str, str]:
    """Return the entries of a device."""
    name, target = ident(device), device.target
    texts = {
        name: _text(target, stack.base.tuned),
        f'ceiling:{name}': _text(target, stack.base.ceiling),
    }
    for number, change in enumerate(stack.changes):
        texts[f'change:{number}:{name}'] = _change_text(target, change)
    return {name: text for name, text in texts.items() if text}


def read(device: Device, entries: Mapping[str, str]) -> Stack:
    """Return what is kept of a device; what cannot be read is not there."""
    name, target = ident(device), device.target
    base = Stand(
        _values(target, entries.get(name, '')),
        _values(target, entries.get(f'ceiling:{name}', '')),
    )
    changes = (
        _change(target, entries.get(f'change:{number}:{name}', ''))
        for number in range(leases.MOST)
    )
    return Stack(base, tuple(change for change in changes if change))


def ends(entries: Mapping[str, str]) -> list[float]:
    """When something ends, of whatever device, the next time first."""
    times = (
        _until(text.partition(' ')[0])
        for name, text in entries.items()
        if name.startswith('change:')
    )
    return sorted({time for time in times if not math.isinf(time)})


def _text(target: Target, wanted: Wanted | Values) -> str:
    return ' '.join(
        f'{knob.code}={_NULL if value is None else value}'
        for knob in target
        if knob.name in wanted
        for value in [wanted[knob.name]]
    )


def _values(target: Target, text: str) -> Values:
    named = _wanted(target, text)
    return {name: v for name, v in named.items() if v is not None}


def _wanted(target: Target, text: str) -> Wanted:
    pairs = dict(pair.split('=', 1) for pair in text.split() if '=' in pair)
    return {
        knob.name: None if value == _NULL else int(value)
        for knob in target
        for value in [pairs.get(knob.code)]
        if value is not None
    }


def _change_text(target: Target, change: Change) -> str:
    until = f'{change.until:.0f}' if change.ends else _NOTHING
    who = _ADMIN if change.by_admin else _NOTHING
    return f'{until} {who} {_text(target, change.wanted)}'


def _change(target: Target, text: str) -> Change | None:
    until, _, rest = text.partition(' ')
    who, _, knobs = rest.partition(' ')
    if not knobs:
        return None
    return Change(_wanted(target, knobs), _until(until), who == _ADMIN)


def _until(text: str) -> float:
    return int(text) if text.isdigit() else math.inf
