# SPDX-License-Identifier: Apache-2.0
"""The same for many servers, side by side."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from typing import Any

from nova_live_tune.osc import failures
from nova_live_tune.osc.servers import Server

#: What became of a server.
DONE, FAILED, NOT_BEGUN, UNKNOWN = 'done', 'failed', 'not begun', 'unknown'

_INTERRUPTED = {
    NOT_BEGUN: 'Interrupted before it was asked for.',
    UNKNOWN: 'Interrupted before the answer came: read its limits back.',
}


@dataclasses.dataclass
class Outcome:
    """What became of one server.

    :ivar answer: of a server that is done
    :ivar message: of another, why it is not
    """

    server: Server
    result: str
    answer: Any = None
    message: str = ''


@dataclasses.dataclass
class Report:
    """What became of all of them, in the order that they were named in."""

    outcomes: list[Outcome]
    interrupted: bool = False

    def count(self, *results: str) -> int:
        return sum(o.result in results for o in self.outcomes)

    @property
    def complete(self) -> bool:
        return self.count(DONE) == len(self.outcomes)

    @property
    def sentence(self) -> str:
        """How many are done, and how many are not, and why."""
        words = [f'{self.count(DONE)} of {len(self.outcomes)} servers done']
        words += [
            f'{self.count(result)} {result}'
            for result in (FAILED, NOT_BEGUN, UNKNOWN)
            if self.count(result)
        ]
        stop = 'Interrupted: ' if self.interrupted else ''
        return stop + ', '.join(words) + '.'


Operate = Callable[[Server], Any]


def run(
    servers: Sequence[Server],
    operate: Operate,
    parallel: int,
    told: Callable[[], object],
) -> Report:
    """Do something to each server, and stop at an interrupt.

    What has been asked for by then is waited for, so that it can be said what
    was done; a second interrupt ends that too.

    :param operate: what to do; returns what the server answered
    :param parallel: to how many servers at a time
    :param told: called after each
    """
    executor = futures.ThreadPoolExecutor(parallel)
    jobs = [executor.submit(_outcome, operate, s) for s in servers]
    interrupted = False
    try:
        _wait(jobs, told)
    except KeyboardInterrupt:
        interrupted = True
        for job in jobs:
            job.cancel()
        _wait_out([job for job in jobs if not job.cancelled()])
    finally:
        executor.shutdown(wait=False)
    return Report([_result(s, j) for s, j in zip(servers, jobs)], interrupted)


def _wait(
    jobs: Iterable[futures.Future[Outcome]], told: Callable[[], object]
) -> None:
    for _ in futures.as_completed(jobs):
        told()


def _wait_out(jobs: Sequence[futures.Future[Outcome]]) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        futures.wait(jobs)


def _outcome(operate: Operate, server: Server) -> Outcome:
    try:
        return Outcome(server, DONE, operate(server))
    except Exception as error:
        return Outcome(server, FAILED, message=failures.sentence(error))


def _result(server: Server, job: futures.Future[Outcome]) -> Outcome:
    if job.done() and not job.cancelled():
        return job.result()
    result = NOT_BEGUN if job.cancelled() else UNKNOWN
    return Outcome(server, result, message=_INTERRUPTED[result])
