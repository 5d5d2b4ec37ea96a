# SPDX-License-Identifier: Apache-2.0
"""What reconciling costs nova-compute when there is nothing to mend.

    python3 -m bench.reconcile [--guests 10 50 100 200]

Runs in the lab's virtual environment, with the lab up. As many paused guests
as asked for, each with limits on its CPU, a NIC and two disks, run on compute1
beside their records in Nova's database, under a host name of their own. A
Reconciler in a process with nova-compute's configuration then compares them:
all at once, as at the start of nova-compute, and in periodic passes. Printed
is the CPU time of that process, for a pass as a share of one core over the
interval; the last column compares each row with the first one.
"""

import argparse
import json
import subprocess
import sys
from typing import Any

from prettytable import PrettyTable

from lab import hosts, settings

BOUND = 1.0
HERE = settings.CLONE / 'bench'


def command(host: hosts.Host, script: str, *arguments: object) -> list[str]:
    config = host.etc / 'nova' / 'nova.conf'
    words = [sys.executable, HERE / script, config, *arguments]
    place = ('env', f'PYTHONPATH={settings.CLONE}', 'PYTHONWARNINGS=ignore')
    return [*hosts.enter(host), *place, *map(str, words)]


def on(host: hosts.Host, script: str, *arguments: object, **more: Any) -> Any:
    done = subprocess.run(
        command(host, script, *arguments),
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        **more,
    )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        '--guests', type=int, nargs='+', default=[10, 50, 100, 200]
    )
    counts = sorted(parser.parse_args().guests)
    compute = hosts.COMPUTES[0]
    records = on(hosts.CONTROLLER, 'reconcile_records.py', 'make', counts[-1])
    text = json.dumps({'servers': records, 'counts': counts})
    try:
        rows = on(compute, 'reconcile_pass.py', input=text)
    finally:
        on(hosts.CONTROLLER, 'reconcile_records.py', 'remove', 0)
    return report(rows)


def report(rows: list[dict[str, float]]) -> int:
    table = PrettyTable(
        (
            'guests',
            'at start, s',
            'a pass, ms',
            'libvirtd, ms',
            'interval, s',
            '% of a core',
            'x the first',
        )
    )
    shares = [row['pass'] / row['interval'] * 100 for row in rows]
    for row, share in zip(rows, shares):
        table.add_row(
            (
                row['guests'],
                f'{row["start"]:.2f}',
                f'{row["pass"] * 1e3:.0f}',
                f'{row["libvirtd"] * 1e3:.0f}',
                row['interval'],
                f'{share:.2f}',
                f'{share / shares[0]:.1f}',
            )
        )
    print(table)
    print(f'worst {max(shares):.2f} % of a core, bound {BOUND} %')
    return 0 if max(shares) < BOUND else 1


if __name__ == '__main__':
    sys.exit(main())
