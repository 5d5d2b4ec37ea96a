# SPDX-License-Identifier: Apache-2.0
"""Which states of a server allow tuning: those with a running domain."""

from __future__ import annotations

from typing import Any

from nova import exception
from nova.compute import vm_states

_TUNABLE = (vm_states.ACTIVE, vm_states.PAUSED)


def check(instance: Any, action: str) -> None:
    """Refuse a server that is busy, or has no domain to tune.

    :raises nova.exception.InstanceInvalidState: if it is
    """
    if instance.task_state is not None:
        refuse(instance, action, 'task_state', instance.task_state)
    if instance.vm_state not in _TUNABLE:
        refuse(instance, action, 'vm_state', instance.vm_state)


def refuse(instance: Any, action: str, attr: str, state: str) -> None:
    raise exception.InstanceInvalidState(
        instance_uuid=instance.uuid, attr=attr, state=state, method=action
    )
