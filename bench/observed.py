# SPDX-License-Identifier: Apache-2.0
"""What it costs to say what a server has used, beside the plain read-back.

    python3 -m bench.observed [--rounds N]

Runs in the lab's virtual environment, with the lab up. Each round reads a
server's limits once without and once with observed=true, and on its compute
host, in a process with nova-compute's own code, first its limits and then its
counters; so whatever else the machine does disturbs all of them alike. What
counts is the median of the counters on the host, which is what a server adds.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from prettytable import PrettyTable

from lab import hosts, settings
from lab.probe import host_of
from lab.tenant import Tenant

#: Milliseconds.
BOUND = 10.0


class Host:
    """Reads once for each line that it is sent; see raw_observed.py."""

    def __init__(self, name: str, server_id: str, limits: Any) -> None:
        script = settings.CLONE / 'bench' / 'raw_observed.py'
        place = ('env', 'PYTHONWARNINGS=ignore')
        command = (sys.executable, script, server_id, json.dumps(limits))
        self._process = subprocess.Popen(
            [*hosts.enter(hosts.find(name)), *place, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def read(self) -> dict[str, float]:
        """Return the seconds that each part took."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        print(file=process.stdin, flush=True)
        taken: dict[str, float] = json.loads(process.stdout.readline())
        return taken


def timed(call: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def sample(rounds: int) -> dict[str, list[float]]:
    samples: dict[str, list[float]] = {}
    tenant = Tenant()
    with tenant.server('nova-live-tune-bench') as server:
        # The files of the cgroup count only while there is a quota.
        tenant.tune(server, {'setCpuQuota': {'quota': 50000}})
        host = Host(host_of(server.id), server.id, tenant.limits(server))
        for _ in range(rounds):
            taken = {
                'GET': timed(lambda: tenant.limits(server)),
                'GET, observed': timed(lambda: tenant.observed(server)),
                **host.read(),
            }
            for name, seconds in taken.items():
                samples.setdefault(name, []).append(seconds * 1e3)
    return samples


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=200)
    samples = sample(parser.parse_args().rounds)
    table = PrettyTable(('what', 'p50 ms', 'p95 ms'), align='r')
    table.align['what'] = 'l'
    for name, taken in samples.items():
        p95 = statistics.quantiles(taken, n=20)[-1]
        row = (statistics.median(taken), p95)
        table.add_row((name, *(f'{number:.2f}' for number in row)))
    print(table)
    cost = statistics.median(samples['host: counters'])
    print(f'reading the counters {cost:.2f} ms, bound {BOUND:g} ms')
    return 0 if cost <= BOUND else 1


if __name__ == '__main__':
    sys.exit(main())
