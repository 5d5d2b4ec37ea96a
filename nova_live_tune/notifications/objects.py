# SPDX-License-Identifier: Apache-2.0
"""The versioned notifications: what is in each of their payloads.

They are Nova's kind of objects in a namespace of our own: Nova's EventType has
room for Nova's actions and phases only. A payload holds what a change knows
anyhow, not the whole server. Adding a field raises the minor version of its
object, anything else the major one.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from nova.notifications.objects import base, exception
from nova.objects import base as nova_base
from nova.objects import fields

from nova_live_tune import tunables
from nova_live_tune.notifications.changes import SCOPES, Change

NAMESPACE = 'nova_live_tune'
OBJECT, ACTION = 'instance', 'live_tune'
START, END, ERROR = 'start', 'end', 'error'
DRIFT, EXPIRED = 'drift', 'expired'
PHASES = (START, END, ERROR, DRIFT, EXPIRED)

_Payload = TypeVar('_Payload')

_register = nova_base.NovaObjectRegistry.register_notification


@_register
class LiveTuneEventType(base.EventType):
    OBJ_PROJECT_NAMESPACE = NAMESPACE
    # 1.0: Initial version
    VERSION = '1.0'
    fields: ClassVar = {
        'object': fields.StringField(),
        'action': fields.EnumField((ACTION,)),
        'phase': fields.EnumField(PHASES),
    }


@_register
class LiveTuneKnobPayload(base.NotificationPayloadBase):
    OBJ_PROJECT_NAMESPACE = NAMESPACE
    # 1.0: Initial version
    VERSION = '1.0'
    fields: ClassVar = {
        'name': fields.StringField(),
        'unit': fields.StringField(),
        'before': fields.IntegerField(nullable=True),
        'after': fields.IntegerField(nullable=True),
    }


@_register
class LiveTuneChangePayload(base.NotificationPayloadBase):
    OBJ_PROJECT_NAMESPACE = NAMESPACE
    # 1.0: Initial version
    VERSION = '1.0'
    fields: ClassVar = {
        'target': fields.EnumField(tuple(tunables.BY_NAME)),
        'port_id': fields.StringField(nullable=True),
        'mac_address': fields.StringField(nullable=True),
        'device': fields.StringField(nullable=True),
        'volume_id': fields.StringField(nullable=True),
        'scope': fields.EnumField(SCOPES),
        'knobs': fields.ListOfObjectsField('LiveTuneKnobPayload'),
    }

    @classmethod
    def of(cls, change: Change) -> LiveTuneChangePayload:
        """Describe what was changed of one device."""
        target, names = change.device.target, change.device.names
        knobs = [
            _filled(
                LiveTuneKnobPayload(),
                name=target[name].label,
                unit=target[name].unit,
                before=change.before.get(name),
                after=after,
            )
            for name, after in change.after.items()
        ]
        shown = ('port_id', 'mac_address', 'device', 'volume_id')
        return _filled(
            cls(),
            target=target.name,
            scope=change.scope,
            knobs=knobs,
            **{name: names.get(name) for name in shown},
        )


@_register
class InstanceLiveTunePayload(base.NotificationPayloadBase):
    OBJ_PROJECT_NAMESPACE = NAMESPACE
    # The names are those that Nova's payloads of a server have.
    SCHEMA: ClassVar = {
        name: ('instance', source)
        for name, source in (
            ('uuid', 'uuid'),
            ('display_name', 'display_name'),
            ('user_id', 'user_id'),
            ('tenant_id', 'project_id'),
            ('host', 'host'),
        )
    }
    # 1.0: Initial version
    VERSION = '1.0'
    fields: ClassVar = {
        'uuid': fields.UUIDField(),
        'display_name': fields.StringField(nullable=True),
        'user_id': fields.StringField(nullable=True),
        'tenant_id': fields.StringField(nullable=True),
        'host': fields.StringField(nullable=True),
        'action': fields.StringField(nullable=True),
        'request_id': fields.StringField(nullable=True),
        'action_initiator_user': fields.StringField(nullable=True),
        'action_initiator_project': fields.StringField(nullable=True),
        'changes': fields.ListOfObjectsField('LiveTuneChangePayload'),
        'until': fields.DateTimeField(nullable=True),
        'failures': fields.ListOfStringsField(),
        'fault': fields.ObjectField('ExceptionPayload', nullable=True),
    }

    @classmethod
    def of(cls, instance: Any, **values: Any) -> InstanceLiveTunePayload:
        """Describe a server, and what happened to its limits.

        :param values: of the fields that the server does not have itself
        """
        payload = cls()
        payload.populate_schema(instance=instance)
        return _filled(payload, **values)


@_register
class InstanceLiveTuneNotification(base.NotificationBase):
    OBJ_PROJECT_NAMESPACE = NAMESPACE
    # 1.0: Initial version
    VERSION = '1.0'
    fields: ClassVar = {
        'event_type': fields.ObjectField('LiveTuneEventType'),
        'payload': fields.ObjectField('InstanceLiveTunePayload'),
    }


def fault(error: BaseException | None) -> Any:
    """Return Nova's own payload of an error that is being handled."""
    if error is None:
        return None
    return exception.ExceptionPayload.from_exception(error)


def _filled(payload: _Payload, **values: Any) -> _Payload:
    for name, value in values.items():
        setattr(payload, name, value)
    return payload
