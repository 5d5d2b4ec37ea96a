# SPDX-License-Identifier: Apache-2.0
"""Interfaces and disks by the names that people have for them.

The API takes an interface's position, port id or MAC address, and a disk's
device or volume id. These pass as they are, without a question to anybody;
of names and addresses we ask Neutron, Nova and Cinder.
"""

from __future__ import annotations

import ipaddress
import re
import uuid
from typing import Any

from osc_lib import exceptions

_MAC = re.compile(r'(?:[0-9a-f]{2}:){5}[0-9a-f]{2}', re.IGNORECASE)
_DEVICE = re.compile(r'(?:/dev/)?(?:[svhx]|xv|f)d[a-z]+')


def is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def interface(connection: Any, server_id: str, given: str) -> int | str:
    """Return how the API names the interface that was meant.

    :param connection: openstacksdk's
    :param given: position, port id, MAC address, fixed IP or port name
    :raises CommandError: if the server has none, or several, of that name
    """
    if given.isdecimal():
        return int(given)
    if is_uuid(given) or _MAC.fullmatch(given):
        return given
    address = _address(given)
    if address is None:
        ports = connection.network.ports(device_id=server_id)
        found = [port.id for port in ports if port.name == given]
    else:
        found = [
            nic.port_id
            for nic in connection.compute.server_interfaces(server_id)
            for fixed in nic.fixed_ips or ()
            if _address(fixed['ip_address']) == address
        ]
    return _only(
        found,
        f'interface {given}',
        'its position (1, 2, ...), port id, port name, fixed IP or MAC '
        'address',
    )


def disk(connection: Any, server_id: str, given: str) -> str:
    """Return how the API names the disk that was meant.

    :param connection: openstacksdk's
    :param given: device, volume id or volume name
    :raises CommandError: if the server has none, or several, of that name
    """
    if is_uuid(given) or _DEVICE.fullmatch(given):
        return given
    attached = connection.compute.volume_attachments(server_id)
    get_volume = connection.block_storage.get_volume
    found = [
        attachment.volume_id
        for attachment in attached
        if get_volume(attachment.volume_id).name == given
    ]
    return _only(
        found, f'disk {given}', 'its device (vda), volume id or volume name'
    )


def _address(
    text: str,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _only(found: list[str], what: str, how: str) -> str:
    if len(found) == 1:
        return found[0]
    count = f'{len(found)} of' if found else 'no'
    raise exceptions.CommandError(
        f'The server has {count} {what}: give {how}.'
    )
