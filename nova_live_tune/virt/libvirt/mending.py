# SPDX-License-Identifier: Apache-2.0
"""Comparing what is kept with what libvirt reports, and setting it again."""

from __future__ import annotations

import dataclasses
from typing import Any

from oslo_log import log as logging

from nova_live_tune.compute.devices import Device
from nova_live_tune.compute.readback import Reading
from nova_live_tune.compute.store import Kept
from nova_live_tune.notifications import changes
from nova_live_tune.tunables import Values
from nova_live_tune.virt.libvirt import checks
from nova_live_tune.virt.libvirt import guest as tunable

LOG = logging.getLogger(__name__)


def effective(guest: tunable.Guest, device: Device) -> Values | None:
    """Return all of a device's limits; None where libvirt has none of it."""
    if guest.element(device) is None:
        return None
    try:
        return guest.read(device, guest.live)
    except tunable.libvirt().libvirtError as error:
        LOG.debug('libvirt has no limits of %s: %s', device, error)
        return None


def read(guest: tunable.Guest, device: Device, tuned: Values) -> Reading:
    """Return what libvirt reports of a device, and whether that is kept."""
    wanted, problems = checks.desired(guest.element(device), device, tuned)
    values = effective(guest, device)
    problems += [
        f'{device.target[name].label} is {values[name]} where {value} is kept.'
        for name, value in wanted.items()
        if values is not None and _differs(device, name, values[name], value)
    ]
    if values is None and wanted:
        problems.append('libvirt does not tell its limits.')
    return values, ' '.join(problems) or None


@dataclasses.dataclass(frozen=True)
class Drift:
    """What libvirt reports of a device that is not what is kept.

    :ivar scope: libvirt's, of the running domain or its configuration
    :ivar where: the same in a word
    :ivar found: the limits that differ, as libvirt reports them
    :ivar wanted: the limits to set: whole groups
    """

    device: Device
    scope: int
    where: str
    found: Values
    wanted: Values

    def __str__(self) -> str:
        differing = ', '.join(
            f'{self.device.target[name].label} {value} instead of '
            f'{self.wanted[name]}'
            for name, value in self.found.items()
        )
        return f'{self.device} ({self.where}): {differing}'


def drift(guest: tunable.Guest, device: Device, tuned: Values) -> list[Drift]:
    """Return where libvirt reports something else than what is kept."""
    wanted, _ = checks.desired(guest.element(device), device, tuned)
    found = []
    for scope in guest.scopes() if wanted else ():
        current = guest.read(device, scope)
        differing = {
            name: current[name]
            for name, value in wanted.items()
            if _differs(device, name, current[name], value)
        }
        if differing:
            where = changes.CONFIGURED
            if scope == guest.live:
                where = changes.RUNNING
            found.append(Drift(device, scope, where, differing, wanted))
    return found


def _differs(device: Device, name: str, reported: int, value: int) -> bool:
    # For a burst without a length QEMU's own stands, which is a second.
    default = device.target[name].unit == 'seconds' and {0, 1}
    return reported != value and {reported, value} != default


def mend(guest: tunable.Guest, device: Device, tuned: Values) -> list[Drift]:
    """Set what is kept of a device again where libvirt reports otherwise.

    :returns: where that changed something
    """
    done = []
    for found in drift(guest, device, tuned):
        before = guest.read(device, found.scope)
        guest.write(device, found.wanted, found.scope)
        # A kernel that rounds is no drift.
        if guest.read(device, found.scope) != before:
            done.append(found)
    return done


def copy(instance: Any, guest: tunable.Guest, kept: Kept) -> None:
    """Write the second copy; without it the first one still holds."""
    try:
        guest.write_kept(kept)
    except tunable.libvirt().libvirtError as error:
        LOG.warning(
            'The domain has no up-to-date copy of the limits that were set '
            'live: %s',
            error,
            instance=instance,
        )
