# SPDX-License-Identifier: Apache-2.0
"""Show that each limit takes effect on a running guest: `make demo`.

A tenant's server gets limit after limit through the compute API. What each
does is measured from outside the guest: before, limited, after the reset.
"""

import json
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from prettytable import PrettyTable

from lab import passwords, settings, virsh
from lab.measure import Window, measure
from lab.probe import Guest
from lab.steps import Check, Step, all_of_them
from lab.tenant import Tenant, touched

TOLERANCE = 0.15
# Nearer than this, it might not be the limit that limits.
CLEARLY_ABOVE = 1.5
UNLIMITED = Window(settle=0.5, seconds=1.5)
ATTEMPTS = 6
PAUSE = 10
#: Who may log in to Horizon at the end.
USER = 'demo'
HEADER = (
    'knob',
    'asked',
    'libvirt reports',
    'unit',
    'measured before',
    'limited',
    'after reset',
    'within 15 %?',
)
BEGUN = time.monotonic()


@dataclass(frozen=True)
class Row:
    check: Check
    reported: str
    agreed: bool
    before: float | None
    limited: float | None
    after: float | None

    @property
    def starved(self) -> bool:
        """Whether the machine was too busy for the guest to reach the limit.

        That can only make a figure smaller: a limit that does not hold is
        never taken for this.
        """
        if self.before is None or self.limited is None or self.after is None:
            return False
        slow = self.limited < (1 - TOLERANCE) * self.check.limit
        free = min(self.before, self.after)
        return slow or free < CLEARLY_ABOVE * self.check.limit

    @property
    def good(self) -> bool:
        exceeded = (self.limited or 0) > (1 + TOLERANCE) * self.check.limit
        measured = self.limited is not None
        return self.agreed and not (measured and (exceeded or self.starved))

    def cells(self) -> list[str]:
        check, quantity = self.check, self.check.quantity
        measured = (self.before, self.limited, self.after)
        verdict = 'yes' if quantity else 'not measured'
        return [
            check.title,
            check.asked,
            self.reported,
            quantity.unit if quantity else '',
            *('-' if value is None else f'{value:.0f}' for value in measured),
            verdict if self.good else 'NO',
        ]


def say(text: str) -> None:
    print(f'{time.monotonic() - BEGUN:5.1f} s  {text}', file=sys.stderr)


def dig(values: dict[str, Any], path: str) -> Any:
    found: Any = values
    for step in path.split('.'):
        found = found[step]
    return found


def report(check: Check, *sources: dict[str, Any]) -> tuple[str, bool]:
    """What was reported, and whether the API and virsh say the same."""
    said = [
        ' '.join(str(dig(source, path)) for path in check.reported)
        for source in sources
    ]
    agreed = len(set(said)) == 1
    return said[0] if agreed else ' / '.join(said), agreed


@contextmanager
def limited(
    tenant: Tenant, server: Any, body: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Set for a while; whatever happens, nothing stays set."""
    try:
        yield tenant.tune(server, body)
    finally:
        tenant.tune(server, {'resetLiveTune': None})


def observe(
    guest: Guest, step: Step, window: Window | None = None
) -> list[float | None]:
    return [
        measure(guest, check.quantity, window or check.window)
        if check.quantity
        else None
        for check in step.checks
    ]


def try_out(
    tenant: Tenant, server: Any, guest: Guest, step: Step
) -> list[Row]:
    before = observe(guest, step, UNLIMITED)
    with limited(tenant, server, step.body) as answer:
        target = touched(answer)
        real = virsh.of(guest.host, guest.server_id, answer)
        during = observe(guest, step)
    after = observe(guest, step, UNLIMITED)
    return [
        Row(check, *report(check, target['effective'], real), *measured)
        for check, *measured in zip(
            step.checks, before, during, after, strict=True
        )
    ]


def show(tenant: Tenant, server: Any, guest: Guest, step: Step) -> list[Row]:
    say(json.dumps(step.body))
    for attempt in range(1, ATTEMPTS + 1):
        rows = try_out(tenant, server, guest, step)
        for row in rows:
            say('  ' + '  '.join(cell for cell in row.cells() if cell))
        if attempt == ATTEMPTS or not any(row.starved for row in rows):
            break
        say(f'the machine seems busy: once more in {PAUSE} s')
        time.sleep(PAUSE)
    return rows


def demonstrate() -> list[Row]:
    tenant = Tenant()
    say('booting a server with two NICs and two disks, as a plain user')
    with tenant.server('nova-live-tune-demo') as server:
        with tenant.guest(server) as guest:
            guest.wait()
            say(f'server {server.id} is up on {guest.host}')
            rows = [
                row
                for step in all_of_them(guest.nics[1].port_id)
                for row in show(tenant, server, guest, step)
            ]
        say('deleting the server')
    return rows


def interrupt(*_: object) -> None:
    """Once is enough: tidying up shall not be interrupted."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def main() -> int:
    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        rows = demonstrate()
    except KeyboardInterrupt:
        say('interrupted; the limits are reset and the server is deleted')
        return 130
    table = PrettyTable(HEADER, align='l')
    table.add_rows([row.cells() for row in rows])
    print(table)
    bad = sum(not row.good for row in rows)
    say(f'{bad} of {len(rows)} rows failed' if bad else 'all as asked')
    print(
        f'\nThe same by hand: {settings.url("horizon")}/\n'
        f'  user      {USER}\n'
        f'  password  {passwords.password(USER)}'
    )
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
