# SPDX-License-Identifier: Apache-2.0
"""Telling operators what happens to limits: notifications and metrics."""

from __future__ import annotations

import contextlib
import datetime
import functools
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from nova_live_tune.compute import refusals
from nova_live_tune.compute.devices import Job
from nova_live_tune.metrics import counting, table
from nova_live_tune.notifications import events
from nova_live_tune.notifications.changes import Change
from nova_live_tune.virt.libvirt.deciding import Decision
from nova_live_tune.virt.libvirt.mending import Drift


@contextlib.contextmanager
def tuning(
    context: Any,
    instance: Any,
    action: str,
    jobs: Sequence[Job],
    until: float = math.inf,
) -> Iterator[Callable[..., None]]:
    """Tell of a request: that it is met, and what becomes of it.

    :param until: when what stood before comes back by itself, in seconds
        since 1970
    :returns: what to call with what libvirt reported of each device before,
        and what it reports now that all is done
    """
    begin, end = time.monotonic(), _utc(until)
    events.start(context, instance, action, jobs, end)
    outcome = table.DONE
    try:
        yield functools.partial(
            events.end, context, instance, action, jobs, until=end
        )
    except Exception as error:
        outcome = _count_error(error)
        events.error(context, instance, action, jobs, error, end)
        raise
    finally:
        seconds = time.monotonic() - begin
        counting.observe(table.SETS, seconds, action=action, outcome=outcome)


def _utc(until: float) -> datetime.datetime | None:
    if math.isinf(until):
        return None
    return datetime.datetime.fromtimestamp(until, datetime.timezone.utc)


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
    instance: Any, decided: Iterable[Decision], until: float, now: float
) -> None:
    """Tell that limits that were set for a time have come to their end.

    :param decided: what was done to each device
    :param until: when the first of them was due, in seconds since 1970
    :param now: when it was done
    """
    counting.observe(table.EXPIRY_LATENESS, now - until)
    changes = [_end(decision) for decision in decided]
    events.expired(
        instance._context, instance, filter(None, changes), _utc(until)
    )


def _end(decision: Decision) -> Change | None:
    before, after = decision.before or {}, decision.after or {}
    names = [name for name in after if before[name] != after[name]]
    if not names:
        return None
    return Change(
        decision.device,
        {name: before[name] for name in names},
        {name: after[name] for name in names},
    )
