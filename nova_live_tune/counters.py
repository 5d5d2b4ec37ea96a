# SPDX-License-Identifier: Apache-2.0
"""The table of counters: what a running guest has used so far.

Schemas, reading, the command line and the API reference derive from it. Each
counter grows from the start of the guest's process on, and begins anew with
it: two looks and the time between them make a rate.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

from nova_live_tune import tunables
from nova_live_tune.tunables import Target


@dataclasses.dataclass(frozen=True)
class Counter:
    """One number that only grows.

    :ivar path: its place in ``observed``
    :ivar stat: libvirt's name of it, below that of the device; '' for one of
        the guest's cgroups
    """

    path: tuple[str, ...]
    unit: str
    help: str
    stat: str = ''

    @property
    def name(self) -> str:
        return '_'.join(self.path)

    @property
    def label(self) -> str:
        """Where it stands in ``observed``."""
        return '.'.join(self.path)


_WHILE = 'while a quota was set, summed over the vCPUs.'


def _cpu() -> Iterator[Counter]:
    yield Counter(
        ('time',),
        'nanoseconds',
        "CPU time of all of the guest's threads, QEMU's own included.",
        'time',
    )
    yield Counter(
        ('periods',), 'periods', f'Periods in which a vCPU had work, {_WHILE}'
    )
    yield Counter(
        ('throttled_periods',),
        'periods',
        f'Periods in which the quota was used up, {_WHILE}',
    )
    yield Counter(
        ('throttled_time',),
        'nanoseconds',
        f'How long vCPUs with work were kept waiting, {_WHILE}',
    )


def _interface() -> Iterator[Counter]:
    for direction, way, stat in (
        ('inbound', 'towards the guest', 'rx'),
        ('outbound', 'from the guest', 'tx'),
    ):
        for name, of in (
            ('bytes', 'bytes'),
            ('packets', 'pkts'),
            ('drops', 'drop'),
        ):
            what = 'Packets that the device dropped'
            yield Counter(
                (direction, name),
                'packets' if name == 'drops' else name,
                f'{what if name == "drops" else name.title()} {way}.',
                f'{stat}.{of}',
            )


def _disk() -> Iterator[Counter]:
    for op, stat, done in (('read', 'rd', 'read'), ('write', 'wr', 'written')):
        yield Counter(
            (f'{op}_bytes',), 'bytes', f'Bytes {done}.', f'{stat}.bytes'
        )
        yield Counter(
            (f'{op}_operations',),
            'operations',
            f'Requests of the guest to {op}, done or merged into others.',
            f'{stat}.reqs',
        )


COUNTERS: dict[str, tuple[Counter, ...]] = {
    tunables.CPU.name: tuple(_cpu()),
    tunables.INTERFACE.name: tuple(_interface()),
    tunables.DISK.name: tuple(_disk()),
}
#: Of the CPU alone: a list of nanoseconds by the number of the vCPU, None for
#: one that is not plugged in.
VCPU_TIMES = 'vcpu_times'
#: Of the CPU alone: why a counter of the cgroups is None, in a sentence.
NOT_OBSERVED = 'not_observed'
#: When the counters were read, by the clock of the host.
AT = 'at'


def of(target: Target) -> tuple[Counter, ...]:
    """Return what is counted of a target."""
    return COUNTERS[target.name]


def nest(found: dict[Counter, int | None]) -> dict[str, Any]:
    """Put counters in their places in ``observed``."""
    result: dict[str, Any] = {}
    for counter, value in found.items():
        place = result
        for step in counter.path[:-1]:
            place = place.setdefault(step, {})
        place[counter.path[-1]] = value
    return result


def value(observed: dict[str, Any] | None, counter: Counter) -> int | None:
    """Return a counter of an ``observed``; None if nobody can tell."""
    place: Any = observed
    for step in counter.path:
        place = place.get(step) if place else None
    return place  # type: ignore[no-any-return]
