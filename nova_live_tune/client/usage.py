# SPDX-License-Identifier: Apache-2.0
"""What a server uses beside what limits it, from two looks at its counters."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from nova_live_tune import tunables
from nova_live_tune.client.sampling import Sample

_KIB = 1024
_NANOSECONDS = 10**9
_DIRECTIONS = ('inbound', 'outbound')
#: What a disk's limits are of, and what is counted.
_DISK = {'bytes': 'bytes', 'iops': 'operations'}


@dataclasses.dataclass(frozen=True)
class Gauge:
    """One thing that can be limited, or what comes of that.

    :ivar target: ``cpu``, ``interface`` or ``disk``
    :ivar device: the port id or the disk's device; '' for the CPU
    :ivar measure: such as ``inbound`` or ``total_bytes_sec``
    :ivar use: per second, in the unit; None if the counters began anew
    :ivar limit: what is in effect; None if there is none
    :ivar can_be_limited: whether it is anything to say that there is none
    """

    target: str
    device: str
    measure: str
    use: float | None
    limit: float | None
    unit: str
    can_be_limited: bool = True


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

    def vcpus(self) -> list[str]:
        known = self._after.counters
        return [n for n in known if n.partition(':')[2].isdigit()]

    def has(self, name: str) -> bool:
        return name in self._after.counters

    def __call__(self, *names: str) -> float | None:
        """Of counters together, how many per second; None if not known."""
        grown = self._grown(*names)
        if grown is None or self._before is None:
            return None
        return grown / (self._after.at - self._before.at)

    def part(self, name: str, whole: str) -> float | None:
        """How much of what a counter grew another one did, in percent."""
        grown, of = self._grown(name), self._grown(whole)
        if grown is None or of is None:
            return None
        return grown / of * 100 if of else 0.0

    def _grown(self, *names: str) -> int | None:
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
        return grown


def _cpu(rates: _Rates, effective: Mapping[str, int]) -> Iterator[Gauge]:
    """The busiest vCPU, as the quota is of each, and what that held back."""
    each = [rates(name) for name in rates.vcpus()]
    known = [rate for rate in each if rate is not None]
    use = max(known) / _NANOSECONDS * 100 if known else None
    limit = None
    if effective.get('quota', -1) > 0:
        limit = effective['quota'] / effective['period'] * 100
    yield Gauge('cpu', '', 'busiest vCPU', use, limit, '% of a core')
    if limit is not None and rates.has('cpu:periods'):
        part = rates.part('cpu:throttled_periods', 'cpu:periods')
        yield Gauge(
            *('cpu', '', 'throttled', part, None, '% of periods'),
            can_be_limited=False,
        )


def _nic(rates: _Rates, nic: Mapping[str, Any]) -> Iterator[Gauge]:
    for direction in _DIRECTIONS:
        use = rates(f'interface:{nic["port_id"]}:{direction}_bytes')
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
    for kind, counted in _DISK.items():
        apart = [f'{op}_{kind}_sec' for op in ('read', 'write')]
        names = [name for name in apart if effective.get(name)]
        for name in apart if names else [f'total_{kind}_sec']:
            op = name.partition('_')[0]
            ops = ('read', 'write') if op == 'total' else (op,)
            yield Gauge(
                'disk',
                disk['device'],
                name,
                rates(*(f'disk:{disk["device"]}:{o}_{counted}' for o in ops)),
                effective.get(name) or None,
                tunables.DISK[name].unit,
            )
