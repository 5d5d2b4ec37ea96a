# SPDX-License-Identifier: Apache-2.0
"""Whether a device of a guest can be tuned as asked, or as is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nova import exception, objects

from nova_live_tune import planning, tunables
from nova_live_tune.compute.devices import Device
from nova_live_tune.leases import Stand
from nova_live_tune.tunables import Values, Wanted
from nova_live_tune.virt.libvirt import guest as tunable

#: The types of interface for which libvirt can shape traffic on the host.
SHAPED_TYPES = ('bridge', 'direct', 'ethernet', 'network')


def check(
    instance: Any, guest: tunable.Guest, device: Device, wanted: Wanted
) -> None:
    """Refuse what this host or this device cannot do.

    :raises nova.exception.NotFound: if the device is gone
    :raises planning.Invalid: naming what cannot be set, and what could
    """
    element = guest.element(device)
    if device.target is tunables.DISK:
        _check_disk(instance, element, device)
    elif not planning.takes_back(wanted):
        problem = _refusal(element, device, wanted, [tunable.cgroup_version()])
        if problem:
            raise planning.Invalid(problem)


def desired(
    element: Any | None,
    device: Device,
    tuned: Values,
    cgroup_versions: Iterable[int] = (),
) -> tuple[Values, list[str]]:
    """Return the limits that a device should have, as far as it can.

    :param element: the device's, in the domain's XML
    :param tuned: what is kept as set live
    :param cgroup_versions: of the hosts that have to take it; this one's if
        none is given
    :returns: all values of the groups in which something is kept; and why
        what is missing there is not in effect
    """
    if not tuned and not device.ceiling:
        return {}, []
    if element is None:
        return {}, [f'the guest has no such {device.target.name}.']
    able, problems = dict(tuned), []
    versions = list(cgroup_versions) or [tunable.cgroup_version()]
    refusal = _refusal(element, device, tuned, versions)
    if refusal:
        if device.target is not tunables.CPU:
            return {}, [refusal]
        del able['shares']
        problems.append(refusal)
    setting = device.setting(tunable.host_defaults(device.target))
    values, misfits = setting.laid(Stand(able, device.ceiling))
    return values, problems + misfits


def is_shaped(element: Any | None) -> bool:
    """Whether libvirt can shape an interface's traffic."""
    return element is not None and element.get('type') in SHAPED_TYPES


def _refusal(
    element: Any | None,
    device: Device,
    wanted: Wanted | Values,
    cgroup_versions: Iterable[int],
) -> str | None:
    if device.target is tunables.CPU:
        return _shares_refusal(wanted.get('shares'), cgroup_versions)
    if device.target is tunables.DISK or is_shaped(element):
        return None
    kind = 'hostdev' if element is None else element.get('type')
    return (
        f'interface {device.names["index"]} ({device.ident}) cannot carry '
        f'a limit: it is of type {kind}, whose traffic does not pass '
        f'through the host; allowed are {", ".join(SHAPED_TYPES)}.'
    )


def _shares_refusal(
    shares: int | None, cgroup_versions: Iterable[int]
) -> str | None:
    for version in cgroup_versions if shares is not None else ():
        low, high = tunables.SHARES_RANGES[version]
        if not low <= (shares or 0) <= high:
            return (
                f'shares {shares} is not allowed: the server is on a host '
                f'with cgroup v{version}, which takes {low}..{high}.'
            )
    return None


def _check_disk(instance: Any, element: Any | None, device: Device) -> None:
    """Check that the disk which the API saw is still there."""
    volume = device.names['volume_id']
    if element is not None:
        if volume is None or element.findtext('serial') == volume:
            return
        # A volume that was swapped for another keeps the first one's serial.
        if _is_attached(instance, device):
            return
    raise exception.NotFound(
        f'The running server has no disk {device.libvirt_name} any more.'
    )


def _is_attached(instance: Any, device: Device) -> bool:
    bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(
        instance._context, instance.uuid
    )
    return any(bdm.uuid == device.ident for bdm in bdms)
