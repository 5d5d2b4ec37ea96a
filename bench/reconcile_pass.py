# SPDX-License-Identifier: Apache-2.0
"""Paused guests, and passes over them; runs on a compute host.

reconcile_pass.py NOVA_CONF, with the servers' records on standard input
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import libvirt
from lxml import etree
from nova import config, context, objects, rpc
from nova.conductor import rpcapi as conductor_rpcapi
from nova.objects import base as objects_base
from nova.virt.libvirt import guest as nova_guest

from bench.reconcile_records import HOST
from nova_live_tune import conf
from nova_live_tune.compute import reconcile
from nova_live_tune.compute.store import Kept
from nova_live_tune.virt.libvirt import guest as tunable
from nova_live_tune.virt.libvirt import xml

PASSES = 5
BRIDGE = 'br-bench'

DOMAIN = """
<domain type='qemu'>
  <name>bench-{uuid}</name><uuid>{uuid}</uuid>
  <memory unit='MiB'>8</memory><vcpu>1</vcpu>
  <os><type arch='x86_64' machine='pc'>hvm</type></os>
  <metadata/>
  <cputune><shares>512</shares><period>100000</period><quota>50000</quota>
  </cputune>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='{folder}/disk'/>
      <target dev='vda' bus='virtio'/><shareable/>
      <iotune>
        <read_bytes_sec>8388608</read_bytes_sec>
        <write_bytes_sec>4194304</write_bytes_sec>
        <read_bytes_sec_max>16777216</read_bytes_sec_max>
        <read_bytes_sec_max_length>2</read_bytes_sec_max_length>
      </iotune>
    </disk>
    <disk type='file' device='disk'>
      <driver name='qemu' type='raw'/><source file='{folder}/disk.eph0'/>
      <target dev='vdb' bus='virtio'/><shareable/>
      <iotune>
        <total_iops_sec>50</total_iops_sec>
        <total_iops_sec_max>150</total_iops_sec_max>
        <total_iops_sec_max_length>2</total_iops_sec_max_length>
      </iotune>
    </disk>
    <interface type='bridge'>
      <mac address='{mac}'/><source bridge='{bridge}'/>
      <model type='virtio'/>
      <bandwidth>
        <inbound average='1000' peak='2000' burst='500'/>
        <outbound average='1000'/>
      </bandwidth>
    </interface>
  </devices>
</domain>
"""


def definition(server, folder):
    root = etree.fromstring(
        DOMAIN.format(**server, folder=folder, bridge=BRIDGE)
    )
    instance = type('Instance', (), {'system_metadata': server['kept']})
    xml.put_kept(root, Kept.of(instance))
    return etree.tostring(root, encoding='unicode')


class Tuner:
    """The host's guests as Nova's driver would list them."""

    def __init__(self, connection):
        self._connection = connection
        self.servers = []

    def all_running(self):
        active = self._connection.listAllDomains(
            libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE
        )
        return {
            domain.UUIDString(): tunable.Guest(domain)
            for domain in active
            if domain.UUIDString() in self.servers
        }

    def running(self, instance):
        return self.all_running()[instance.uuid]


def libvirtd():
    """CPU seconds that the daemon has used."""
    [pid] = subprocess.check_output(['pidof', 'libvirtd'], text=True).split()
    fields = pathlib.Path(f'/proc/{pid}/stat').read_text().rsplit(')')[1]
    user, system = fields.split()[11:13]
    return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')


def timed(call):
    begun, daemon = time.process_time(), libvirtd()
    call()
    return time.process_time() - begun, libvirtd() - daemon


def interval():
    """Nova's default; the lab's own is shorter."""
    [option] = [o for o in conf.OPTS if o.name == 'reconcile_interval']
    return option.default


def measure(tuner, admin):
    reconciler = reconcile.Reconciler(HOST, lambda: tuner, lambda *_: None)
    start, _ = timed(lambda: reconciler.start(admin))
    passes = []
    for _ in range(PASSES):
        reconciler._last_pass = float('-inf')
        passes.append(timed(lambda: reconciler.tick(admin)))
    if reconciler.counts:
        sys.exit(f'There was something to mend: {reconciler.counts}')
    own, daemon = (sum(column) / PASSES for column in zip(*passes))
    return {
        'guests': len(tuner.servers),
        'start': start,
        'pass': own,
        'libvirtd': daemon,
        'interval': interval(),
    }


def main(path):
    config.parse_args([sys.argv[0], '--config-file', path])
    rpc.init(config.CONF)
    objects.register_all()
    # As nova-compute does, which has no way to the database.
    objects_base.NovaObject.indirection_api = conductor_rpcapi.ConductorAPI()
    given = json.load(sys.stdin)
    nova_guest.libvirt = libvirt
    connection = libvirt.open('qemu:///system')
    tuner, domains = Tuner(connection), []
    subprocess.run(['ip', 'link', 'add', BRIDGE, 'type', 'bridge'], check=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            for name in ('disk', 'disk.eph0'):
                with open(f'{folder}/{name}', 'wb') as image:
                    image.truncate(1 << 20)
            for server in given['servers']:
                text = definition(server, folder)
                flags = libvirt.VIR_DOMAIN_START_PAUSED
                domains.append(connection.createXML(text, flags))
            rows = []
            for count in given['counts']:
                tuner.servers = [s['uuid'] for s in given['servers'][:count]]
                rows.append(measure(tuner, context.get_admin_context()))
    finally:
        for domain in domains:
            domain.destroy()
        subprocess.run(['ip', 'link', 'del', BRIDGE], check=True)
    print(json.dumps(rows))


if __name__ == '__main__':
    main(*sys.argv[1:])
