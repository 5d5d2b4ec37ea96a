# SPDX-License-Identifier: Apache-2.0
"""A host with one guest, whose every call to libvirt can be made to fail."""

import types
from unittest import mock

from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import guest as nova_guest

from nova_live_tune import tunables
from nova_live_tune.compute import devices, store
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tests.functional.fake import calls, domain
from nova_live_tune.tests.property import model
from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt import driver

SCOPES = (domain.LIVE, domain.CONFIG)

_MACS = ('fa:16:3e:00:00:01', 'fa:16:3e:00:00:02')
_IMAGES = {'vda': 'disk', 'vdb': 'disk.eph0'}

_XML = (
    '<domain><name>guest</name><vcpu>1</vcpu><memory>1</memory>'
    '<os><type arch="x86_64">hvm</type></os><devices>{}</devices></domain>'
)
_NIC = (
    '<interface type="bridge"><mac address="{}"/><source bridge="br"/>'
    '<target dev="tap"/></interface>'
)
_DISK = (
    '<disk type="file" device="disk"><source file="/instances/guest/{1}"/>'
    '<driver name="qemu" type="raw" cache="none"/>'
    '<target dev="{0}" bus="virtio"/></disk>'
)
GUEST = _XML.format(
    ''.join(map(_NIC.format, _MACS))
    + ''.join(map(_DISK.format, _IMAGES.keys(), _IMAGES.values()))
)


def _device(target, ident, image='', **names):
    return devices.Device(target, ident, ident, names, {}, image)


_CPU = _device(tunables.CPU, '')
_NICS = tuple(
    _device(tunables.INTERFACE, mac, index=index, port_id=mac)
    for index, mac in enumerate(_MACS, 1)
)
_DISKS = tuple(
    _device(tunables.DISK, name, image, device=name, volume_id=None)
    for name, image in _IMAGES.items()
)
#: By what the rest knows them by, and what messages call them.
DEVICES = {str(device): device for device in (_CPU, *_NICS, *_DISKS)}


def limits_of(of, device, scope):
    """What the numbers mean that libvirt reports of a domain's device."""
    reported = of.limits_of(scope)
    if device.target is tunables.CPU:
        return model.meaning(device.target, reported['cpu'])
    kind = 'nics' if device.target is tunables.INTERFACE else 'disks'
    return model.meaning(device.target, reported[kind][device.libvirt_name])


class Host:
    """What libvirt, the kernel and the database have of one server."""

    def __init__(self, states, kept):
        """Set all up.

        :param states: by scope and device's name, all of its limits
        :param kept: by device's name, what was set live before
        """
        self.domain = domain.Domain(mock.MagicMock(), GUEST, running=True)
        for (scope, name), values in states.items():
            self._set(DEVICES[name], values, scope)
        self.domain.calls = calls.Calls()
        self.instance = types.SimpleNamespace(
            uuid='server',
            system_metadata={},
            flavor={'extra_specs': {}},
        )
        for name, values in kept.items():
            fakes.put(self.instance, DEVICES[name], values)

    def _set(self, device, values, scope):
        keys = {knob.name: knob.libvirt_key for knob in device.target}
        params = {keys[name]: value for name, value in values.items()}
        if device.target is tunables.CPU:
            self.domain.setSchedulerParametersFlags(params, scope)
        elif device.target is tunables.INTERFACE:
            self.domain.setInterfaceParameters(
                device.libvirt_name, params, scope
            )
        else:
            self.domain.setBlockIoTune(device.libvirt_name, params, scope)

    def tune(self, jobs):
        """Do what nova-compute does, up to the instance's save.

        :param jobs: by device's name, what is wanted
        """
        jobs = [(DEVICES[name], wanted) for name, wanted in jobs.items()]
        nova = mock.MagicMock(spec=nova_driver.LibvirtDriver)
        nova._host = mock.Mock()
        nova._host.get_guest = lambda _: nova_guest.Guest(self.domain)
        tuner, kept = driver.Tuner(nova), store.Kept.of(self.instance)
        guest = tuner.running(self.instance)
        decided = tuner.decide(
            self.instance, guest, 'tune', jobs, kept, Terms()
        )

        def keep():
            saved = types.SimpleNamespace(
                system_metadata=dict(self.instance.system_metadata)
            )
            changed = kept.changed(
                (one.device, one.outcome.stack) for one in decided
            )
            changed.put_into(saved)
            self.domain.calls.run('keep', lambda: self._save(saved))
            return changed

        return tuner.carry_out(self.instance, guest, 'tune', decided, keep)

    def _save(self, saved):
        self.instance.system_metadata = saved.system_metadata

    def limits(self, name, scope):
        """What the numbers that libvirt reports mean."""
        return limits_of(self.domain, DEVICES[name], scope)

    def kept(self, name):
        return fakes.load(self.instance, DEVICES[name])

    def everything(self):
        """All that a request may change."""
        return (
            {
                (scope, name): self.limits(name, scope)
                for scope in SCOPES
                for name in DEVICES
            },
            dict(self.instance.system_metadata),
        )
