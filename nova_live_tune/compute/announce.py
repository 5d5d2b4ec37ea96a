# SPDX-License-Identifier: Apache-2.0
"""Telling operators what happens to limits: notifications and metrics."""

from __future__ import annotations

import contextlib
import datetime
import functools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from nova_live_tune.compute import refusals
from nova_live_tune.compute.devices import Job
from nova_live_tune.metrics import counting, table
from nova_live_tune.notifications import events
from nova_live_tune.notifications.changes import Change
from nova_live_tune.virt.libvirt.mending import Drift


@contextlib.contextmanager
def tuning(
    context: Any,
    instance: Any,
    action: str,
    jobs: Sequence[Job],
    until: datetime.datetime | None = None,
) -> Iterator[Callable[..., None]]:
    """Tell of a request: that it is met, and what becomes of it.

    :param until: when what stood before comes back by itself, in UTC
    :returns: what to call with the plan of each device, and with what libvirt
        reports of each, once all is done
    """
    begin = time.monotonic()
    events.start(context, instance, action, jobs, until)
    outcome = table.DONE
    try:
        yield functools.partial(
            events.end, context, instance, action, jobs, until=until
        )
    except Exception as error:
        outcome = _count_error(error)
        events.error(context, instance, action, jobs, error, until)
        raise
    finally:
        seconds = time.monotonic() - begin
        counting.observe(table.SETS, seconds, action=action, outcome=outcome)


def _count_error(error: Exception) -> str:
    status = refusals.status(error)
    if status == refusals.FAILURE:
        return table.FAILED
    counting.count(table.REFUSALS, status=str(status))
    return table.REFUSED


def drift(
    instance: Any, done: Iterable[Drift], failures: Sequence[str]
) -> None:
    """Tell that limits were not what is kept.

    :param done: what was set again
    :param failures: a sentence for each device that could not be
    """
    changes = (_change(found) for found in done)
    events.drift(instance._context, instance, changes, failures)


def _change(found: Drift) -> Change:
    after = {name: found.wanted[name] for name in found.found}
    return Change(found.device, found.found, after, found.where)


def expired(
    context: Any,
    instance: Any,
    changes: Iterable[Change],
    until: datetime.datetime,
    lateness: float,
) -> None:
    """Tell that limits that were set for a time have come to their end.

    :param changes: what they were, and what stands again
    :param until: when that was due, in UTC
    :param lateness: how long after that it was done, in seconds
    """
    counting.observe(table.EXPIRY_LATENESS, lateness)
    events.expired(context, instance, changes, until)
