# SPDX-License-Identifier: Apache-2.0
"""How long tuning takes, against a call that every Nova answers.

    python3 -m bench.latency [--rounds N]

Runs in the lab's virtual environment, with the lab up. Each round asks once
for each action and once for os-getConsoleOutput on the same server, so that
whatever else the machine does disturbs all of them alike; the ratios of the
medians are what counts. Of setInterface, the time of libvirt's own call is
measured in the same rounds and taken off, since libvirt runs tc for it.

Two of Nova's own actions tell how little it can take. lock records an action
and saves the instance, as tuning does, but calls no compute host; unpause is
refused as soon as the server has been looked up, since that runs. So lock +
os-getConsoleOutput - unpause is about what Nova takes for an action that is
recorded, saved, and calls the host, whatever is done there.
"""

import argparse
import contextlib
import statistics
import subprocess
import sys
import time
from typing import Any

from openstack import exceptions
from prettytable import PrettyTable

from lab import hosts, settings
from lab.probe import host_of
from lab.tenant import Tenant

BOUND = 1.5
BASE = 'os-getConsoleOutput'
#: Nova refuses it of a server that is not paused.
REFUSED = 'unpause'
COMPARED = (BASE, 'lock', 'unlock', REFUSED)
Samples = dict[str, list[float]]


def bodies(turn: int) -> dict[str, dict[str, Any]]:
    """Requests that change something every time."""
    step = turn % 2 + 1
    return {
        BASE: {BASE: {}},
        'lock': {'lock': None},
        'unlock': {'unlock': None},
        REFUSED: {REFUSED: None},
        'setCpuQuota': {'setCpuQuota': {'quota': 50000 * step}},
        'setDiskIO': {'setDiskIO': {'disk': 'vda', 'total_iops_sec': step}},
        'setInterface': {'setInterface': {'interface': 1, 'rate': step * 999}},
    }


class Raw:
    """libvirt's own call, made on the compute host."""

    def __init__(self, host: str, server_id: str, mac: str) -> None:
        script = settings.CLONE / 'bench' / 'raw_interface.py'
        self._process = subprocess.Popen(
            [
                *hosts.enter(hosts.find(host)),
                sys.executable,
                script,
                server_id,
                mac,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(self, rate: int) -> float:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        print(rate, file=process.stdin, flush=True)
        return float(process.stdout.readline())


def timed(
    tenant: Tenant, server: Any, body: dict[str, Any], is_refused: bool
) -> float:
    refusal = (exceptions.ConflictException,) if is_refused else ()
    begun = time.perf_counter()
    with contextlib.suppress(*refusal):
        tenant.tune(server, body)
    return time.perf_counter() - begun


def sample(rounds: int) -> Samples:
    samples: Samples = {}
    tenant = Tenant()
    with tenant.server('nova-live-tune-bench') as server:
        mac = tenant.limits(server)['interfaces'][0]['mac_address']
        raw = Raw(host_of(server.id), server.id, mac)
        for turn in range(rounds):
            for name, body in bodies(turn).items():
                seconds = timed(tenant, server, body, name == REFUSED)
                samples.setdefault(name, []).append(seconds)
            samples.setdefault('libvirt', []).append(raw.call(turn % 2 + 500))
    return samples


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=100)
    samples = sample(parser.parse_args().rounds)
    p50 = {name: statistics.median(times) for name, times in samples.items()}
    base, raw = p50[BASE], p50.pop('libvirt')
    least = p50['lock'] + base - p50[REFUSED]
    table = PrettyTable(('action', 'p50 ms', 'of it libvirt', 'ratio'))
    worst = 0.0
    for name, median in p50.items():
        own = raw if name == 'setInterface' else 0
        ratio = (median - own) / base
        if name not in COMPARED:
            worst = max(worst, ratio)
        table.add_row(
            (name, f'{median * 1e3:.1f}', f'{own * 1e3:.1f}', f'{ratio:.2f}')
        )
    print(table)
    print(f'Nova alone {least * 1e3:.1f} ms, ratio {least / base:.2f}')
    print(f'worst ratio {worst:.2f}, bound {BOUND}')
    return 0 if worst <= BOUND else 1


if __name__ == '__main__':
    sys.exit(main())
