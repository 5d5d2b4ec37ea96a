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
from nova_live_tune.compute import devices, readback, rpcapi, states, store
from nova_live_tune.compute.devices import Device, Job
from nova_live_tune.compute.readback import Observed, Reading
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
        return store.capped(instance, found)

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
        readings, healed, seen = self._readings(
            context, instance, found, observed
        )
        if healed:
            # What was found kept had lost something.
            instance.refresh()
            found = self._all_devices(context, instance)
            readings, _, seen = self._readings(
                context, instance, found, observed
            )
        entries = [
            readback.entry(device, store.load(instance, device), *reading)
            for device, reading in zip(found, readings)
        ]
        if observed:
            entries = readback.with_observed(entries, seen)
        return readback.collect(found, entries, tunables.TARGETS)

    def _readings(
        self,
        context: Any,
        instance: Any,
        found: Sequence[Device],
        observed: bool,
    ) -> tuple[Sequence[Reading], bool, Sequence[Observed]]:
        """Ask the host, and do without when it does not answer."""
        unseen: Sequence[Observed] = [None] * len(found)
        try:
            answer = self._read(context, instance, found, observed)
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
        found: Sequence[Device],
        observed: bool,
    ) -> dict[str, Any]:
        return self._rpcapi.read(
            context,
            instance,
            store.generation(instance),
            [(device, store.load(instance, device)) for device in found],
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
        may_exceed: bool,
    ) -> list[dict[str, Any]]:
        """Tune all of the devices, or none, and record it as an action.

        :param action: the server action
        :param may_exceed: whether the bounds are not for the caller
        :returns: of each device its entry in the read-back
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
            outcomes = self._rpcapi.tune(
                context, instance, action, jobs, may_exceed
            )
        return [
            readback.entry(
                dataclasses.replace(device, ceiling=ceiling), tuned, effective
            )
            for (device, _), (tuned, effective, ceiling) in zip(jobs, outcomes)
        ]


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
