# SPDX-License-Identifier: Apache-2.0
"""How near to its limit a guest gets: each knob at four levels.

    python3 -m bench.accuracy [--write] [WORD...]

Runs in the lab's virtual environment, with the lab up. A tenant sets each
limit through the API on a running guest, lets it use as much as it gets, and
measures that from outside of it. What comes out more than 5 % below is
measured again, a few times, as a machine with other work can only make it
less; the last figure counts, and what is above its limit is never measured
again. --write puts the table into doc/source/accuracy-table.inc; WORDs choose
knobs by their names.
"""

import argparse
import contextlib
import csv
import io
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lab import settings
from lab.measure import Cpu, Disk, Network, Window, rates
from lab.probe import Guest
from lab.tenant import Tenant

FILE = settings.CLONE / 'doc' / 'source' / 'accuracy-table.inc'
HEAD = ('limit', 'unit', 'asked', 'measured', 'error, %', 'times measured')
KIB, MIB = 1 << 10, 1 << 20
WINDOW = Window(settle=2, seconds=6)
#: Percent.
BOUND, NEAR = 10.0, 5.0
ATTEMPTS = 6
PAUSE = 5


@dataclass(frozen=True)
class Limit:
    """A knob, and what makes the guest use as much of it as it gets.

    :ivar levels: as the request has them
    :ivar scale: of a level, what is measured in the unit
    """

    name: str
    unit: str
    action: str
    settings: dict[str, Any]
    path: tuple[str, ...]
    levels: tuple[int, ...]
    quantities: tuple[Any, ...]
    scale: float = 1

    def body(self, level: int) -> dict[str, Any]:
        value: Any = level
        for step in reversed(self.path):
            value = {step: value}
        return {self.action: {**self.settings, **value}}

    def measure(self, guest: Guest) -> float:
        with contextlib.ExitStack() as stack:
            for quantity in self.quantities:
                stack.enter_context(quantity.load(guest))
            found = rates(guest, WINDOW)
        return sum(
            quantity.value(guest, found) for quantity in self.quantities
        )


def limits() -> Iterator[Limit]:
    yield Limit(
        'CPU quota (period 100000)',
        '% of a core',
        'setCpuQuota',
        {'period': 100000},
        ('quota',),
        (10000, 25000, 50000, 75000),
        (Cpu(),),
        scale=1 / 1000,
    )
    for direction in ('inbound', 'outbound'):
        yield Limit(
            f'NIC {direction}.average',
            'KiB/s',
            'setInterface',
            {'interface': 2},
            (direction, 'average'),
            (512, 2048, 8192, 20480),
            (Network(1, direction),),
        )
    for kind, unit, levels, size in (
        ('bytes', 'bytes/s', tuple(n * MIB for n in (1, 4, 10, 20)), '64k'),
        ('iops', 'operations/s', (50, 100, 200, 400), '4k'),
    ):
        for op in ('total', 'read', 'write'):
            ways = ('read', 'write') if op == 'total' else (op,)
            yield Limit(
                f'disk {op}_{kind}_sec',
                unit,
                'setDiskIO',
                {'disk': 'vdb'},
                (f'{op}_{kind}_sec',),
                levels,
                tuple(Disk('vdb', w, kind == 'iops', size) for w in ways),
            )


@dataclass(frozen=True)
class Cell:
    limit: Limit
    asked: int
    measured: float
    attempts: int

    @property
    def error(self) -> float:
        """Percent of what was asked."""
        return (self.measured - self.wanted) / self.wanted * 100

    @property
    def wanted(self) -> float:
        return self.asked * self.limit.scale

    def row(self) -> list[str]:
        digits = 1 if self.measured < 1000 else 0
        return [
            self.limit.name,
            self.limit.unit,
            f'{self.wanted:.0f}',
            f'{self.measured:.{digits}f}',
            f'{self.error:+.1f}',
            str(self.attempts),
        ]


def measure(
    tenant: Tenant, server: Any, guest: Guest, limit: Limit
) -> Iterator[Cell]:
    for level in limit.levels:
        for attempt in range(1, ATTEMPTS + 1):
            tenant.tune(server, limit.body(level))
            cell = Cell(limit, level, limit.measure(guest), attempt)
            tenant.tune(server, {'resetLiveTune': None})
            print('  '.join(cell.row()), file=sys.stderr, flush=True)
            if cell.error >= -NEAR:
                break
            time.sleep(PAUSE)
        yield cell


def table(cells: Sequence[Cell]) -> str:
    """As reStructuredText."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerows([HEAD, *(cell.row() for cell in cells)])
    head = '.. csv-table::\n   :header-rows: 1\n\n'
    return head + textwrap.indent(text.getvalue(), '   ')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--write', action='store_true')
    parser.add_argument('words', nargs='*')
    arguments = parser.parse_args()
    words = arguments.words
    chosen = [
        limit
        for limit in limits()
        if not words or any(word in limit.name for word in words)
    ]
    tenant = Tenant()
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(tenant.server('nova-live-tune-bench'))
        guest = stack.enter_context(tenant.guest(server))
        guest.wait()
        cells = [
            cell
            for limit in chosen
            for cell in measure(tenant, server, guest, limit)
        ]
    print(table(cells))
    if arguments.write:
        FILE.write_text(table(cells))
    worst = max(abs(cell.error) for cell in cells)
    print(f'worst {worst:.1f} %, bound {BOUND:g} %')
    return 0 if worst <= BOUND else 1


if __name__ == '__main__':
    sys.exit(main())
