# SPDX-License-Identifier: Apache-2.0
"""The caller's side of the extension's RPC.

It has a namespace and version of its own beside Nova's, on Nova's topic, so
that Nova's RPC version stays as it is. A host without the extension answers
UnsupportedVersion.

Version history:

* 1.0 - tune(), read(), report(); where a host does not have the last one yet,
  it answers NoSuchMethod, which tells it from one without the extension
* 1.1 - devices have bounds, tune() has terms, and answers with more; plan();
  read() has observed. A host that knows no bounds must not set limits
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import oslo_messaging as messaging
from nova import objects, rpc
from nova.compute import rpcapi as nova_rpcapi
from nova.objects import base as objects_base

from nova_live_tune.compute.devices import Device, Job
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tunables import Values

NAMESPACE = 'live_tune'
VERSION = '1.1'


class API:
    def __init__(self) -> None:
        self._router: Any = None

    def _client(self, context: Any) -> Any:
        if self._router is None:
            target = messaging.Target(
                topic=nova_rpcapi.RPC_TOPIC,
                namespace=NAMESPACE,
                version=VERSION,
            )
            serializer = objects_base.NovaObjectSerializer()
            self._router = rpc.ClientRouter(
                rpc.get_client(target, serializer=serializer)
            )
        # The router picks the message bus of the context's cell.
        return self._router.client(context)

    def _host(self, context: Any, instance: Any) -> Any:
        return self._client(context).prepare(server=instance.host)

    def tune(
        self,
        context: Any,
        instance: Any,
        action: str,
        jobs: Sequence[Job],
        terms: Terms,
    ) -> dict[str, Any]:
        """Tune all of the devices, or none.

        :returns: ``generation`` and ``outcomes``, as the endpoint has them
        """
        return self._ask('tune', context, instance, action, jobs, terms)

    def plan(
        self,
        context: Any,
        instance: Any,
        action: str,
        jobs: Sequence[Job],
        terms: Terms,
    ) -> dict[str, Any]:
        """Ask what tune() would do.

        :returns: the same, and of each device what is so ``before``
        """
        return self._ask('plan', context, instance, action, jobs, terms)

    def _ask(
        self,
        method: str,
        context: Any,
        instance: Any,
        action: str,
        jobs: Sequence[Job],
        terms: Terms,
    ) -> dict[str, Any]:
        return self._host(context, instance).call(
            context,
            method,
            instance=_reference(instance),
            action=action,
            jobs=[(device.to_primitive(), wanted) for device, wanted in jobs],
            terms=terms.to_primitive(),
        )

    def read(
        self,
        context: Any,
        instance: Any,
        generation: int,
        devices: Sequence[tuple[Device, Values]],
        observed: bool = False,
    ) -> dict[str, Any]:
        """Return what libvirt reports of each device.

        :param generation: of what was found kept
        :param devices: each with what was found kept of it
        :param observed: whether also to say what each has used so far
        :returns: ``readings``, ``healed`` and, if asked for, ``observed``, as
            the endpoint has them
        """
        return self._host(context, instance).call(
            context,
            'read',
            instance=_reference(instance),
            generation=generation,
            devices=[(d.to_primitive(), tuned) for d, tuned in devices],
            observed=observed,
        )

    def report(
        self, context: Any, host: str, timeout: float
    ) -> dict[str, Any]:
        """Return what a host is able to, as the endpoint has it.

        :param timeout: how long the host has, in seconds
        """
        return (
            self._client(context)
            .prepare(server=host, timeout=timeout, version='1.0')
            .call(context, 'report')
        )


def kind(error: BaseException) -> str:
    """Return the name of an error's class.

    Over a real bus, what the host raised arrives as a RemoteError.
    """
    return getattr(error, 'exc_type', None) or type(error).__name__


def _reference(instance: Any) -> Any:
    """The host reads it anew: more than the uuid need not travel."""
    return objects.Instance(uuid=instance.uuid)
