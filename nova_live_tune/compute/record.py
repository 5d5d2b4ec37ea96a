# SPDX-License-Identifier: Apache-2.0
"""Telling what became of kept limits: in the log and as instance actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import nova.conf
from nova import context as nova_context
from nova import exception, objects
from oslo_log import log as logging

LOG = logging.getLogger(__name__)

OVERLAY = 'live_tune_overlay'
RECONCILE = 'live_tune_reconcile'
EXPIRED = 'live_tune_expired'


def not_in_effect(instance: Any, problems: Sequence[str]) -> None:
    """Record on the action that is under way that limits are not in effect."""
    message = 'Limits that were set live are not in effect: ' + ' '.join(
        problems
    )
    LOG.warning(message, instance=instance)
    _try(_event, instance._context, instance, OVERLAY, message)


def put_back(instance: Any, failed: Sequence[str]) -> None:
    """Record an action of our own for limits that had to be set again.

    :param failed: why some could not be; empty if all could
    """
    _try_action(instance, RECONCILE, ' '.join(failed))


def expired(instance: Any, failed: str = '') -> None:
    """Record an action of our own for leases that have ended.

    :param failed: why they could not be, if so
    """
    _try_action(instance, EXPIRED, failed)


def _try_action(instance: Any, name: str, failed: str) -> None:
    context = nova_context.get_admin_context()
    _try(_action, context, instance, name, failed)


def _action(context: Any, instance: Any, name: str, failed: str) -> None:
    objects.InstanceAction.action_start(
        context, instance.uuid, name, want_result=False
    )
    _event(context, instance, name, failed)


def _event(context: Any, instance: Any, action: str, failed: str) -> None:
    """Record an event, which failed if there is a text that says why."""
    uuid, name = instance.uuid, f'compute_{action}'
    event, host = objects.InstanceActionEvent, str(nova.conf.CONF.host)
    event.event_start(context, uuid, name, want_result=False, host=host)
    event.event_finish_with_failure(
        context,
        uuid,
        name,
        exc_val=failed or None,
        # This, not the text, is what tells a failure from a success.
        exc_tb='' if failed else None,
        want_result=False,
    )


def _try(call: Any, context: Any, instance: Any, *args: Any) -> None:
    # A record that cannot be made must not stop what it is about.
    try:
        call(context, instance, *args)
    except exception.InstanceActionNotFound:
        LOG.debug('No action of a user is under way', instance=instance)
    except Exception:
        LOG.warning('No record was made', instance=instance, exc_info=True)
