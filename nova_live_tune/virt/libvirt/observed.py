# SPDX-License-Identifier: Apache-2.0
"""What a guest has used so far, by libvirt and by its cgroups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from oslo_log import log as logging
from oslo_utils import timeutils

from nova_live_tune import counters, tunables
from nova_live_tune.compute.devices import Device
from nova_live_tune.virt.libvirt import guest as tunable
from nova_live_tune.virt.libvirt import throttling, xml

LOG = logging.getLogger(__name__)

#: What libvirt calls the numbered statistics of a device.
_KINDS = {'interface': 'net', 'disk': 'block'}


def read(
    guest: tunable.Guest, devices: Sequence[Device]
) -> list[dict[str, Any] | None]:
    """Return the counters of each device, all of the same moment.

    :returns: for each what :mod:`nova_live_tune.counters` lists, and when it
        was read, in UTC; None where libvirt has nothing of the device
    """
    try:
        stats = guest.stats()
    except tunable.libvirt().libvirtError as error:
        LOG.debug('libvirt has no statistics: %s', error)
        return [None] * len(devices)
    at = timeutils.utcnow().isoformat(timespec='microseconds') + 'Z'
    seen = [_device(guest, stats, device) for device in devices]
    return [one and {counters.AT: at, **one} for one in seen]


def _device(
    guest: tunable.Guest, stats: Mapping[str, Any], device: Device
) -> dict[str, Any] | None:
    if device.target is tunables.CPU:
        return _cpu(guest, stats) if stats else None
    prefix = _prefix(guest, stats, device)
    if prefix is None:
        return None
    found = counters.of(device.target)
    return counters.nest({c: stats.get(prefix + c.stat) for c in found})


def _prefix(
    guest: tunable.Guest, stats: Mapping[str, Any], device: Device
) -> str | None:
    """What the names of a device's statistics begin with."""
    element = guest.element(device)
    kind = _KINDS[device.target.name]
    for number in range(stats.get(f'{kind}.count', 0)):
        name = stats.get(f'{kind}.{number}.name')
        if element is not None and name == xml.target_name(element):
            return f'{kind}.{number}.'
    return None


def _cpu(guest: tunable.Guest, stats: Mapping[str, Any]) -> dict[str, Any]:
    held: Mapping[str, int] = {}
    reason = None
    try:
        held = throttling.read(*guest.machine())
    except throttling.Unknown as unknown:
        reason = str(unknown)
    found = counters.nest(
        {
            c: stats.get(f'cpu.{c.stat}') if c.stat else held.get(c.name)
            for c in counters.of(tunables.CPU)
        }
    )
    vcpus = range(stats.get('vcpu.maximum', 0))
    times = [stats.get(f'vcpu.{number}.time') for number in vcpus]
    return {
        **found,
        counters.VCPU_TIMES: times,
        counters.NOT_OBSERVED: reason,
    }
