# SPDX-License-Identifier: Apache-2.0
"""What Nova's compute manager and libvirt driver call through our patches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nova import context as nova_context
from nova import objects, utils
from nova.virt import event as virt_event
from oslo_log import log as logging
from oslo_service import periodic_task

from nova_live_tune.compute import manager as live_tune
from nova_live_tune.compute import reconcile, store
from nova_live_tune.metrics import export

LOG = logging.getLogger(__name__)

#: After these a domain may have been defined anew.
_TRANSITIONS = (
    virt_event.EVENT_LIFECYCLE_STARTED,
    virt_event.EVENT_LIFECYCLE_RESUMED,
)


def endpoints(manager: Any) -> list[live_tune.LiveTuneEndpoint]:
    """What the manager serves over RPC beside itself."""
    # Tasks belong to the class; a second manager has it by the first one.
    if reconcile_limits.__name__ not in manager._periodic_last_run:
        manager.add_periodic_task(reconcile_limits)
    return [live_tune.LiveTuneEndpoint(manager)]


def host_started(manager: Any) -> Sequence[object]:
    """Mend what went wrong while the manager was not there."""
    # Not earlier: until now it may have been another process.
    export.start()
    context = nova_context.get_admin_context()
    try:
        _ours(manager).expirer.start(context)
        _ours(manager).reconciler.start(context)
    except NotImplementedError:
        LOG.debug('No server of this host can be tuned live')
    except Exception:
        LOG.exception('Limits that were set live are not looked after')
    return ()


def virt_event_seen(manager: Any, event: Any) -> Sequence[object]:
    """Note that a guest has to be looked at."""
    if (
        isinstance(event, virt_event.LifecycleEvent)
        and event.get_transition() in _TRANSITIONS
    ):
        _ours(manager).reconciler.notice(event.get_instance_uuid())
        _ours(manager).expirer.notice(event.get_instance_uuid())
    return ()


def attach_interface(
    context: Any, instance: Any, vif: Any
) -> Sequence[object]:
    """Forget what was kept of a port: attached again, it starts anew."""
    try:
        _forget_port(context, instance.uuid, vif['id'])
    except Exception:
        LOG.exception('The port may get limits of before', instance=instance)
    return ()


def _forget_port(context: Any, uuid: str, port_id: str) -> None:
    @utils.synchronized(uuid)
    def locked() -> None:
        instance = objects.Instance.get_by_uuid(
            context, uuid, expected_attrs=['system_metadata']
        )
        if store.forget_port(instance, port_id):
            instance.save()

    locked()


@periodic_task.periodic_task(spacing=reconcile.TICK)
def reconcile_limits(manager: Any, context: Any) -> None:
    """Mend the guests that are due."""
    try:
        _ours(manager).reconciler.tick(context)
    except NotImplementedError:
        LOG.debug('No server of this host can be tuned live')


def _ours(manager: Any) -> live_tune.LiveTuneEndpoint:
    (ours,) = [
        endpoint
        for endpoint in manager.additional_endpoints
        if isinstance(endpoint, live_tune.LiveTuneEndpoint)
    ]
    return ours
