# SPDX-License-Identifier: Apache-2.0
"""A running domain's limits: the one file that calls libvirt's setters."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from lxml import etree
from nova.virt.libvirt import guest as nova_guest

from nova_live_tune import tunables
from nova_live_tune.compute.devices import Device
from nova_live_tune.tunables import Target, Values

#: The types of interface for which libvirt can shape traffic on the host.
SHAPED_TYPES = ('bridge', 'direct', 'ethernet', 'network')


def libvirt() -> Any:
    """The binding as Nova found it, which its fixtures replace."""
    return nova_guest.libvirt


def cgroup_version() -> int:
    """Which cgroups the host's CPU controller is of: 1 or 2."""
    unified = os.path.exists('/sys/fs/cgroup/cgroup.controllers')
    return 2 if unified else 1


class Guest:
    """The limits of one domain.

    libvirt sets the running domain and its persistent configuration in two
    calls, never in one; a scope is one of the two.
    """

    def __init__(self, domain: Any) -> None:
        self._domain = domain
        self._xml: Any = None

    @property
    def live(self) -> int:
        return int(libvirt().VIR_DOMAIN_AFFECT_LIVE)

    def scopes(self) -> list[int]:
        """The running domain, and its configuration if it has one."""
        if self._domain.isPersistent():
            return [self.live, int(libvirt().VIR_DOMAIN_AFFECT_CONFIG)]
        return [self.live]

    def read(self, device: Device, scope: int) -> Values:
        """Return all of a device's limits, as libvirt reports them."""
        read, _ = self._calls(device)
        return _complete(device.target, read(scope))

    def write(self, device: Device, values: Values, scope: int) -> None:
        """Set limits of a device.

        :param values: whole groups, as libvirt lifts what is left out of one
        """
        _, write = self._calls(device)
        keys = {knob.name: knob.libvirt_key for knob in device.target}
        write({keys[name]: value for name, value in values.items()}, scope)

    def interface_type(self, mac: str) -> str | None:
        """Return the type of the interface with a MAC; None without one."""
        for interface in self._devices('interface'):
            address = interface.find('mac')
            if address is not None and address.get('address') == mac.lower():
                return str(interface.get('type'))
        return None

    def has_disk(self, name: str, serial: str | None) -> bool:
        """Whether there is a disk of that target, and with that serial."""
        for disk in self._devices('disk'):
            target = disk.find('target')
            if target is not None and target.get('dev') == name:
                return serial is None or disk.findtext('serial') == serial
        return False

    def _devices(self, tag: str) -> list[Any]:
        if self._xml is None:
            self._xml = etree.fromstring(self._domain.XMLDesc(0))
        return list(self._xml.iterfind(f'devices/{tag}'))

    def _calls(
        self, device: Device
    ) -> tuple[Callable[[int], Any], Callable[[dict[str, int], int], Any]]:
        """libvirt's getter and setter for a device."""
        domain, name = self._domain, device.libvirt_name
        if device.target is tunables.CPU:
            return (
                domain.schedulerParametersFlags,
                domain.setSchedulerParametersFlags,
            )
        if device.target is tunables.INTERFACE:
            return (
                lambda scope: domain.interfaceParameters(name, scope),
                lambda values, scope: domain.setInterfaceParameters(
                    name, values, scope
                ),
            )
        return (
            lambda scope: domain.blockIoTune(name, scope),
            lambda values, scope: domain.setBlockIoTune(name, values, scope),
        )


def host_defaults(target: Target) -> Values:
    """What stands on this host when neither flavor nor tenant ask."""
    values = target.defaults()
    if target is tunables.CPU:
        values['shares'] = tunables.SHARES_DEFAULTS[cgroup_version()]
    return values


def _complete(target: Target, reported: dict[str, Any]) -> Values:
    """Give every knob a value in its range, or the one for no limit.

    An unset limit has many faces: a missing parameter, 0 in a configuration
    without it, cgroup v2's largest number for an unlimited quota.
    """
    values = host_defaults(target)
    for knob in target:
        value = reported.get(knob.libvirt_key)
        if value is not None and knob.accepts(value):
            values[knob.name] = value
    return values
