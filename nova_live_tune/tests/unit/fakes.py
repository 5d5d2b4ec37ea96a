# SPDX-License-Identifier: Apache-2.0
"""Nova's objects, filled with what live tuning looks at."""

import dataclasses

from lxml import etree
from nova import objects
from nova.network import model
from nova.tests.fixtures import libvirt as fakelibvirt
from oslo_utils.fixture import uuidsentinel as uuids

from nova_live_tune import tunables
from nova_live_tune.compute import devices
from nova_live_tune.compute.store import Kept
from nova_live_tune.leases import Stack, Stand
from nova_live_tune.virt.libvirt import guest, xml

objects.register_all()

MACS = ('fa:16:3e:00:00:01', 'fa:16:3e:00:00:02')
PORTS = (uuids.port1, uuids.port2)

LIVE = fakelibvirt.VIR_DOMAIN_AFFECT_LIVE
CONFIG = fakelibvirt.VIR_DOMAIN_AFFECT_CONFIG


def instance(extra_specs=None, **attrs):
    """An active server with two ports."""
    info = model.NetworkInfo(
        model.VIF(id=port, address=mac) for port, mac in zip(PORTS, MACS)
    )
    return objects.Instance(
        **{
            'uuid': uuids.server,
            'host': 'here',
            'vm_state': 'active',
            'task_state': None,
            'locked': False,
            'user_id': 'user',
            'project_id': 'project',
            'system_metadata': {},
            'flavor': objects.Flavor(extra_specs=extra_specs or {}),
            'info_cache': objects.InstanceInfoCache(network_info=info),
            **attrs,
        }
    )


def put(instance, device, tuned, ceiling=None, changes=()):
    """Make something what is kept, as if it had always been so."""
    kept = Kept.of(instance)
    stack = Stack(Stand(tuned, ceiling or {}), tuple(changes))
    dataclasses.replace(
        kept.changed([(device, stack)]), generation=kept.generation
    ).put_into(instance)


def load(instance, device):
    """What counts as set live."""
    return Kept.of(instance).values(device)


def bdm(device_name, **attrs):
    """A disk that the host keeps, unless attrs make it a volume."""
    return objects.BlockDeviceMapping(
        **{
            'uuid': uuids.bdm,
            'device_name': device_name,
            'boot_index': None,
            'volume_id': None,
            'connection_info': None,
            'source_type': 'image',
            'destination_type': 'local',
            'guest_format': None,
            **attrs,
        }
    )


def volume(device_name, **attrs):
    return bdm(
        device_name,
        **{
            'source_type': 'volume',
            'destination_type': 'volume',
            'volume_id': uuids.volume,
            **attrs,
        },
    )


def cpu(flavor=None):
    return devices.Device(tunables.CPU, '', '', {}, flavor or {})


def nic(flavor=None):
    return devices.Device(
        tunables.INTERFACE,
        PORTS[0],
        MACS[0],
        {'index': 1, 'port_id': PORTS[0], 'mac_address': MACS[0]},
        flavor or {},
    )


def disk(flavor=None, volume_id=None):
    return devices.Device(
        tunables.DISK,
        uuids.bdm,
        'vda',
        {'device': 'vda', 'volume_id': volume_id, 'boot_index': 0},
        flavor or {},
        '' if volume_id else 'disk',
    )


def libvirt_error(code=fakelibvirt.VIR_ERR_INTERNAL_ERROR):
    return fakelibvirt.make_libvirtError(
        fakelibvirt.libvirtError, 'no cgroup', error_code=code
    )


#: A guest with what the devices above are.
DOMAIN = f"""
<domain>
  <uuid>{uuids.server}</uuid>
  <metadata><theirs xmlns="urn:nova"/></metadata>
  <devices>
    <disk type="file"><source file="/var/lib/nova/a-uuid/disk"/>
      <target dev="vda"/></disk>
    <interface type="bridge"><mac address="{MACS[0]}"/></interface>
    <interface type="hostdev"><mac address="{MACS[1]}"/></interface>
  </devices>
</domain>
"""


class Guest:
    """A guest whose limits are a dict per scope."""

    live = LIVE

    def __init__(self, *scopes):
        self.values = {scope: {} for scope in scopes or (LIVE, CONFIG)}
        self.writes = []
        self.domain = etree.fromstring(DOMAIN)
        self.copies = []
        #: By the name of a call and its scope, the error that it ends with.
        self.fails = {}
        self.stopped = False
        self.statistics = {}

    def has_stopped(self):
        return self.stopped

    def scopes(self):
        return list(self.values)

    def read(self, device, scope):
        self._fail('read', scope)
        defaults = guest.host_defaults(device.target)
        return {**defaults, **self.values[scope].get(str(device), {})}

    def write(self, device, values, scope):
        self._fail('write', scope)
        self.writes.append((scope, str(device), values))
        self.values[scope].setdefault(str(device), {}).update(values)

    def element(self, device):
        return xml.find(self.domain, device)

    def remove(self, device):
        element = self.element(device)
        element.getparent().remove(element)

    def kept(self):
        self._fail('kept', LIVE)
        return self.copies[-1] if self.copies else None

    def write_kept(self, kept):
        self._fail('write_kept', LIVE)
        self.copies.append(kept)

    def stats(self):
        self._fail('stats', LIVE)
        return self.statistics

    def machine(self):
        return 5, 'instance-5', '/machine'

    def limits(self):
        self._fail('limits', LIVE)
        return str((self.values[LIVE], self.kept()))

    def _fail(self, call, scope):
        if (call, scope) in self.fails:
            raise self.fails[call, scope]
