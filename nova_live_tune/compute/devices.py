# SPDX-License-Identifier: Apache-2.0
"""What of a server can be tuned: its CPU, its ports and its disks.

A device is identified by what stays with it: a port's id, a block device
mapping's uuid. Positions, tap names and ``vda`` can move.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from nova import block_device
from oslo_serialization import jsonutils

from nova_live_tune import bounds, planning, tunables
from nova_live_tune.bounds import Span
from nova_live_tune.leases import Setting
from nova_live_tune.tunables import Target, Values, Wanted


class NoSuchDevice(LookupError):
    """The server has no such interface or disk."""


@dataclasses.dataclass(frozen=True)
class Device:
    """One target of one server.

    :ivar ident: what it is kept under: a port id, a BDM's uuid, or empty
    :ivar libvirt_name: what Nova says that libvirt calls it: a MAC address, or
        a disk's target, which can be another one on the host
    :ivar names: what the read-back shows of it
    :ivar flavor: what the flavor, or the volume's QoS, asks for
    :ivar image: Nova's name of a local disk's image, such as ``disk.eph0``
    :ivar specs: the flavor's bounds, as :mod:`nova_live_tune.bounds` has them
    :ivar ceiling: what was set live by somebody who may exceed them
    """

    target: Target
    ident: str
    libvirt_name: str
    names: Mapping[str, Any]
    flavor: Values
    image: str = ''
    specs: Mapping[str, int] = dataclasses.field(default_factory=dict)
    ceiling: Values = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f'{self.target.name} {self.libvirt_name}'.strip()

    def selectors(self) -> list[int | str]:
        """What a request may call it."""
        if self.target is tunables.INTERFACE:
            mac = self.libvirt_name
            return [self.names['index'], self.ident, mac, mac.upper()]
        device, volume = self.libvirt_name, self.names['volume_id']
        return [device, f'/dev/{device}', *filter(None, [volume])]

    def allowed(self) -> dict[str, Span]:
        """How far a tenant may go."""
        return self.setting({}).allowed(self.ceiling)

    def setting(self, defaults: Values) -> Setting:
        """What the flavor makes of it.

        :param defaults: what stands where it asks for nothing
        """
        flavor = {**defaults, **self.flavor}
        return Setting(self.target, self.flavor, flavor, self.specs)

    def to_primitive(self) -> dict[str, Any]:
        """What crosses RPC."""
        return {**vars(self), 'target': self.target.name}

    @classmethod
    def from_primitive(cls, primitive: Mapping[str, Any]) -> Device:
        target = tunables.BY_NAME[primitive['target']]
        return cls(**{**primitive, 'target': target})


#: A device, and the knobs that a request names of it.
Job = tuple[Device, Wanted]


def cpu(instance: Any) -> Device:
    return Device(
        tunables.CPU,
        '',
        '',
        {},
        _flavor(instance, tunables.CPU),
        specs=_specs(instance),
    )


def interfaces(instance: Any) -> list[Device]:
    """The server's ports, in the order in which Nova lists them."""
    asked = _flavor(instance, tunables.INTERFACE)
    return [
        Device(
            tunables.INTERFACE,
            vif['id'],
            vif['address'],
            {
                'index': index,
                'port_id': vif['id'],
                'mac_address': vif['address'],
            },
            asked,
            specs=_specs(instance),
        )
        for index, vif in enumerate(instance.get_network_info(), 1)
    ]


def disks(instance: Any, bdms: Iterable[Any]) -> list[Device]:
    """The server's disks, local ones and volumes."""
    ephemerals = itertools.count()
    return [
        _disk(instance, bdm, _image(bdm, ephemerals))
        for bdm in bdms
        if bdm.device_name
    ]


def of_server(instance: Any, bdms: Iterable[Any]) -> list[Device]:
    """All of a server's devices, in the read-back's order."""
    return [cpu(instance), *interfaces(instance), *disks(instance, bdms)]


def _disk(instance: Any, bdm: Any, image: str) -> Device:
    name = block_device.strip_dev(bdm.device_name)
    return Device(
        tunables.DISK,
        bdm.uuid,
        name,
        {
            'device': name,
            'volume_id': bdm.volume_id,
            'boot_index': bdm.boot_index,
        },
        _volume_qos(bdm)
        if bdm.is_volume
        else _flavor(instance, tunables.DISK),
        image,
        _specs(instance),
    )


def _image(bdm: Any, ephemerals: Iterator[int]) -> str:
    """What Nova's libvirt driver calls the image of a local disk."""
    if bdm.is_volume:
        return ''
    if bdm.source_type != 'blank':
        return 'disk'
    if bdm.guest_format == 'swap':
        return 'disk.swap'
    return f'disk.eph{next(ephemerals)}'


def _flavor(instance: Any, target: Target) -> Values:
    return planning.from_strings(
        target, instance.flavor.extra_specs, 'flavor_key'
    )


def _specs(instance: Any) -> dict[str, int]:
    return bounds.from_extra_specs(instance.flavor.extra_specs)


def _volume_qos(bdm: Any) -> Values:
    info = jsonutils.loads(bdm.connection_info or '{}') or {}
    specs = (info.get('data') or {}).get('qos_specs')
    if not isinstance(specs, dict):
        return {}
    return planning.from_strings(tunables.DISK, specs, 'qos_key')


def find(
    found: Sequence[Device], target: Target, selector: int | str | None
) -> Device:
    """Return the device that a request means.

    :param selector: of an interface its 1-based position, port id or MAC; of
        a disk its device name, with or without /dev/, or volume id
    :raises NoSuchDevice: with a sentence that says which there are
    """
    for device in found:
        if target.selector is None or selector in device.selectors():
            return device
    there = ', '.join(str(device.selectors()[0]) for device in found)
    raise NoSuchDevice(
        f'The server has no {target.name} {selector}; it has: '
        f'{there or "none"}.'
    )
