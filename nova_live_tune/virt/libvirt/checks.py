# SPDX-License-Identifier: Apache-2.0
"""Whether a device of a running guest can be tuned as asked."""

from __future__ import annotations

from typing import Any

from nova import exception, objects

from nova_live_tune import planning, tunables
from nova_live_tune.compute.devices import Device
from nova_live_tune.tunables import Wanted
from nova_live_tune.virt.libvirt import guest as tunable


def check(
    instance: Any, guest: tunable.Guest, device: Device, wanted: Wanted
) -> None:
    """Refuse what this host or this device cannot do.

    :raises nova.exception.NotFound: if the device is gone
    :raises planning.Invalid: naming what cannot be set, and what could
    """
    if device.target is tunables.CPU:
        _check_shares(wanted.get('shares'))
    elif device.target is tunables.DISK:
        _check_disk(instance, guest, device)
    elif not is_shaped(guest, device) and not planning.takes_back(wanted):
        kind = guest.interface_type(device.libvirt_name) or 'hostdev'
        raise planning.Invalid(
            f'interface {device.names["index"]} ({device.ident}) cannot carry '
            f'a limit: it is of type {kind}, whose traffic does not pass '
            'through the host; allowed are '
            f'{", ".join(tunable.SHAPED_TYPES)}.'
        )


def is_shaped(guest: tunable.Guest, device: Device) -> bool:
    """Whether libvirt can shape an interface's traffic."""
    kind = guest.interface_type(device.libvirt_name)
    return kind in tunable.SHAPED_TYPES


def _check_shares(shares: int | None) -> None:
    version = tunable.cgroup_version()
    low, high = tunables.SHARES_RANGES[version]
    if shares is not None and not low <= shares <= high:
        raise planning.Invalid(
            f'shares {shares} is not allowed: the server is on a host with '
            f'cgroup v{version}, which takes {low}..{high}.'
        )


def _check_disk(instance: Any, guest: tunable.Guest, device: Device) -> None:
    """Check that a disk's name still means the one that the API saw."""
    name, volume = device.libvirt_name, device.names['volume_id']
    if guest.has_disk(name, volume):
        return
    # A volume that was swapped for another keeps the first one's serial.
    if guest.has_disk(name, None) and _is_attached(instance, device):
        return
    raise exception.NotFound(
        f'The running server has no disk {name} any more.'
    )


def _is_attached(instance: Any, device: Device) -> bool:
    bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(
        instance._context, instance.uuid
    )
    return any(bdm.uuid == device.ident for bdm in bdms)
