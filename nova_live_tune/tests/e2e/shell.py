# SPDX-License-Identifier: Apache-2.0
"""The lab's openstack command, as a tenant has it.

It takes seconds to start, so what need not be a process of its own is run by
one that stays: the same shell, one command after the other.
"""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

from lab import settings
from lab.tenant import CLOUD
from nova_live_tune.tests.command import Done

#: Reads a command's words from each line, and answers with what came of it.
STAYS = """
import contextlib, io, json, sys
from openstackclient import shell

answers = sys.stdout
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = shell.main(json.loads(line))
        except SystemExit as stop:
            status = stop.code
    print(json.dumps([status, out.getvalue(), err.getvalue()]),
          file=answers, flush=True)
"""
TUNE = ('server', 'tune')


def binary(name: str) -> Path:
    return settings.VENV / 'bin' / name


def environment(cloud: str = CLOUD) -> dict[str, str]:
    """What the command finds the lab by."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith('OS_')}
    clouds = {'OS_CLIENT_CONFIG_FILE': str(settings.CLOUDS), 'OS_CLOUD': cloud}
    return {**kept, **clouds}


class Shell:
    """One process that runs commands until it is closed."""

    def __init__(self, cloud: str = CLOUD) -> None:
        self._process = subprocess.Popen(
            [binary('python'), '-c', STAYS],
            env=environment(cloud),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *words: Any) -> Done:
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        print(json.dumps([str(w) for w in words]), file=process.stdin)
        process.stdin.flush()
        return Done(*json.loads(process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()


def start(*words: Any, **kwargs: Any) -> 'subprocess.Popen[str]':
    """Start the command itself, as an interrupt would find it."""
    return subprocess.Popen(
        [binary('openstack'), *map(str, words)],
        env=environment(),
        text=True,
        # Tests that run in the background ignore it, as would their children.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **kwargs,
    )


def run(*words: Any) -> Done:
    """Run the command itself."""
    process = start(*words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    stdout, stderr = process.communicate()
    return Done(process.returncode, stdout, stderr)
