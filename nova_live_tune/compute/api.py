# SPDX-License-Identifier: Apache-2.0
"""Tuning as the API sees it: checks, the action record, the call."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import oslo_messaging as messaging
from nova import exception, objects
from nova.compute import api as nova_api
from nova.compute import utils as compute_utils
from nova.virt import hardware
from oslo_log import log as logging

from nova_live_tune import planning, tunables
from nova_live_tune.compute import devices, readback, rpcapi, states
from nova_live_tune.compute.devices import Device, Job
from nova_live_tune.compute.readback import Observed, Reading
from nova_live_tune.compute.store import Kept
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tunables import Target

LOG = logging.getLogger(__name__)

#: Why nothing is known to be in effect, by what the host answered.
UNKNOWN = 'The host of the server does not tell.'
REASONS = {
    'InstanceNotReady': 'The server is on no host.',
    'MessagingTimeout': 'The host of the server did not answer in time.',
    'ServiceUnavailable': 'The host of the server is down.',
    'UnsupportedVersion': (
        'The host of the server does not run the live-tune extension, or runs '
        'one that is too old: nothing is managed there.'
    ),
}

#: The instance action that each server action is recorded as.
ACTIONS = {
    'setCpuQuota': 'set_cpu_quota',
    'setInterface': 'set_interface',
    'setDiskIO': 'set_disk_io',
    'resetLiveTune': 'reset_live_tune',
}


class API:
    """Reads and sets a server's limits.

    :param compute_api: Nova's own compute API
    """

    def __init__(self, compute_api: nova_api.API) -> None:
        # The name that check_instance_host() looks for.
        self.servicegroup_api = compute_api.servicegroup_api
        self._rpcapi = rpcapi.API()

    def devices(
        self, context: Any, instance: Any, target: Target
    ) -> list[Device]:
        """The server's devices of one kind, in the read-back's order."""
        found = self._found(context, instance, target)
        return Kept.of(instance).capped(found)

    def _found(
        self, context: Any, instance: Any, target: Target
    ) -> list[Device]:
        if target is tunables.CPU:
            return [devices.cpu(instance)]
        if target is tunables.INTERFACE:
            return devices.interfaces(instance)
        bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(
            context, instance.uuid
        )
        return devices.disks(instance, bdms)

    def _all_devices(self, context: Any, instance: Any) -> list[Device]:
        return [
            device
            for target in tunables.TARGETS
            for device in self.devices(context, instance, target)
        ]

    def show(
        self, context: Any, instance: Any, observed: bool = False
    ) -> dict[str, Any]:
        """Return the read-back.

        :param observed: whether also to say what was used so far
        """
        found = self._all_devices(context, instance)
        kept = Kept.of(instance)
        readings, healed, seen = self._readings(
            context, instance, kept, found, observed
        )
        if healed:
            # What was found kept had lost something.
            instance.refresh()
            kept = Kept.of(instance)
            found = kept.capped(found)
            readings, _, seen = self._readings(
                context, instance, kept, found, observed
            )
        entries = [
            readback.entry(
                device, kept.values(device), *reading, kept.next_end(device)
            )
            for device, reading in zip(found, readings)
        ]
        if observed:
            entries = readback.with_observed(entries, seen)
        collected = readback.collect(found, entries, tunables.TARGETS)
        return {'generation': kept.generation, **collected}

    def _readings(
        self,
        context: Any,
        instance: Any,
        kept: Kept,
        found: Sequence[Device],
        observed: bool,
    ) -> tuple[Sequence[Reading], bool, Sequence[Observed]]:
        """Ask the host, and do without when it does not answer."""
        unseen: Sequence[Observed] = [None] * len(found)
        try:
            answer = self._read(context, instance, kept, found, observed)
        except (
            messaging.MessagingException,
            exception.InstanceNotReady,
            exception.ServiceUnavailable,
            NotImplementedError,
        ) as error:
            LOG.info('Its host tells no limits: %s', error, instance=instance)
            reason = REASONS.get(rpcapi.kind(error), UNKNOWN)
            return [(None, reason)] * len(found), False, unseen
        return (
            answer['readings'],
            answer['healed'],
            answer.get('observed', unseen),
        )

    @nova_api.check_instance_host(check_is_up=True)
    def _read(
        self,
        context: Any,
        instance: Any,
        kept: Kept,
        found: Sequence[Device],
        observed: bool,
    ) -> dict[str, Any]:
        return self._rpcapi.read(
            context,
            instance,
            kept.generation,
            [(device, kept.values(device)) for device in found],
            observed=observed,
        )

    @nova_api.check_instance_lock
    @nova_api.check_instance_host(check_is_up=True)
    def tune(
        self,
        context: Any,
        instance: Any,
        action: str,
        jobs: Sequence[Job],
        terms: Terms,
    ) -> dict[str, Any]:
        """Tune all of the devices, or none, and record it as an action.

        :param action: the server action
        :returns: ``generation``, and ``entries``: of each device its entry in
            the read-back
        """
        states.check(instance, action)
        _refuse_realtime(instance, jobs)
        name = ACTIONS[action]
        objects.InstanceAction.action_start(
            context, instance.uuid, name, want_result=False
        )
        # The event is finished here whatever becomes of the call, a host that
        # never answers included.
        with compute_utils.EventReporter(
            context, f'compute_{name}', instance.host, instance.uuid
        ):
            answer = self._rpcapi.tune(context, instance, action, jobs, terms)
        return _told(jobs, answer)

    @nova_api.check_instance_lock
    @nova_api.check_instance_host(check_is_up=True)
    def plan(
        self,
        context: Any,
        instance: Any,
        action: str,
        jobs: Sequence[Job],
        terms: Terms,
    ) -> dict[str, Any]:
        """Return what tune() would, with what would change; do nothing."""
        states.check(instance, action)
        _refuse_realtime(instance, jobs)
        answer = self._rpcapi.plan(context, instance, action, jobs, terms)
        return _told(jobs, answer)


def _told(jobs: Sequence[Job], answer: dict[str, Any]) -> dict[str, Any]:
    """Describe the devices as the read-back does."""
    entries = [
        _entry(device, outcome)
        for (device, _), outcome in zip(jobs, answer['outcomes'])
    ]
    return {'generation': answer['generation'], 'entries': entries}


def _entry(device: Device, outcome: dict[str, Any]) -> dict[str, Any]:
    device = dataclasses.replace(device, ceiling=outcome['ceiling'])
    tuned, effective = outcome['tuned'], outcome['effective']
    entry = readback.entry(device, tuned, effective, ends=outcome['ends'])
    if 'before' in outcome:
        entry['changes'] = readback.changes(
            device.target, outcome['before'] or {}, effective or {}
        )
    return entry


def _refuse_realtime(instance: Any, jobs: Sequence[Job]) -> None:
    """Refuse a quota for vCPUs to which the kernel applies none.

    :raises planning.Invalid: naming the knob and its value
    """
    if not hardware.is_realtime_enabled(instance.flavor):
        return
    for _, wanted in jobs:
        for name in ('quota', 'period'):
            if wanted.get(name) is not None:
                raise planning.Invalid(
                    f'{name} {wanted[name]} cannot be set: the server has '
                    'realtime vCPUs, to which no CPU quota applies.'
                )
