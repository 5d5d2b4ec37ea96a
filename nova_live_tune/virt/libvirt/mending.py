# SPDX-License-Identifier: Apache-2.0
"""Comparing what is kept with what libvirt reports, and setting it again."""

from __future__ import annotations

from typing import Any

from oslo_log import log as logging

from nova_live_tune.compute.devices import Device
from nova_live_tune.compute.readback import Reading
from nova_live_tune.compute.store import Kept
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


def drift(
    guest: tunable.Guest, device: Device, tuned: Values
) -> list[tuple[int, Values, str]]:
    """Return where libvirt reports something else than what is kept.

    :returns: for the running domain and its configuration, if they differ:
        the scope, the limits to set there, and a sentence that says what was
        found
    """
    wanted, _ = checks.desired(guest.element(device), device, tuned)
    found = []
    for scope in guest.scopes() if wanted else ():
        current = guest.read(device, scope)
        differing = ', '.join(
            f'{device.target[name].label} {current[name]} instead of {value}'
            for name, value in wanted.items()
            if _differs(device, name, current[name], value)
        )
        if differing:
            where = 'running' if scope == guest.live else 'configured'
            found.append((scope, wanted, f'{device} ({where}): {differing}'))
    return found


def _differs(device: Device, name: str, reported: int, value: int) -> bool:
    # For a burst without a length QEMU's own stands, which is a second.
    default = device.target[name].unit == 'seconds' and {0, 1}
    return reported != value and {reported, value} != default


def mend(guest: tunable.Guest, device: Device, tuned: Values) -> list[str]:
    """Set what is kept of a device again where libvirt reports otherwise.

    :returns: a sentence for each scope in which that changed something
    """
    done = []
    for scope, wanted, sentence in drift(guest, device, tuned):
        before = guest.read(device, scope)
        guest.write(device, wanted, scope)
        # A kernel that rounds is no drift.
        if guest.read(device, scope) != before:
            done.append(sentence)
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
