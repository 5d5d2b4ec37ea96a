# SPDX-License-Identifier: Apache-2.0
"""Networks, flavors, volume types and the guest image; run with OpenStack's
Python."""

import sys

import openstack

from lab import settings
from lab.guest import build

NETWORKS = {'net1': '172.30.1.0/24', 'net2': '172.30.2.0/24'}
SMALL = {'vcpus': 1, 'ram': 160, 'disk': 1, 'ephemeral': 1}
LIMITED = {
    'quota:cpu_quota': '50000',
    'quota:cpu_period': '100000',
    'quota:vif_inbound_average': '5120',
    'quota:vif_outbound_average': '5120',
    'quota:disk_total_bytes_sec': '10485760',
    # A tenant may have more for a while, and not nothing.
    'live_tune:max_cpu_percent': '80',
    'live_tune:min_cpu_percent': '10',
}
# A tenant may have this, and no more, whatever way he goes about it.
BOUNDED = {
    'quota:cpu_quota': '50000',
    'quota:vif_inbound_average': '2048',
    'quota:vif_outbound_average': '1024',
    'quota:disk_total_bytes_sec': '4194304',
    'quota:disk_read_iops_sec': '50',
    'live_tune:max_cpu_percent': '80',
    'live_tune:min_cpu_percent': '10',
    'live_tune:max_cpu_shares': '200',
    'live_tune:max_vif_inbound_average': '4096',
    'live_tune:max_vif_outbound_average': '2048',
    'live_tune:max_disk_total_bytes_sec': '8388608',
    'live_tune:max_disk_read_iops_sec': '100',
}
# To resize to: more of everything, and limits of its own.
BIGGER = {'vcpus': 2, 'ram': 192, 'disk': 2, 'ephemeral': 1}
OTHERWISE_LIMITED = {
    'quota:cpu_quota': '80000',
    'quota:cpu_period': '100000',
    'quota:cpu_shares': '512',
    'quota:vif_inbound_average': '8192',
    'quota:vif_outbound_average': '8192',
    'quota:disk_total_bytes_sec': '20971520',
    'quota:disk_total_iops_sec': '500',
    # What was set before a resize is to survive it.
    'live_tune:max_cpu_shares': '0',
}
# To boot from a volume: whoever has no local disk moves without copying any.
DISKLESS = {**SMALL, 'disk': 0, 'ephemeral': 0}
FLAVORS = {
    'lab.small': (SMALL, {}),
    'lab.two': ({**SMALL, 'vcpus': 2}, {}),
    'lab.limited': (SMALL, LIMITED),
    'lab.bounded': (SMALL, BOUNDED),
    'lab.bigger': (BIGGER, OTHERWISE_LIMITED),
    'lab.diskless': (DISKLESS, {}),
}
# What Nova puts into the guest's XML for each volume of the type.
VOLUME_QOS = {'total_iops_sec': '300', 'total_bytes_sec': '6291456'}
VOLUME_TYPES = {'lab.plain': {}, 'lab.qos': VOLUME_QOS}
IMAGE = 'lab-guest'
Cloud = openstack.connection.Connection


def network(cloud: Cloud, name: str, subnet: str, project: str) -> None:
    # What is measured is Nova's limit; no security group stands before it.
    found = cloud.network.find_network(name) or cloud.network.create_network(
        name=name, project_id=project, is_port_security_enabled=False
    )
    if not found.subnet_ids:
        cloud.network.create_subnet(
            network_id=found.id,
            name=name,
            project_id=project,
            cidr=subnet,
            ip_version=4,
            is_dhcp_enabled=False,
            gateway_ip=None,
        )


def flavor(
    cloud: Cloud, name: str, size: dict[str, int], extra: dict[str, str]
) -> None:
    found = cloud.compute.find_flavor(name)
    if found is None:
        found = cloud.compute.create_flavor(name=name, **size)
    if extra:
        cloud.compute.create_flavor_extra_specs(found, extra)


def volume_type(cloud: Cloud, name: str, qos: dict[str, str]) -> None:
    storage = cloud.block_storage
    found = storage.find_type(name) or storage.create_type(name=name)
    if qos:
        specs = qos_specs(cloud, name, qos)
        storage.get(
            f'/qos-specs/{specs}/associate', params={'vol_type_id': found.id}
        ).raise_for_status()


def qos_specs(cloud: Cloud, name: str, qos: dict[str, str]) -> str:
    """By REST: the openstacksdk of the older releases knows none."""
    url, storage = '/qos-specs', cloud.block_storage
    for found in storage.get(url).json()['qos_specs']:
        if found['name'] == name:
            return str(found['id'])
    body = {'qos_specs': {'name': name, 'consumer': 'front-end', **qos}}
    made = storage.post(url, json=body)
    made.raise_for_status()
    return str(made.json()['qos_specs']['id'])


def image(cloud: Cloud, name: str, kind: str, file: str, **more: str) -> str:
    """Registered anew when the guest was built anew."""
    found = cloud.image.find_image(name)
    version = (settings.GUEST / 'version').read_text()
    if found and found.properties.get('lab_version') == version:
        return found.id
    if found:
        cloud.image.delete_image(found)
    made = cloud.image.create_image(
        name=name,
        container_format=kind,
        disk_format=kind,
        visibility='public',
        filename=str(settings.GUEST / file),
        lab_version=version,
        wait=True,
        **more,
    )
    return made.id


def main() -> None:
    cloud = openstack.connect(cloud='lab-admin')
    project = cloud.current_project_id
    for name, subnet in NETWORKS.items():
        network(cloud, name, subnet, project)
    for name, (size, extra) in FLAVORS.items():
        flavor(cloud, name, size, extra)
    for name, qos in VOLUME_TYPES.items():
        volume_type(cloud, name, qos)
    kernel = image(cloud, f'{IMAGE}-kernel', 'aki', 'kernel')
    initrd = image(cloud, f'{IMAGE}-initrd', 'ari', 'initrd.gz')
    image(
        cloud,
        IMAGE,
        'ami',
        'root.raw',
        kernel_id=kernel,
        ramdisk_id=initrd,
        os_command_line=build.ARGUMENTS,
    )


if __name__ == '__main__':
    sys.exit(main())
