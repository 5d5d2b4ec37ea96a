# SPDX-License-Identifier: Apache-2.0
"""The read-back: what the flavor asks for, what was set, what is in effect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional

from nova_live_tune import clock
from nova_live_tune.compute.devices import Device
from nova_live_tune.tunables import Target, Values

#: What libvirt reports of a device, None if nobody can tell; and why what is
#: kept is not in effect, None if it is.
Reading = tuple['Values | None', 'str | None']
#: What a device has used so far, as :mod:`nova_live_tune.counters` lists it;
#: None if nobody can tell.
Observed = Optional[dict[str, Any]]


def entry(
    device: Device,
    tuned: Values,
    effective: Values | None,
    reason: str | None = None,
    ends: float | None = None,
) -> dict[str, Any]:
    """Describe one target.

    :param tuned: what was set live and is kept
    :param effective: what libvirt reports; None when nobody can tell
    :param reason: why what is kept is not in effect; None if it is
    :param ends: when a lease ends next, in seconds since 1970; None for none
    """
    nest = device.target.nest
    return {
        **device.names,
        'flavor': nest(device.flavor),
        'tuned': nest(tuned),
        'effective': None if effective is None else nest(effective),
        'bounds': {
            name: span.to_primitive()
            for name, span in device.allowed().items()
            if span.bounds
        },
        'expires_at': _time(ends),
        'not_in_effect': reason if tuned or device.ceiling else None,
    }


def brief(device: Device, tuned: Values, ends: float | None) -> dict[str, Any]:
    """Describe one target as the list does: from the record alone."""
    return {
        **device.names,
        'tuned': device.target.nest(tuned),
        'expires_at': _time(ends),
    }


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else clock.to_text(seconds)


def changes(target: Target, before: Values, after: Values) -> dict[str, Any]:
    """Describe what differs, each knob with ``from`` and ``to``."""
    differing = {
        name: {'from': before.get(name), 'to': after.get(name)}
        for name in target.names
        if before.get(name) != after.get(name)
    }
    return target.nest(differing)


def with_observed(
    entries: Iterable[dict[str, Any]], seen: Iterable[Observed]
) -> list[dict[str, Any]]:
    """Put what was used so far beside each device's limits."""
    return [
        {**described, 'observed': observed}
        for described, observed in zip(entries, seen)
    ]


def collect(
    devices: Iterable[Device],
    entries: Iterable[dict[str, Any]],
    targets: Iterable[Target] = (),
) -> dict[str, Any]:
    """Put the devices' entries where the read-back has them.

    :param targets: those that are listed even when there is none
    """
    result: dict[str, Any] = {target.plural: [] for target in targets}
    for device, described in zip(devices, entries):
        if device.target.selector is None:
            result[device.target.plural] = described
        else:
            result.setdefault(device.target.plural, []).append(described)
    return result
