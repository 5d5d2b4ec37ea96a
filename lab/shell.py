# SPDX-License-Identifier: Apache-2.0
"""Run a command; what it said is shown only when it fails."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

LINES = 25
# Of pip and uv. tox sets them for its tests; the lab has pins of its own, and
# its own ways of installing.
TOXS = (
    'PIP_CONSTRAINT',
    'UV_CONSTRAINT',
    'UV_COMPILE_BYTECODE',
    'UV_LINK_MODE',
)


class Failed(Exception):
    pass


def run(
    command: Sequence[str | Path],
    more: Mapping[str, str] | None = None,
    accept: Sequence[int] = (0,),
    cwd: Path | None = None,
) -> str:
    done = subprocess.run(
        [str(word) for word in command],
        env={**_environment(), **(more or {})},
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors='replace',
    )
    if done.returncode not in accept:
        said = '\n'.join(done.stdout.splitlines()[-LINES:])
        raise Failed(
            f'{" ".join(map(str, command))}'
            f' ended with {done.returncode}:\n{said}'
        )
    return done.stdout


def _environment() -> dict[str, str]:
    return {
        name: value for name, value in os.environ.items() if name not in TOXS
    }
