# SPDX-License-Identifier: Apache-2.0
"""Publishing versioned notifications of what happens to a server's limits.

As Nova does: through its versioned notifier, if ``[notifications]`` has it so.
Otherwise nothing is made, and a notification that cannot be published never
stops what it is about.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import nova.conf
from nova import rpc
from nova.notifications.objects import base
from nova.objects import fields
from oslo_log import log as logging

from nova_live_tune.compute.devices import Job
from nova_live_tune.notifications import changes as made_of
from nova_live_tune.notifications import objects
from nova_live_tune.notifications.changes import Change
from nova_live_tune.tunables import Values

LOG = logging.getLogger(__name__)


def _harmless(publish: Callable[..., None]) -> Callable[..., None]:
    """Publish if anybody wants it, and come back whatever happens."""

    if_wanted = rpc.if_notifications_enabled(publish)

    @functools.wraps(publish)
    def published(context: Any, instance: Any, *args: Any, **kw: Any) -> None:
        try:
            if_wanted(context, instance, *args, **kw)
        except Exception:
            LOG.warning('No notification', instance=instance, exc_info=True)

    return published


@_harmless
def start(
    context: Any,
    instance: Any,
    action: str,
    jobs: Iterable[Job],
    until: datetime.datetime | None = None,
) -> None:
    """Say that a request is about to be met.

    :param action: the server action
    :param until: when what stood before comes back by itself, in UTC; None
        for never
    """
    _publish(
        context,
        instance,
        objects.START,
        made_of.asked(jobs),
        action=action,
        until=until,
        **_initiator(context),
    )


@_harmless
def end(
    context: Any,
    instance: Any,
    action: str,
    jobs: Iterable[Job],
    before: Iterable[Values | None],
    effective: Iterable[Values | None],
    until: datetime.datetime | None = None,
) -> None:
    """Say what was changed.

    :param before: what libvirt reported of each device
    :param effective: what it reports afterwards
    """
    _publish(
        context,
        instance,
        objects.END,
        made_of.made(jobs, before, effective),
        action=action,
        until=until,
        **_initiator(context),
    )


@_harmless
def error(
    context: Any,
    instance: Any,
    action: str,
    jobs: Iterable[Job],
    fault: BaseException,
    until: datetime.datetime | None = None,
) -> None:
    """Say that a request was refused, or failed; call it in the handler."""
    _publish(
        context,
        instance,
        objects.ERROR,
        made_of.asked(jobs),
        action=action,
        until=until,
        fault=objects.fault(fault),
        **_initiator(context),
    )


@_harmless
def drift(
    context: Any,
    instance: Any,
    changes: Iterable[Change],
    failures: Sequence[str],
) -> None:
    """Say that limits were not what is kept, and what they were set to.

    :param changes: what was found, and what it was set to
    :param failures: a sentence for each device that could not be set again
    """
    # Nobody asked for that.
    _publish(
        context, instance, objects.DRIFT, changes, failures=list(failures)
    )


@_harmless
def expired(
    context: Any,
    instance: Any,
    changes: Iterable[Change],
    until: datetime.datetime | None,
) -> None:
    """Say that limits that were set for a time have come to their end.

    :param changes: what they were, and what stands again
    :param until: when that was due, in UTC
    """
    _publish(context, instance, objects.EXPIRED, changes, until=until)


def _initiator(context: Any) -> dict[str, Any]:
    return {
        'action_initiator_user': context.user_id,
        'action_initiator_project': context.project_id,
    }


def _publish(
    context: Any,
    instance: Any,
    phase: str,
    changes: Iterable[Change],
    **values: Any,
) -> None:
    nothing: dict[str, Any] = {
        'action': None,
        'action_initiator_user': None,
        'action_initiator_project': None,
        'until': None,
        'failures': [],
        'fault': None,
    }
    payload = objects.InstanceLiveTunePayload.of(
        instance,
        request_id=context.request_id,
        changes=[objects.LiveTuneChangePayload.of(c) for c in changes],
        **{**nothing, **values},
    )
    levels = fields.NotificationPriority
    objects.InstanceLiveTuneNotification(
        # Those who listen to Nova listen to these two levels.
        priority=levels.ERROR if payload.fault else levels.INFO,
        publisher=base.NotificationPublisher(
            host=nova.conf.CONF.host, source=fields.NotificationSource.COMPUTE
        ),
        event_type=objects.LiveTuneEventType(
            objects.OBJECT, objects.ACTION, phase
        ),
        payload=payload,
    ).emit(context)
