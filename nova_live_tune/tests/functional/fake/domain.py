# SPDX-License-Identifier: Apache-2.0
"""Nova's fake domain, with the methods that live tuning needs of libvirt.

The running domain and its configuration are kept apart, and both refuse what
libvirt 9.0 with QEMU 7.2 was measured to refuse.
"""

import copy
import dataclasses

import fixtures
from lxml import etree
from nova.tests.fixtures import libvirt as nova_fake

from nova_live_tune.tests.functional.fake import (
    calls,
    cpu,
    disk,
    nic,
    refusal,
    usage,
)

LIVE = nova_fake.VIR_DOMAIN_AFFECT_LIVE
CONFIG = nova_fake.VIR_DOMAIN_AFFECT_CONFIG


def in_namespace(text, prefix, uri):
    """Give what has none in an element the namespace, as libvirt does."""
    plain = etree.fromstring(text)
    if prefix in plain.nsmap:
        raise calls.libvirt_error('failed to create a new XML namespace')
    for element in plain.iter(etree.Element):
        if not etree.QName(element).namespace:
            element.tag = f'{{{uri}}}{element.tag}'
    root = etree.Element(plain.tag, plain.attrib, {prefix: uri, **plain.nsmap})
    root.text = plain.text
    root.extend(list(plain))
    return etree.tostring(root)


@dataclasses.dataclass
class Limits:
    cpu: cpu.Cpu
    nics: dict[str, nic.Nic]
    disks: dict[str, disk.Disk]

    def devices(self, xml):
        """The devices of an element's kind, its key there, and its class."""
        if xml.tag == 'interface':
            return self.nics, xml.find('mac').get('address').lower(), nic.Nic
        return self.disks, xml.find('target').get('dev'), disk.Disk

    def plug(self, xml):
        devices, key, kind = self.devices(xml)
        devices[key] = kind(xml)

    def unplug(self, xml):
        devices, key, _ = self.devices(xml)
        devices.pop(key, None)


class Domain(nova_fake.Domain):
    #: The version of the host's cgroups.
    cgroups = 2

    def __init__(self, connection, xml, running=False, transient=False):
        super().__init__(connection, xml, running, transient)
        self.calls = calls.Calls()
        #: Keys whose live values the "kernel" rounds down to a multiple.
        self.grain = {}
        #: What it has used so far.
        self.usage = usage.Usage()
        #: By scope and URI, the elements of other software.
        self._metadata = {CONFIG: self._parse_metadata(xml)}
        self._limits = {CONFIG: self._parse_limits(xml)}
        if running:
            self._start()

    def _parse_limits(self, xml):
        tree = etree.fromstring(xml)
        limits = Limits(cpu.Cpu(tree.find('cputune'), self.cgroups), {}, {})
        for tag in ('interface', 'disk'):
            for element in tree.iterfind(f'devices/{tag}'):
                limits.plug(element)
        return limits

    @staticmethod
    def _parse_metadata(xml):
        elements = etree.fromstring(xml).iterfind('metadata/*')
        return {
            etree.QName(e).namespace: etree.tostring(e, with_tail=False)
            for e in elements
        }

    def _start(self):
        self._limits[CONFIG].cpu.check()
        self._limits[LIVE] = copy.deepcopy(self._limits[CONFIG])
        self._metadata[LIVE] = dict(self._metadata[CONFIG])

    def createWithFlags(self, flags):
        # First, as what cannot be set stops the start.
        self._start()
        super().createWithFlags(flags)

    def isActive(self):
        # A paused domain is active, which Nova's fake does not say.
        running = (nova_fake.VIR_DOMAIN_RUNNING, nova_fake.VIR_DOMAIN_PAUSED)
        return int(self._state in running)

    def managedSave(self, flags):
        super().managedSave(flags)
        self._state = nova_fake.VIR_DOMAIN_SHUTOFF

    def attachDevice(self, xml):
        self._each_device(xml, Limits.plug)
        return super().attachDevice(xml)

    def detachDevice(self, xml):
        self._each_device(xml, Limits.unplug)
        return super().detachDevice(xml)

    def _each_device(self, xml, change):
        element = etree.fromstring(xml)
        if element.tag in ('interface', 'disk'):
            for limits in self._limits.values():
                change(limits, element)

    def XMLDesc(self, flags):
        tree = etree.fromstring(super().XMLDesc(flags))
        inactive = flags & nova_fake.VIR_DOMAIN_XML_INACTIVE
        scope = LIVE if self.isActive() and not inactive else CONFIG
        limits = self._limits[scope]
        limits.cpu.add_to(tree)
        for tag in ('interface', 'disk'):
            for element in tree.iterfind(f'devices/{tag}'):
                devices, key, _ = limits.devices(element)
                devices[key].add_to(element)
        for element in tree.findall('metadata'):
            tree.remove(element)
        metadata = etree.SubElement(tree, 'metadata')
        metadata.extend(map(etree.fromstring, self._metadata[scope].values()))
        return etree.tostring(tree, encoding='unicode')

    def stats(self, kinds):
        """libvirt's statistics of it, of these kinds."""
        return self.usage.stats(etree.fromstring(self.XMLDesc(0)), kinds)

    # What follows is libvirt's interface, as Nova's fake has it too.

    def connect(self):
        return usage.Connection(self)

    def schedulerParametersFlags(self, flags=0):
        return self._get('schedulerParametersFlags', flags, self._cpu)

    def setSchedulerParametersFlags(self, params, flags=0):
        return self._set(
            'setSchedulerParametersFlags', params, flags, self._cpu
        )

    def interfaceParameters(self, device, flags=0):
        find = self._finder('nics', device.lower())
        return self._get('interfaceParameters', flags, find)

    def setInterfaceParameters(self, device, params, flags=0):
        find = self._finder('nics', device.lower())
        return self._set('setInterfaceParameters', params, flags, find)

    def blockIoTune(self, device, flags=0):
        find = self._finder('disks', device)
        return self._get('blockIoTune', flags, find)

    def setBlockIoTune(self, device, params, flags=0):
        find = self._finder('disks', device)
        return self._set('setBlockIoTune', params, flags, find)

    def setMetadata(self, kind, metadata, key, uri, flags=0):
        # Alone of all these it takes both scopes at once.
        scopes = [s for s in (LIVE, CONFIG) if flags & s]

        def work():
            for scope in scopes or [self._scope(0)]:
                self._metadata[scope].pop(uri, None)
                if metadata is not None:
                    self._metadata[scope][uri] = in_namespace(
                        metadata, key, uri
                    )

        self.calls.run('setMetadata', work)
        return 0

    def limits_of(self, scope):
        """All of the domain's limits, past its calls."""
        limits, live = self._limits[scope], scope == LIVE
        return {
            'cpu': limits.cpu.get(live),
            'nics': {k: v.get(live) for k, v in limits.nics.items()},
            'disks': {k: v.get(live) for k, v in limits.disks.items()},
        }

    @staticmethod
    def _cpu(limits):
        return limits.cpu

    @staticmethod
    def _finder(kind, device):
        def find(limits):
            devices = getattr(limits, kind)
            if device not in devices:
                raise refusal.invalid(f'{device} not found among the {kind}')
            return devices[device]

        return find

    def _scope(self, flags):
        if flags & LIVE and flags & CONFIG:
            raise refusal.invalid(
                'flags live and config are mutually exclusive'
            )
        if not flags:
            return LIVE if self.isActive() else CONFIG
        if flags & LIVE and not self.isActive():
            raise calls.libvirt_error(
                'Requested operation is not valid: domain is not running',
                nova_fake.VIR_ERR_OPERATION_INVALID,
            )
        return LIVE if flags & LIVE else CONFIG

    def _get(self, name, flags, find):
        scope = self._scope(flags)
        found = find(self._limits[scope])
        return self.calls.run(name, lambda: found.get(scope == LIVE))

    def _set(self, name, params, flags, find):
        scope = self._scope(flags)
        found, live = find(self._limits[scope]), scope == LIVE
        self.calls.run(
            name, lambda: found.set(self._round(params, live), live)
        )
        return 0

    def _round(self, params, live):
        return {
            key: value - value % self.grain[key]
            if live and key in self.grain
            else value
            for key, value in params.items()
        }


class DomainsFixture(fixtures.Fixture):
    """Makes every domain of Nova's fake libvirt one of ours."""

    def __init__(self, cgroups=2):
        self.cgroups = cgroups

    def _setUp(self):
        patch = fixtures.MonkeyPatch
        self.useFixture(usage.StatsFixture())
        self.groups = self.useFixture(usage.CgroupsFixture(self.cgroups))
        self.useFixture(patch('nova.tests.fixtures.libvirt.Domain', Domain))
        self.useFixture(
            patch(f'{Domain.__module__}.Domain.cgroups', self.cgroups)
        )
        self.useFixture(
            patch(
                'nova_live_tune.virt.libvirt.guest.cgroup_version',
                lambda: self.cgroups,
            )
        )
