# SPDX-License-Identifier: Apache-2.0
"""A running domain's limits: the one file that calls libvirt's setters."""

from __future__ import annotations

import functools
import operator
import os
import time
from collections.abc import Callable
from typing import Any

from lxml import etree
from nova.virt.libvirt import guest as nova_guest

from nova_live_tune import tunables
from nova_live_tune.compute.devices import Device
from nova_live_tune.compute.store import Kept
from nova_live_tune.tunables import Target, Values
from nova_live_tune.virt.libvirt import xml

#: Where libvirt puts a guest's cgroup when nobody says otherwise.
DEFAULT_PARTITION = '/machine'
#: Seconds, at most, from when libvirt has lost a guest's QEMU to when it knows
#: that the guest is gone: it makes sure of the process first.
PATIENCE = 10.0


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

    def has_stopped(self) -> bool:
        """Whether an error may be because it does not run any more."""
        end = time.monotonic() + PATIENCE
        while self._is_active():
            if self._answers() or time.monotonic() >= end:
                return False
            time.sleep(0.05)
        return True

    def _answers(self) -> bool:
        """Whether its QEMU does, of which this asks something of no weight."""
        try:
            self._domain.blockStats('')  # of all disks
        except libvirt().libvirtError:
            return False
        return True

    def _is_active(self) -> bool:
        binding = libvirt()
        try:
            return bool(self._domain.isActive())
        except binding.libvirtError as error:
            return bool(error.get_error_code() != binding.VIR_ERR_NO_DOMAIN)

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

    def element(self, device: Device) -> Any | None:
        """Return a device's element in the domain's XML; None without one."""
        return xml.find(self._description(), device)

    def kept(self) -> Kept | None:
        """Return the domain's copy of what is kept."""
        return xml.kept(self._description())

    def write_kept(self, kept: Kept) -> None:
        """Replace the copy, in the domain and in its configuration."""
        binding = libvirt()
        self._domain.setMetadata(
            binding.VIR_DOMAIN_METADATA_ELEMENT,
            xml.kept_text(kept),
            xml.PREFIX,
            xml.NAMESPACE,
            functools.reduce(operator.or_, self.scopes()),
        )

    def limits(self) -> str:
        """All limits and the copy, as one text to be compared."""
        return xml.limits(self._description())

    def stats(self) -> dict[str, Any]:
        """Return libvirt's statistics of CPU, interfaces and disks.

        :returns: by libvirt's own names; nothing of a domain that has gone
        """
        binding = libvirt()
        kinds = (
            binding.VIR_DOMAIN_STATS_CPU_TOTAL,
            binding.VIR_DOMAIN_STATS_VCPU,
            binding.VIR_DOMAIN_STATS_INTERFACE,
            binding.VIR_DOMAIN_STATS_BLOCK,
        )
        # Nova's is wrapped where it runs on eventlet, and as an argument the
        # binding takes none but its own.
        domain = getattr(self._domain, '_obj', self._domain)
        found = self._domain.connect().domainListGetStats(
            [domain], functools.reduce(operator.or_, kinds)
        )
        return dict(found[0][1]) if found else {}

    def machine(self) -> tuple[int, str, str]:
        """Return what the guest's cgroup is named after.

        :returns: the domain's id, its name, and its resource partition
        """
        description = self._description()
        partition = description.findtext('resource/partition')
        name = description.findtext('name')
        return self._domain.ID(), name, partition or DEFAULT_PARTITION

    def _description(self) -> Any:
        if self._xml is None:
            self._xml = etree.fromstring(self._domain.XMLDesc(0))
        return self._xml

    def _name(self, device: Device) -> str:
        """What libvirt calls a device at the moment."""
        if device.target is tunables.DISK:
            element = self.element(device)
            if element is not None:
                return xml.target_name(element)
        return device.libvirt_name

    def _calls(
        self, device: Device
    ) -> tuple[Callable[[int], Any], Callable[[dict[str, int], int], Any]]:
        """libvirt's getter and setter for a device."""
        domain, name = self._domain, self._name(device)
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
