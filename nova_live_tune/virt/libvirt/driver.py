# SPDX-License-Identifier: Apache-2.0
"""Tuning on a libvirt host: which device, read-merge-write, undo."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nova import exception
from nova.virt.libvirt import driver as nova_driver
from oslo_log import log as logging

from nova_live_tune import bounds, planning, tunables
from nova_live_tune.compute import states
from nova_live_tune.compute.devices import Device, Job
from nova_live_tune.compute.readback import Reading
from nova_live_tune.compute.store import Kept
from nova_live_tune.tunables import Values, Wanted
from nova_live_tune.virt.libvirt import checks, mending, observed, undo
from nova_live_tune.virt.libvirt import guest as tunable

LOG = logging.getLogger(__name__)

NOT_RUNNING = 'The server has no running domain.'


class Tuner:
    """Reads and sets the limits of this host's guests.

    :raises NotImplementedError: if the host's driver is not libvirt's
    """

    def __init__(self, driver: Any) -> None:
        if not isinstance(driver, nova_driver.LibvirtDriver):
            raise NotImplementedError(
                'Only servers on libvirt hosts can be tuned live.'
            )
        self._host = driver._host

    def connection(self) -> Any:
        """Return Nova's own connection to libvirt.

        :raises nova.exception.HypervisorUnavailable: if there is none
        """
        return self._host.get_connection()

    def running(self, instance: Any) -> tunable.Guest | None:
        """Return the instance's guest; None if it does not run."""
        try:
            found = self._host.get_guest(instance)
        except exception.InstanceNotFound:
            return None
        return tunable.Guest(found._domain) if found.is_active() else None

    def all_running(self) -> dict[str, tunable.Guest]:
        """Return the host's running guests by the uuid of their instance."""
        return {
            str(found.uuid): tunable.Guest(found._domain)
            for found in self._host.list_guests()
        }

    def read(
        self,
        guest: tunable.Guest | None,
        devices: Sequence[tuple[Device, Values]],
    ) -> list[Reading]:
        """Return what libvirt reports of each device.

        :param devices: each with what is kept of it as set live
        """
        if guest is None:
            return [(None, NOT_RUNNING)] * len(devices)
        return [mending.read(guest, *device) for device in devices]

    def observe(
        self, guest: tunable.Guest | None, devices: Sequence[Device]
    ) -> list[dict[str, Any] | None]:
        """Return what each device has used so far; None where none can tell.

        :returns: as :func:`nova_live_tune.virt.libvirt.observed.read` does
        """
        if guest is None:
            return [None] * len(devices)
        return observed.read(guest, devices)

    def tune(
        self,
        instance: Any,
        action: str,
        jobs: Sequence[Job],
        tuned: Sequence[Values],
        may_exceed: bool,
        keep: Callable[[list[planning.Plan]], Kept],
    ) -> list[Values | None]:
        """Tune all of the devices, or none.

        :param tuned: what was kept for each before
        :param may_exceed: whether the bounds are not for the caller
        :param keep: is called last with the plan of each, and returns all
            that is kept; if it fails, what stood before is put back as after
            any other failure
        :returns: what libvirt reports of each afterwards
        """
        with _nova_errors(instance, action):
            guest = self._tunable(instance, action)
            for device, wanted in jobs:
                checks.check(instance, guest, device, wanted)
            plans = [
                _bounded(guest, device, wanted, before, may_exceed)
                for (device, wanted), before in zip(jobs, tuned)
            ]
            with undo.UndoOnFailure(instance) as done:
                for job, plan in zip(jobs, plans):
                    _apply(guest, job, plan.changes, done)
                effective = [
                    guest.read(device, guest.live) if plan.changes else None
                    for (device, _), plan in zip(jobs, plans)
                ]
                kept = keep(plans)
        mending.copy(instance, guest, kept)
        return effective

    def _tunable(self, instance: Any, action: str) -> tunable.Guest:
        guest = self.running(instance)
        if guest is None:
            states.refuse(instance, action, 'power_state', 'not running')
            raise AssertionError('refuse() raises')
        return guest


def _bounded(
    guest: tunable.Guest,
    device: Device,
    wanted: Wanted,
    tuned: Values,
    may_exceed: bool,
) -> planning.Plan:
    """Plan a change of one device, within what the caller may do.

    :raises bounds.Exceeded: naming the knob, what was asked, and the bound
    """
    if planning.takes_back(wanted) and not _carries_limits(
        guest, device, tuned
    ):
        # It has none to take back.
        return planning.Plan({}, {})
    target = device.target
    flavor = {**tunable.host_defaults(target), **device.flavor}
    current = guest.read(device, guest.live)
    plan = planning.merge(target, wanted, current, flavor, tuned)
    if not may_exceed:
        # What virsh lifted is no measure of what a tenant may set.
        kept, _ = checks.desired(guest.element(device), device, tuned)
        before = {**flavor, **kept}
        bounds.check(
            target, wanted, before, plan.after, flavor, device.allowed()
        )
        return dataclasses.replace(plan, ceiling=device.ceiling)
    ceiling = bounds.ceiling(
        target, wanted, plan.after, plan.tuned, device.ceiling
    )
    return dataclasses.replace(plan, ceiling=ceiling)


def _carries_limits(
    guest: tunable.Guest, device: Device, tuned: Values
) -> bool:
    if device.target is tunables.INTERFACE:
        return checks.is_shaped(guest.element(device))
    # Where something was set, libvirt can, and an error is one of the moment.
    return bool(tuned) or mending.effective(guest, device) is not None


def _apply(
    guest: tunable.Guest,
    job: Job,
    changes: Values,
    done: undo.UndoOnFailure,
) -> None:
    device, wanted = job
    for scope in guest.scopes() if changes else ():
        current = guest.read(device, scope)
        before = {name: current[name] for name in changes}
        if before == changes and planning.takes_back(wanted):
            # A limit that was asked for is set again even so: the kernel may
            # have lost it without libvirt's knowledge.
            continue
        # Registered before the call, as that may fail half way.
        done.undo_with(device, guest.write, device, before, scope)
        guest.write(device, changes, scope)


@contextlib.contextmanager
def _nova_errors(instance: Any, action: str) -> Iterator[None]:
    """Turn errors into those of Nova's, which cross RPC as they are."""
    libvirt = tunable.libvirt()
    try:
        yield
    except planning.Invalid as error:
        raise exception.Invalid(str(error)) from error
    except bounds.Exceeded as error:
        raise exception.Forbidden(str(error)) from error
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID:
            raise exception.InstanceInvalidState(
                instance_uuid=instance.uuid,
                attr='power_state',
                state=f'that libvirt refuses ({error})',
                method=action,
            ) from error
        raise exception.NovaException(
            f'{action} failed in libvirt, and what stood before was put '
            f'back: {error}'
        ) from error
