# SPDX-License-Identifier: Apache-2.0
"""Run tasks as soon as what they need is done, several at once, and say so."""

import concurrent.futures
import graphlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

WORTH_TELLING = 1.0


@dataclass(frozen=True)
class Task:
    name: str
    run: Callable[[], object]
    needs: tuple[str, ...] = ()


class Progress:
    def __init__(self) -> None:
        self.began = time.monotonic()
        self.lock = threading.Lock()

    def say(self, words: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        with self.lock:
            print(f'{minutes:2}:{seconds:02}  {words}', flush=True)

    def timed(self, task: Task) -> None:
        self.say(task.name)
        start = time.monotonic()
        task.run()
        took = time.monotonic() - start
        if took >= WORTH_TELLING:
            self.say(f'{task.name}: done in {took:.1f} s')


def run(tasks: list[Task], progress: Progress) -> None:
    """The first failure ends it, once the tasks that run have ended."""
    known = {task.name: task for task in tasks}
    order = graphlib.TopologicalSorter(
        {task.name: task.needs for task in tasks}
    )
    order.prepare()
    with concurrent.futures.ThreadPoolExecutor() as pool:
        running: dict[concurrent.futures.Future[None], str] = {}
        while order.is_active():
            for name in order.get_ready():
                running[pool.submit(progress.timed, known[name])] = name
            ready, _ = concurrent.futures.wait(
                running, return_when=concurrent.futures.FIRST_COMPLETED
            )
            for future in ready:
                future.result()
                order.done(running.pop(future))
