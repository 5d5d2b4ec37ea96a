# SPDX-License-Identifier: Apache-2.0
"""What a server uses beside what limits it, from two looks at its counters.

The counters are those of Nova's server diagnostics.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from typing import Any

from nova_live_tune import tunables

_KIB = 1024
_NANOSECONDS = 10**9
#: Of the diagnostics' disk counters, what each counts.
_DISK = {
    '_read': 'read_bytes',
    '_write': 'write_bytes',
    '_read_req': 'read_iops',
    '_write_req': 'write_iops',
}
#: Of their interface counters, which are the guest's, the direction.
_INTERFACE = {'_rx': 'inbound', '_tx': 'outbound'}
#: Nova names a device after the port's first so many characters.
_PORT_CHARACTERS = 11


@dataclasses.dataclass(frozen=True)
class Sample:
    """The counters of one moment.

    :ivar at: seconds, of any clock that only goes forward
    :ivar counters: nanoseconds, bytes or operations, by names such as
        ``cpu:0``, ``interface:<port id>:inbound``, ``disk:vda:read_bytes``
    """

    at: float
    counters: dict[str, int]


@dataclasses.dataclass(frozen=True)
class Gauge:
    """One thing that can be limited.

    :ivar target: ``cpu``, ``interface`` or ``disk``
    :ivar device: the port id or the disk's device; '' for the CPU
    :ivar measure: such as ``inbound`` or ``total_bytes_sec``
    :ivar use: per second, in the unit; None if the counters began anew
    :ivar limit: what is in effect; None if there is none
    """

    target: str
    device: str
    measure: str
    use: float | None
    limit: float | None
    unit: str


def sample(
    diagnostics: Mapping[str, Any], live_tune: Mapping[str, Any], at: float
) -> Sample:
    """Pick the counters of the devices that a read-back lists."""
    found = {
        **_vcpus(diagnostics),
        **_interfaces(diagnostics, live_tune),
        **_disks(diagnostics, live_tune),
    }
    known = {k: v for k, v in found.items() if v is not None}
    return Sample(at, known)


def _vcpus(diagnostics: Mapping[str, Any]) -> dict[str, Any]:
    matches = (re.fullmatch('cpu([0-9]+)_time', key) for key in diagnostics)
    return {f'cpu:{m[1]}': diagnostics[m[0]] for m in matches if m}


def _interfaces(
    diagnostics: Mapping[str, Any], live_tune: Mapping[str, Any]
) -> dict[str, Any]:
    # What stands before the port differs: tap, vhu.
    by_ending = {key[3:]: value for key, value in diagnostics.items()}
    return {
        f'interface:{nic["port_id"]}:{direction}': by_ending.get(
            nic['port_id'][:_PORT_CHARACTERS] + suffix
        )
        for nic in live_tune['interfaces']
        for suffix, direction in _INTERFACE.items()
    }


def _disks(
    diagnostics: Mapping[str, Any], live_tune: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        f'disk:{disk["device"]}:{what}': diagnostics.get(
            disk['device'] + suffix
        )
        for disk in live_tune['disks']
        for suffix, what in _DISK.items()
    }


def gauges(
    before: Sample | None, after: Sample, live_tune: Mapping[str, Any]
) -> list[Gauge]:
    """Return what was used between two samples, beside the limits.

    :param before: None for the limits alone
    """
    rates = _Rates(before, after)
    return [
        *_cpu(rates, live_tune['cpu']['effective'] or {}),
        *(g for nic in live_tune['interfaces'] for g in _nic(rates, nic)),
        *(g for disk in live_tune['disks'] for g in _disk(rates, disk)),
    ]


class _Rates:
    def __init__(self, before: Sample | None, after: Sample) -> None:
        self._before = before
        self._after = after

    def named(self, prefix: str) -> list[str]:
        return [n for n in self._after.counters if n.startswith(prefix)]

    def __call__(self, *names: str) -> float | None:
        """Of counters together, how many per second; None if not known."""
        if self._before is None or self._after.at <= self._before.at:
            return None
        grown = 0
        for name in names:
            begin = self._before.counters.get(name)
            end = self._after.counters.get(name)
            # A guest that was started anew counts anew.
            if begin is None or end is None or end < begin:
                return None
            grown += end - begin
        return grown / (self._after.at - self._before.at)


def _cpu(rates: _Rates, effective: Mapping[str, int]) -> Iterator[Gauge]:
    """The busiest vCPU, as the quota is of each."""
    each = [rates(name) for name in rates.named('cpu:')]
    known = [rate for rate in each if rate is not None]
    use = max(known) / _NANOSECONDS * 100 if known else None
    limit = None
    if effective.get('quota', -1) > 0:
        limit = effective['quota'] / effective['period'] * 100
    yield Gauge('cpu', '', 'busiest vCPU', use, limit, '% of a core')


def _nic(rates: _Rates, nic: Mapping[str, Any]) -> Iterator[Gauge]:
    for direction in _INTERFACE.values():
        use = rates(f'interface:{nic["port_id"]}:{direction}')
        effective = (nic['effective'] or {}).get(direction, {})
        yield Gauge(
            'interface',
            nic['port_id'],
            direction,
            None if use is None else use / _KIB,
            effective.get('average') or None,
            tunables.INTERFACE[f'{direction}_average'].unit,
        )


def _disk(rates: _Rates, disk: Mapping[str, Any]) -> Iterator[Gauge]:
    """Reads and writes apart where they are limited apart."""
    effective = disk['effective'] or {}
    for kind in ('bytes', 'iops'):
        apart = [f'{op}_{kind}_sec' for op in ('read', 'write')]
        names = [name for name in apart if effective.get(name)]
        for name in apart if names else [f'total_{kind}_sec']:
            op = name.partition('_')[0]
            ops = ('read', 'write') if op == 'total' else (op,)
            yield Gauge(
                'disk',
                disk['device'],
                name,
                rates(*(f'disk:{disk["device"]}:{o}_{kind}' for o in ops)),
                effective.get(name) or None,
                tunables.DISK[name].unit,
            )
