# SPDX-License-Identifier: Apache-2.0
"""A bar for who waits at a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def at_terminal() -> bool:
    """Whether somebody sees what is written, and nothing reads it."""
    return sys.stdout.isatty() and sys.stderr.isatty()


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[], object]]:
    """Draw how many are done; yields what to call after each.

    There is none in a pipe, nor for one alone; it is gone when it is full.
    """
    if total < 2 or not at_terminal():
        yield lambda: None
        return
    # Other commands, and completion, need not wait for this import.
    from rich import console, progress

    columns = (
        progress.TextColumn('{task.description}'),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeElapsedColumn(),
    )
    screen = console.Console(stderr=True)
    with progress.Progress(*columns, console=screen, transient=True) as shown:
        task = shown.add_task(title, total=total)
        yield lambda: shown.advance(task)
