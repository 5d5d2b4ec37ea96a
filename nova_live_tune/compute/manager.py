# SPDX-License-Identifier: Apache-2.0
"""The extension's RPC endpoint in nova-compute."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import oslo_messaging as messaging
from nova import exception, objects, utils
from nova.compute import manager as nova_manager
from oslo_log import log as logging

from nova_live_tune import clock
from nova_live_tune.checks import host
from nova_live_tune.compute import (
    announce,
    expiry,
    reconcile,
    rpcapi,
    states,
    store,
)
from nova_live_tune.compute.devices import Device, Job
from nova_live_tune.compute.store import Kept
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tunables import Values, Wanted
from nova_live_tune.virt.libvirt import driver
from nova_live_tune.virt.libvirt.deciding import Decision
from nova_live_tune.virt.libvirt.guest import Guest

#: What became of a device: ``tuned``, ``effective``, ``ceiling`` and ``ends``.
Outcome = dict[str, Any]

LOG = logging.getLogger(__name__)


_refusals = messaging.expected_exceptions(
    exception.Forbidden,
    exception.Invalid,
    exception.NotFound,
    exception.InstanceUpdateConflict,
    NotImplementedError,
)


class LiveTuneEndpoint:
    """Tunes the instances of this host."""

    target = messaging.Target(
        namespace=rpcapi.NAMESPACE, version=rpcapi.VERSION
    )

    def __init__(self, manager: Any) -> None:
        # The manager has no driver yet.
        self._manager = manager
        self.host = manager.host
        self.expirer = expiry.Expirer(manager.host, self._tuner)
        self.reconciler = reconcile.Reconciler(
            manager.host, self._tuner, self.expirer.hear
        )

    @_refusals
    @nova_manager.wrap_exception()
    @nova_manager.wrap_instance_fault
    def tune(
        self,
        context: Any,
        instance: Any,
        action: str,
        jobs: Sequence[tuple[Mapping[str, Any], Wanted]],
        terms: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Tune all of the devices, or none; keep what was set.

        :param jobs: of each device its primitive, and its named knobs
        :param terms: the primitive of :class:`Terms`; an API of 1.0 has none
        :returns: ``generation``, and ``outcomes``: for each device what is
            kept, what libvirt reports afterwards, the ceiling, and when a
            lease ends next
        """
        if terms is None:
            # Who asks, and how far he may go, it did not say either.
            raise NotImplementedError(
                'The live-tune extension of the API is older than that of the '
                'compute host: upgrade it.'
            )

        # Nova takes the same lock to stop, reboot, shelve or delete a server,
        # and to attach to it or detach from it.
        @utils.synchronized(instance.uuid)
        def tune_locked() -> dict[str, Any]:
            fresh = self._refreshed(context, instance.uuid)
            found, agreed = _understood(jobs, terms)
            with announce.tuning(
                context, fresh, action, found, agreed.until
            ) as done:
                self._check(fresh, action)
                return self._tune(fresh, action, found, agreed, done)

        return tune_locked()

    @_refusals
    @nova_manager.wrap_exception()
    def plan(
        self,
        context: Any,
        instance: Any,
        action: str,
        jobs: Sequence[tuple[Mapping[str, Any], Wanted]],
        terms: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return what tune() would, and write nothing.

        :returns: the same, and of each device what libvirt reports ``before``
        """
        fresh = self._refreshed(context, instance.uuid)
        self._check(fresh, action)
        found, agreed = _understood(jobs, terms)
        tuner = self._tuner()
        guest = tuner.running(fresh)
        kept = store.newest(fresh, guest.kept() if guest else None)
        attempt = _Attempt(fresh, action, tuner, guest, kept)
        return {
            'generation': kept.generation + 1,
            'outcomes': [
                {
                    **_outcome(decision, decision.after),
                    'before': decision.before,
                }
                for decision in attempt.decide(found, agreed)
            ],
        }

    @messaging.expected_exceptions(NotImplementedError)
    @nova_manager.wrap_exception()
    def read(
        self,
        context: Any,
        instance: Any,
        generation: int,
        devices: Sequence[tuple[Mapping[str, Any], Values]],
        observed: bool = False,
    ) -> dict[str, Any]:
        """Return what libvirt reports of each device.

        :param generation: of what the caller found kept
        :param devices: of each its primitive, and what is kept of it
        :param observed: whether also to say what each has used so far
        :returns: ``readings``, for each device its limits, or None, and why
            what is kept is not in effect, or None; ``healed``: whether what
            the caller found kept had lost something, and is mended; and if
            asked for ``observed``, for each device its counters, or None
        """
        tuner = self._tuner()
        guest = tuner.running(instance)
        copied = guest.kept() if guest else None
        healed = copied is not None and copied.generation > generation
        if healed:
            self.reconciler.mend_now(context, instance.uuid)
        found = [(Device.from_primitive(d), tuned) for d, tuned in devices]
        answer = {'readings': tuner.read(guest, found), 'healed': healed}
        if observed:
            answer['observed'] = tuner.observe(guest, [d for d, _ in found])
        return answer

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

    def _tune(
        self,
        instance: Any,
        action: str,
        jobs: Sequence[Job],
        terms: Terms,
        done: Callable[..., None],
    ) -> dict[str, Any]:
        tuner = self._tuner()
        guest = tuner.running(instance)
        kept = self.expirer.end(instance, guest, tuner)
        attempt = _Attempt(instance, action, tuner, guest, kept)
        return self._carry_out(attempt, attempt.decide(jobs, terms), done)

    def _carry_out(
        self,
        attempt: _Attempt,
        decided: list[Decision],
        done: Callable[..., None],
    ) -> dict[str, Any]:
        instance = attempt.instance
        kept = attempt.kept.changed(
            (decision.device, decision.outcome.stack) for decision in decided
        )
        effective = attempt.tuner.carry_out(
            instance,
            attempt.guest,
            attempt.action,
            decided,
            lambda: store.save(instance, kept),
        )
        self.expirer.expect(instance.uuid, kept)
        done([decision.before for decision in decided], effective)
        LOG.info(
            '%(action)s: %(devices)s now at %(effective)s',
            {
                'action': attempt.action,
                'devices': ', '.join(str(d.device) for d in decided),
                'effective': effective,
            },
            instance=instance,
        )
        return {
            'generation': kept.generation,
            'outcomes': [_outcome(*each) for each in zip(decided, effective)],
        }


@dataclasses.dataclass(frozen=True)
class _Attempt:
    """A request at a server, before anything is done.

    :ivar kept: what was kept last, even if the record has lost it: it is
        saved with what the request changes
    """

    instance: Any
    action: str
    tuner: driver.Tuner
    guest: Guest | None
    kept: Kept

    def decide(self, jobs: Sequence[Job], terms: Terms) -> list[Decision]:
        _check_generation(self.kept, terms)
        # The caller's record may have lost a ceiling.
        found = self.kept.capped(device for device, _ in jobs)
        return self.tuner.decide(
            self.instance,
            self.guest,
            self.action,
            [(device, wanted) for device, (_, wanted) in zip(found, jobs)],
            self.kept,
            terms,
        )


def _understood(
    jobs: Sequence[tuple[Mapping[str, Any], Wanted]],
    terms: Mapping[str, Any],
) -> tuple[list[Job], Terms]:
    """Read what crossed RPC; a lease begins now."""
    found = [(Device.from_primitive(device), w) for device, w in jobs]
    return found, Terms.from_primitive(terms).from_now(clock.now())


def _outcome(decision: Decision, effective: Values | None) -> Outcome:
    return {
        'tuned': decision.outcome.stand.tuned,
        'effective': effective,
        'ceiling': decision.outcome.stand.ceiling,
        'ends': next(iter(decision.outcome.stack.ends()), None),
    }


def _check_generation(kept: Kept, terms: Terms) -> None:
    """Refuse what was asked for in ignorance of a later change.

    :raises nova.exception.InstanceUpdateConflict: naming both generations
    """
    if terms.generation not in (None, kept.generation):
        raise exception.InstanceUpdateConflict(
            f'generation {terms.generation} is not that of the limits: they '
            f'have been changed since, and are at {kept.generation}.'
        )
