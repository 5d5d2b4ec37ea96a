# SPDX-License-Identifier: Apache-2.0
"""Time reading a guest's limits and its counters, once for each line read.

Runs on the compute host: python raw_observed.py DOMAIN READ_BACK
"""

import json
import sys
import time

import libvirt
from nova.virt.libvirt import guest as nova_guest

from nova_live_tune import tunables
from nova_live_tune.compute.devices import Device
from nova_live_tune.virt.libvirt import guest as tunable
from nova_live_tune.virt.libvirt import mending, observed, throttling


def devices(read_back):
    """A read-back's devices, as the API has them."""
    yield Device(tunables.CPU, '', '', {}, {})
    for nic in read_back['interfaces']:
        mac = nic['mac_address']
        yield Device(tunables.INTERFACE, nic['port_id'], mac, nic, {})
    images = iter(('disk', 'disk.eph0'))
    for disk in read_back['disks']:
        name = disk['device']
        yield Device(tunables.DISK, name, name, disk, {}, next(images))


def timed(call):
    begun = time.perf_counter()
    result = call()
    return time.perf_counter() - begun, result


def read(guest, found):
    """Return the seconds of each part."""
    # As in a request: the XML has been read when the counters are.
    limits, _ = timed(lambda: [mending.read(guest, d, {}) for d in found])
    counters, seen = timed(lambda: observed.read(guest, found))
    stats, _ = timed(guest.stats)
    cgroup, _ = timed(lambda: throttling.read(*guest.machine()))
    if None in seen or seen[0]['not_observed']:
        sys.exit(f'Not all is observed: {seen}')
    return {
        'host: limits': limits,
        'host: counters': counters,
        'of it libvirt': stats,
        'of it the cgroup': cgroup,
    }


def main(name, read_back):
    nova_guest.libvirt = libvirt
    connection = libvirt.open('qemu:///system')
    found = list(devices(json.loads(read_back)))
    for _ in sys.stdin:
        guest = tunable.Guest(connection.lookupByUUIDString(name))
        print(json.dumps(read(guest, found)), flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
