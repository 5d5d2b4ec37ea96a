# SPDX-License-Identifier: Apache-2.0
"""What users call a server's interfaces and disks.

Names are an extra: whatever goes wrong with them, the limits are shown.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from openstack_dashboard.api import cinder, neutron

from nova_live_tune import tunables
from nova_live_tune.dashboard import devices
from nova_live_tune.dashboard.devices import Device
from nova_live_tune.tunables import Target

LOG = logging.getLogger(__name__)

_Entries = Iterable[tuple[Target, Mapping[str, Any]]]


def name(request: Any, server: Any, entries: _Entries) -> list[Device]:
    """Name the devices of these entries of a server's read-back."""
    entries = list(entries)
    finders: dict[Target, Any] = {
        tunables.CPU: _Cpu,
        tunables.INTERFACE: _Interfaces,
        tunables.DISK: _Disks,
    }
    wanted = {target for target, _entry in entries}
    found = {
        target: finder(request, server)
        for target, finder in finders.items()
        if target in wanted
    }
    return [found[target].device(target, entry) for target, entry in entries]


class _Cpu:
    def __init__(self, request: Any, server: Any) -> None:
        pass

    def device(self, target: Target, entry: Mapping[str, Any]) -> Device:
        return Device(target, entry, _('CPU'))


class _Interfaces:
    def __init__(self, request: Any, server: Any) -> None:
        try:
            ports = neutron.port_list(request, device_id=server.id)
            self._ports = {port.id: port for port in ports}
            ids = [port.network_id for port in ports]
            networks = neutron.network_list(request, id=ids) if ids else ()
            self._networks = {net.id: net.name_or_id for net in networks}
        except Exception as error:
            LOG.warning('No names of interfaces: %s', error)
            self._ports, self._networks = {}, {}

    def device(self, target: Target, entry: Mapping[str, Any]) -> Device:
        port = self._ports.get(entry['port_id'])
        title = _('Interface %d') % entry['index']
        details = [*self._places(port), entry['mac_address']]
        if port is not None and port.name:
            title = f'{title}: {port.name}'
        return Device(target, entry, title, tuple(details))

    def _places(self, port: Any) -> Iterator[str]:
        if port is None:
            return
        if port.network_id in self._networks:
            yield _('network %s') % self._networks[port.network_id]
        for fixed in port.fixed_ips:
            yield fixed['ip_address']


class _Disks:
    def __init__(self, request: Any, server: Any) -> None:
        self._request = request

    def device(self, target: Target, entry: Mapping[str, Any]) -> Device:
        title = _('Disk %s') % devices.selector(target, entry)
        volume = entry.get('volume_id')
        if not volume:
            return Device(target, entry, title, (_("on the server's host"),))
        details = (_('volume %s') % self._volume(volume),)
        return Device(target, entry, title, details)

    def _volume(self, volume_id: str) -> str:
        try:
            volume = cinder.volume_get(self._request, volume_id)
            return str(volume.name or volume_id)
        except Exception as error:
            LOG.warning('No name of volume %s: %s', volume_id, error)
            return volume_id
