# SPDX-License-Identifier: Apache-2.0
"""nova-live-tune-status upgrade check, as an operator runs it."""

import json
import subprocess
from typing import Any

from lab import hosts, settings
from lab.hosts import CONTROLLER, Host

COMMAND = settings.VENV / 'bin' / 'nova-live-tune-status'


def check(host: Host) -> tuple[int, dict[str, dict[str, Any]]]:
    """Run it on a host; its exit code, and each check's row."""
    done = subprocess.run(
        [
            *hosts.enter(host),
            COMMAND,
            '--config-file',
            host.etc / 'nova' / 'nova.conf',
            'upgrade',
            'check',
            '--json',
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.startswith('{'):
        raise AssertionError(f'{done.stdout}{done.stderr}')
    rows = json.loads(done.stdout)['checks']
    return done.returncode, {row['check']: row for row in rows}


def told_of_hosts(rows: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What it says of each compute host."""
    lines = rows['Compute hosts']['details'].splitlines()
    return dict(line.split(': ', 1) for line in lines)


def fault_with_hosts() -> tuple[int, dict[str, str]]:
    """The exit code, and what is said of each compute host.

    :raises AssertionError: if the controller finds fault with anything else
    """
    code, rows = check(CONTROLLER)
    faulty = {name for name, row in rows.items() if row['result']}
    if faulty != {'Compute hosts'}:
        raise AssertionError(rows)
    return code, told_of_hosts(rows)
