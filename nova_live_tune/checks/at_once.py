# SPDX-License-Identifier: Apache-2.0
"""Ask many, and wait for no one for ever."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

T = TypeVar('T')

THREADS = 20


def ask(
    questions: Mapping[str, Callable[[], T]], seconds: float
) -> dict[str, T]:
    """Return the answers, by name, of those who gave one.

    :param seconds: how long to wait for one answer
    """
    waiting: queue.Queue[str] = queue.Queue()
    given: queue.Queue[tuple[str, T]] = queue.Queue()
    for name in questions:
        waiting.put(name)
    for _ in range(min(THREADS, len(questions))):
        # Not of concurrent.futures, at whose threads the program would wait
        # in the end: oslo.messaging tries for ever to reach a bus.
        threading.Thread(
            target=_work, args=(questions, waiting, given), daemon=True
        ).start()
    return _collect(len(questions), given, seconds)


def _work(
    questions: Mapping[str, Callable[[], T]],
    waiting: queue.Queue[str],
    given: queue.Queue[tuple[str, T]],
) -> None:
    while True:
        try:
            name = waiting.get_nowait()
        except queue.Empty:
            return
        given.put((name, questions[name]()))


def _collect(
    count: int, given: queue.Queue[tuple[str, T]], seconds: float
) -> dict[str, T]:
    found: dict[str, T] = {}
    rounds = -(-count // THREADS)
    end = time.monotonic() + seconds * rounds
    while len(found) < count:
        try:
            name, answer = given.get(timeout=max(0, end - time.monotonic()))
        except queue.Empty:
            break
        found[name] = answer
    return found
