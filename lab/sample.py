# SPDX-License-Identifier: Apache-2.0
"""Count what a domain uses; run by lab/measure.py on its compute host.

sample.py DOMAIN SETTLE SECONDS: wait, count, wait, count again; prints how
much each counter grew per second. Outside the guest, and past the limits: a
device's packets are counted where they come out behind its queue.
"""

import json
import subprocess
import sys
import time

STATS = ('--vcpu', '--block')
DISK = {'rd.bytes', 'rd.reqs', 'wr.bytes', 'wr.reqs'}


def of_domain(domain: str) -> dict[str, int]:
    """virsh numbers the disks; name them instead."""
    command = ('virsh', '--readonly', 'domstats', *STATS, domain)
    text = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    stats = dict(
        line.strip().split('=', 1) for line in text.splitlines() if '=' in line
    )
    counters = {}
    for key, value in stats.items():
        kind, _, rest = key.partition('.')
        number, _, name = rest.partition('.')
        if kind == 'vcpu' and name == 'time':
            counters[key] = int(value)
        elif kind == 'block' and name in DISK:
            counters[f'{stats[f"block.{number}.name"]}.{name}'] = int(value)
    return counters


def of_devices() -> dict[str, int]:
    """Not from /sys, which may show another network namespace's devices."""
    counters = {}
    with open('/proc/net/dev') as lines:
        for line in list(lines)[2:]:
            device, _, numbers = line.strip().partition(':')
            values = numbers.split()
            counters[f'{device}.rx'] = int(values[0])
            counters[f'{device}.tx'] = int(values[8])
    return counters


def count(domain: str) -> tuple[float, dict[str, int]]:
    """virsh takes a while: what counts is the middle of it."""
    begun = time.monotonic()
    counters = of_domain(domain)
    ended = time.monotonic()
    counters.update(of_devices())
    return (begun + ended) / 2, counters


def main(domain: str, settle: str, seconds: str) -> None:
    time.sleep(float(settle))
    begun, before = count(domain)
    time.sleep(float(seconds))
    ended, after = count(domain)
    rates = {
        name: (after[name] - before[name]) / (ended - begun)
        for name in after.keys() & before.keys()
    }
    json.dump(rates, sys.stdout)


if __name__ == '__main__':
    main(*sys.argv[1:])
