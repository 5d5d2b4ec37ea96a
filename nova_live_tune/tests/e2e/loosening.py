# SPDX-License-Identifier: Apache-2.0
"""Every way in which a tenant may try to get more than the bounds allow.

python -m nova_live_tune.tests.e2e.loosening

Tries them on servers of the lab, and writes doc/source/bounds-tried.inc.
"""

import csv
import dataclasses
import io
from collections.abc import Iterator
from typing import Any

from lab import settings
from nova_live_tune.tests.e2e.operations import Subject, rebuild, resize

FLAVOR = 'lab.bounded'
MIB = 1 << 20
_RESET = {'resetLiveTune': None}


@dataclasses.dataclass(frozen=True)
class Way:
    """One way to get more.

    :ivar path: by what it is that the limit would be loosened
    :ivar body: what the tenant asks for
    :ivar first: what he has asked for before that
    :ivar throttle: what an admin has set before that
    """

    path: str
    body: dict[str, Any]
    first: dict[str, Any] | None = None
    throttle: dict[str, Any] | None = None


def _cpu(**knobs: Any) -> dict[str, Any]:
    return {'setCpuQuota': knobs}


def _nic(**knobs: Any) -> dict[str, Any]:
    return {'setInterface': {'interface': 1, **knobs}}


def _disk(**knobs: Any) -> dict[str, Any]:
    return {'setDiskIO': {'disk': 'vda', **knobs}}


_SLOW = _cpu(quota=20000)
_SLOW_NIC = _nic(rate=500)
_SLOW_DISK = _disk(total_bytes_sec=MIB)

WAYS = (
    Way('set', _cpu(quota=90000)),
    Way('set, no limit', _cpu(quota=-1)),
    Way('set, too tight', _cpu(quota=5000)),
    Way('a longer period', _cpu(quota=900000, period=1000000)),
    Way('a shorter period', _cpu(period=50000)),
    Way('shares', _cpu(shares=201)),
    Way('set, towards the guest', _nic(inbound={'average': 4097})),
    Way('set, from the guest', _nic(outbound={'average': 2049})),
    Way('no limit of a NIC', _nic(inbound={'average': 0})),
    Way('both directions at once', _nic(rate=4096)),
    Way('a peak', _nic(inbound={'average': 100, 'peak': 4097})),
    Way('a burst', _nic(outbound={'average': 100, 'burst': 2049})),
    Way('set, a total', _disk(total_bytes_sec=8 * MIB + 1)),
    Way('no limit of a disk', _disk(total_bytes_sec=0)),
    Way(
        'reading and writing for a total',
        _disk(read_bytes_sec=5 * MIB, write_bytes_sec=4 * MIB),
    ),
    Way('reading alone for a total', _disk(read_bytes_sec=MIB)),
    Way('a total for reading', _disk(total_iops_sec=101)),
    Way(
        "a disk's burst",
        _disk(total_bytes_sec=MIB, total_bytes_sec_max=9 * MIB),
    ),
    Way(
        'null, from a throttle',
        _cpu(quota=None),
        throttle=_SLOW,
    ),
    Way('set, from a throttle', _cpu(quota=20001), throttle=_SLOW),
    Way('reset, from a throttle', _RESET, throttle=_SLOW),
    Way('reset of a NIC', _RESET, throttle=_SLOW_NIC),
    Way('reset of a disk', _RESET, throttle=_SLOW_DISK),
    Way(
        'after less was set below a throttle',
        _cpu(quota=30000),
        first=_cpu(quota=10000),
        throttle=_SLOW,
    ),
    Way(
        'a lease from a throttle',
        _cpu(quota=40000, duration=60),
        throttle=_SLOW,
    ),
    Way('a lease', _cpu(quota=90000, duration=60)),
    Way(
        'the end of a lease',
        _cpu(period=20000),
        first=_cpu(quota=10000, duration=60),
    ),
    Way(
        "the end of an admin's boost",
        _cpu(quota=90000),
        throttle=_cpu(quota=100000, duration=60),
    ),
)


class Trial:
    """A server with bounds, and what its tenant tries."""

    def __init__(self, name: str) -> None:
        subject = Subject(name, server=object())
        server = subject.tenant.boot(name, flavor=FLAVOR)
        self.subject = Subject(name, server=server)

    def close(self) -> None:
        self.subject.tenant.delete(self.subject.server)

    def send(self, body: dict[str, Any], admin: bool = False) -> Any:
        """A server action's raw response, whatever it is."""
        compute = self.subject.clouds if admin else self.subject.compute
        url = f'/servers/{self.subject.server.id}/action'
        return compute.post(url, json=body)

    def limits(self) -> dict[str, Any]:
        return self.subject.tenant.limits(self.subject.server)

    def prepare(self, way: Way) -> None:
        for body, admin in (
            (_RESET, True),
            (way.throttle, True),
            (way.first, False),
        ):
            if body or (admin and body is _RESET):
                response = self.send(body, admin)
                assert response.status_code == 202, response.text

    def attempt(self, way: Way) -> tuple[Any, bool]:
        """Try it; return the response, and whether nothing has changed."""
        self.prepare(way)
        before = self.limits()
        response = self.send(way.body)
        return response, before == self.limits()

    def throttled(self) -> dict[str, int]:
        """What becomes of a throttle by what Nova does to the server."""
        self.prepare(Way('', {}, throttle=_SLOW))
        found = {}
        for operation in (rebuild, resize):
            operation(self.subject)
            cpu = self.limits()['cpu']['effective']
            found[operation.__name__] = cpu['quota'] * 100 // cpu['period']
        return found


def _rows(trial: Trial) -> Iterator[tuple[str, ...]]:
    for way in WAYS:
        response, same = trial.attempt(way)
        [fault] = response.json().values()
        [(action, asked)] = way.body.items()
        assert same, way
        yield (
            way.path,
            f'``{action}: {asked}``',
            str(response.status_code),
            fault['message'],
        )
    for name, percent in trial.throttled().items():
        yield (
            name,
            '(by Nova, of a server throttled to 20 %)',
            '',
            (f'It still has {percent} %.'),
        )


def main() -> None:
    trial = Trial('bounds')
    try:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerows(_rows(trial))
    finally:
        trial.close()
    head = (
        '.. csv-table::\n   :header: by, asked, answer, sentence\n'
        '   :widths: 18, 30, 8, 44\n\n'
    )
    lines = [f'   {line}' for line in text.getvalue().splitlines()]
    path = settings.CLONE / 'doc' / 'source' / 'bounds-tried.inc'
    path.write_text(head + '\n'.join(lines) + '\n')


if __name__ == '__main__':
    main()
