# SPDX-License-Identifier: Apache-2.0
"""What a compute host runs."""

from lab import settings
from lab.hosts import Host
from lab.service import PATH, Service


def services(host: Host) -> list[Service]:
    run = f'{host.venv}/bin'
    database = '/run/openvswitch/db.sock'
    return [
        Service(
            'ovsdb-server',
            '/usr/sbin/ovsdb-server /run/openvswitch/conf.db'
            f' --remote=punix:{database}'
            ' --unixctl=/run/openvswitch/ovsdb.ctl -vsyslog:off',
        ),
        Service(
            'ovs-vswitchd',
            f'/usr/sbin/ovs-vswitchd unix:{database}'
            ' --unixctl=/run/openvswitch/vswitchd.ctl -vsyslog:off',
        ),
        Service(
            'libvirtd',
            '/usr/sbin/libvirtd --listen --config /etc/libvirt/libvirtd.conf',
            ('libvirt/libvirtd.conf', 'libvirt/qemu.conf'),
            {'PATH': f'{host.folder}/bin:{PATH}'},
        ),
        Service(
            'sshd',
            '/usr/sbin/sshd -D -e -f /root/.ssh/sshd_config',
            ('ssh/sshd_config',),
        ),
        Service(
            'neutron-ovs-agent',
            f'{run}/neutron-openvswitch-agent'
            f' --config-file {host.etc}/neutron/ovs-agent.ini',
            ('neutron/ovs-agent.ini',),
            # On TERM it hangs for long, and holds its port meanwhile.
            stop='KILL',
        ),
        Service(
            'nova-compute',
            f'{run}/nova-compute --config-file {host.etc}/nova/nova.conf',
            ('nova/nova.conf',),
            {'PATH': f'{settings.NFS}:{run}:{PATH}'},
            is_nova=True,
        ),
    ]
