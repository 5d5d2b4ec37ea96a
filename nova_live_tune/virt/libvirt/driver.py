# SPDX-License-Identifier: Apache-2.0
"""Tuning on a libvirt host: which device, read-merge-write, undo."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from nova import exception
from nova.virt.libvirt import driver as nova_driver
from oslo_log import log as logging

from nova_live_tune import bounds, leases, planning
from nova_live_tune.compute import states
from nova_live_tune.compute.devices import Device, Job
from nova_live_tune.compute.readback import Reading
from nova_live_tune.compute.store import Kept
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tunables import Values
from nova_live_tune.virt.libvirt import (
    checks,
    deciding,
    mending,
    observed,
    undo,
)
from nova_live_tune.virt.libvirt import guest as tunable
from nova_live_tune.virt.libvirt.deciding import Decision

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

    def decide(
        self,
        instance: Any,
        guest: tunable.Guest | None,
        action: str,
        jobs: Sequence[Job],
        kept: Kept,
        terms: Terms,
    ) -> list[Decision]:
        """Decide what a request does to each of the devices.

        Nothing is written yet.

        :param kept: all that is kept of the server
        """
        guest = _there(instance, guest, action)
        with _nova_errors(instance, action, guest):
            for device, wanted in jobs:
                checks.check(instance, guest, device, wanted)
            return [
                deciding.request(guest, device, wanted, kept, terms)
                for device, wanted in jobs
            ]

    def end(
        self, guest: tunable.Guest, found: Sequence[Device], kept: Kept
    ) -> list[Decision]:
        """Decide what the leases that have ended do to each of the devices."""
        return [deciding.end(guest, device, kept) for device in found]

    def carry_out(
        self,
        instance: Any,
        guest: tunable.Guest | None,
        action: str,
        decided: Sequence[Decision],
        keep: Callable[[], Kept],
    ) -> list[Values | None]:
        """Tune all of the devices, or none.

        :param keep: is called last, and returns all that is kept; if it
            fails, what stood before is put back as after any other failure
        :returns: what libvirt reports of each afterwards
        """
        guest = _there(instance, guest, action)
        errors = _nova_errors(instance, action, guest)
        with errors, undo.UndoOnFailure(instance) as done:
            for decision in decided:
                _apply(guest, decision, done)
            effective = [
                None
                if decision.before is None
                else guest.read(decision.device, guest.live)
                for decision in decided
            ]
            kept = keep()
        mending.copy(instance, guest, kept)
        return effective


def _there(
    instance: Any, guest: tunable.Guest | None, action: str
) -> tunable.Guest:
    if guest is None:
        states.refuse(instance, action, 'power_state', 'not running')
        raise AssertionError('refuse() raises')
    return guest


def _apply(
    guest: tunable.Guest, decision: Decision, done: undo.UndoOnFailure
) -> None:
    device, changes = decision.device, decision.outcome.changes
    for scope in guest.scopes() if changes else ():
        current = guest.read(device, scope)
        before = {name: current[name] for name in changes}
        if before == changes and not decision.insists:
            # A limit that was asked for is set again even so: the kernel may
            # have lost it without libvirt's knowledge.
            continue
        # Registered before the call, as that may fail half way.
        done.undo_with(device, _put_back, guest, device, before, scope)
        guest.write(device, changes, scope)


def _put_back(
    guest: tunable.Guest, device: Device, before: Values, scope: int
) -> None:
    try:
        guest.write(device, before, scope)
    except tunable.libvirt().libvirtError:
        # What has stopped meanwhile has lost nothing: Nova starts it with
        # what is kept.
        if not guest.has_stopped():
            raise


@contextlib.contextmanager
def _nova_errors(
    instance: Any, action: str, guest: tunable.Guest
) -> Iterator[None]:
    """Turn errors into those of Nova's, which cross RPC as they are."""
    libvirt = tunable.libvirt()
    try:
        yield
    except planning.Invalid as error:
        raise exception.Invalid(str(error)) from error
    except bounds.Exceeded as error:
        raise exception.Forbidden(str(error)) from error
    except leases.TooMany as error:
        raise exception.InstanceUpdateConflict(str(error)) from error
    except libvirt.libvirtError as error:
        invalid = error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID
        # One that stops meanwhile may fail with any error.
        if invalid or guest.has_stopped():
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
