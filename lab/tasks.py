# SPDX-License-Identifier: Apache-2.0
"""Run tasks as soon as what they need is done, several at once, and say so."""

import concurrent.futures
import graphlib
import subprocess
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from lab import settings
from lab.shell import Failed

WORTH_TELLING = 1.0
# Most tasks wait for something most of the time.
AT_ONCE = 16
# Set when the rest shall not be waited for any more.
given_up = threading.Event()


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
        with explained(task.name):
            task.run()
        took = time.monotonic() - start
        if took >= WORTH_TELLING:
            self.say(f'{task.name}: done in {took:.1f} s')


@contextmanager
def explained(doing: str) -> Iterator[None]:
    """What nobody foresaw: a sentence here, the details in a log."""
    try:
        yield
    except Failed as problem:
        raise Failed(f'{doing}: {problem}') from None
    except Exception as problem:
        log = settings.LOGS / 'lab.log'
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open('a') as file:
            file.write(time.strftime('%Y-%m-%d %H:%M:%S ') + doing + '\n')
            traceback.print_exc(file=file)
        sentence = f'{doing}: {type(problem).__name__}: {problem}'
        if isinstance(problem, subprocess.CalledProcessError):
            sentence += f'\n{problem.output}'
        raise Failed(f'{sentence}\nMore about it is in {log}') from None


def run(tasks: list[Task], progress: Progress) -> None:
    """The first failure ends it, once the tasks that run have ended."""
    order = graphlib.TopologicalSorter(
        {task.name: task.needs for task in tasks}
    )
    order.prepare()
    given_up.clear()
    pool = concurrent.futures.ThreadPoolExecutor(AT_ONCE)
    try:
        _run_in_order(
            {task.name: task for task in tasks}, order, pool, progress
        )
    except BaseException:
        given_up.set()
        progress.say('Ending what has begun')
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _run_in_order(
    tasks: dict[str, Task],
    order: 'graphlib.TopologicalSorter[str]',
    pool: concurrent.futures.Executor,
    progress: Progress,
) -> None:
    running: dict[concurrent.futures.Future[None], str] = {}
    while order.is_active():
        for name in order.get_ready():
            running[pool.submit(progress.timed, tasks[name])] = name
        ready, _ = concurrent.futures.wait(
            running, return_when=concurrent.futures.FIRST_COMPLETED
        )
        for future in ready:
            future.result()
            order.done(running.pop(future))
