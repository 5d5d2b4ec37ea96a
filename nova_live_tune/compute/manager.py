# SPDX-License-Identifier: Apache-2.0
"""The extension's RPC endpoint in nova-compute."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import oslo_messaging as messaging
from nova import exception, objects, utils
from nova.compute import manager as nova_manager
from oslo_log import log as logging

from nova_live_tune.checks import host
from nova_live_tune.compute import announce, reconcile, rpcapi, states, store
from nova_live_tune.compute.devices import Device, Job
from nova_live_tune.compute.store import Kept
from nova_live_tune.planning import Plan
from nova_live_tune.tunables import Values, Wanted
from nova_live_tune.virt.libvirt import driver
from nova_live_tune.virt.libvirt.guest import Guest

#: What is kept of a device, what libvirt reports of it, and the ceiling.
Outcome = tuple[Values, 'Values | None', Values]

LOG = logging.getLogger(__name__)


class LiveTuneEndpoint:
    """Tunes the instances of this host."""

    target = messaging.Target(
        namespace=rpcapi.NAMESPACE, version=rpcapi.VERSION
    )

    def __init__(self, manager: Any) -> None:
        # The manager has no driver yet.
        self._manager = manager
        self.host = manager.host
        self.reconciler = reconcile.Reconciler(manager.host, self._tuner)

    @messaging.expected_exceptions(
        exception.Forbidden,
        exception.Invalid,
        exception.NotFound,
        exception.InstanceUpdateConflict,
        NotImplementedError,
    )
    @nova_manager.wrap_exception()
    @nova_manager.wrap_instance_fault
    def tune(
        self,
        context: Any,
        instance: Any,
        action: str,
        jobs: Sequence[tuple[Mapping[str, Any], Wanted]],
        may_exceed: bool,
    ) -> list[Outcome]:
        """Tune all of the devices, or none; keep what was set.

        :param jobs: of each device its primitive, and its named knobs
        :param may_exceed: whether the bounds are not for the caller
        :returns: for each, what is kept, what libvirt reports afterwards, and
            the ceiling
        """

        # Nova takes the same lock to stop, reboot, shelve or delete a server,
        # and to attach to it or detach from it.
        @utils.synchronized(instance.uuid)
        def tune_locked() -> list[Outcome]:
            fresh = self._refreshed(context, instance.uuid)
            found = [(Device.from_primitive(d), wanted) for d, wanted in jobs]
            with announce.tuning(context, fresh, action, found) as done:
                self._check(fresh, action)
                return self._tune(fresh, action, found, may_exceed, done)

        return tune_locked()

    @messaging.expected_exceptions(NotImplementedError)
    @nova_manager.wrap_exception()
    def read(
        self,
        context: Any,
        instance: Any,
        generation: int,
        devices: Sequence[tuple[Mapping[str, Any], Values]],
    ) -> dict[str, Any]:
        """Return what libvirt reports of each device.

        :param generation: of what the caller found kept
        :param devices: of each its primitive, and what is kept of it
        :returns: ``readings``, for each device its limits, or None, and why
            what is kept is not in effect, or None; and ``healed``: whether
            what the caller found kept had lost something, and is mended
        """
        tuner = self._tuner()
        guest = tuner.running(instance)
        copied = guest.kept() if guest else None
        healed = copied is not None and copied.generation > generation
        if healed:
            self.reconciler.mend_now(context, instance.uuid)
        found = [(Device.from_primitive(d), tuned) for d, tuned in devices]
        return {'readings': tuner.read(guest, found), 'healed': healed}

    @nova_manager.wrap_exception()
    def report(self, context: Any) -> dict[str, Any]:
        """Return which versions run here, and what this host is able to."""
        return host.report(lambda: self._tuner().connection())

    def _tuner(self) -> driver.Tuner:
        return driver.Tuner(self._manager.driver)

    def _refreshed(self, context: Any, uuid: str) -> Any:
        """Read the instance anew: what the API saw may be out of date.

        No more of it than is needed, since saving costs the more, the more
        of an instance there is.
        """
        return objects.Instance.get_by_uuid(
            context, uuid, expected_attrs=['system_metadata']
        )

    def _check(self, instance: Any, action: str) -> None:
        if instance.host != self.host:
            states.refuse(instance, action, 'host', str(instance.host))
        states.check(instance, action)

    def _heal(self, instance: Any, guest: Guest | None) -> None:
        """Tune what was kept last, even if the record has lost it.

        It is saved with what the request changes.
        """
        copied = guest.kept() if guest else None
        if copied and copied.generation > store.generation(instance):
            copied.put_into(instance)

    def _tune(
        self,
        instance: Any,
        action: str,
        jobs: Sequence[Job],
        may_exceed: bool,
        done: Callable[..., None],
    ) -> list[Outcome]:
        tuner = self._tuner()
        self._heal(instance, tuner.running(instance))
        # The caller's record may have lost a ceiling.
        found = store.capped(instance, [device for device, _ in jobs])
        jobs = [(device, wanted) for device, (_, wanted) in zip(found, jobs)]
        tuned = [store.load(instance, device) for device in found]
        outcome: list[Plan] = []

        def keep(plans: list[Plan]) -> Kept:
            outcome.extend(plans)
            for device, plan in zip(found, plans):
                store.put(instance, device, plan.tuned, plan.ceiling)
            store.count_change(instance)
            instance.save(expected_task_state=[None])
            return Kept.of(instance)

        effective = tuner.tune(instance, action, jobs, tuned, may_exceed, keep)
        done(outcome, effective)
        LOG.info(
            '%(action)s: %(devices)s now at %(effective)s',
            {
                'action': action,
                'devices': ', '.join(str(device) for device, _ in jobs),
                'effective': effective,
            },
            instance=instance,
        )
        return [
            (plan.tuned, values, plan.ceiling)
            for plan, values in zip(outcome, effective)
        ]
