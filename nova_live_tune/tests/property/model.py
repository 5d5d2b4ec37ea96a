# SPDX-License-Identifier: Apache-2.0
"""What libvirt would take, and what its numbers mean."""

from lxml import etree

from nova_live_tune import tunables
from nova_live_tune.tests.functional.fake import cpu, disk, nic

_FRESH = {
    tunables.CPU: lambda: cpu.Cpu(cgroups=2),
    tunables.INTERFACE: lambda: nic.Nic(etree.Element('interface')),
    tunables.DISK: lambda: disk.Disk(etree.Element('disk')),
}


def set_on_fresh(target, values):
    """Set values on a guest without limits; fails if libvirt would refuse.

    :returns: what libvirt reports afterwards
    """
    model = _FRESH[target]()
    keys = {knob.name: knob.libvirt_key for knob in target}
    model.set({keys[name]: value for name, value in values.items()}, True)
    return meaning(target, model.get(True))


def meaning(target, reported):
    """Give different numbers that mean the same limit one face."""
    values = {k.name: reported[k.libvirt_key] for k in target}
    if target is tunables.CPU:
        # A configuration without the element; cgroup v2's "max".
        values['period'] = values['period'] or 100000
        values['shares'] = values['shares'] or 100
        if not 0 < values['quota'] <= tunables.CPU['quota'].maximum:
            values['quota'] = -1
    for knob in target:
        if knob.unit == 'seconds':
            # QEMU's own default is a second; without a burst it says nothing.
            burst = values[knob.needs[0]]
            values[knob.name] = max(values[knob.name], 1) if burst else 0
    return values
