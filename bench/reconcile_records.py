# SPDX-License-Identifier: Apache-2.0
"""Records of servers that only the benchmark knows; runs on the controller.

reconcile_records.py NOVA_CONF make COUNT | remove 0
"""

import json
import sys

from nova import config, context, objects
from nova.network import model
from oslo_utils import uuidutils

HOST = 'live-tune-bench'
LIMITS = {
    'live_tune:generation': '1',
    'live_tune:set': '1',
    'live_tune:cpu': 'q=50000 p=100000 s=512',
}
NIC = 'ia=1000 ip=2000 ib=500 oa=1000'
DISKS = (
    ('vda', 'image', 0, 'rb=8388608 rbm=16777216 rbl=2 wb=4194304'),
    ('vdb', 'blank', -1, 'ti=50 tim=150 til=2'),
)


def make(admin, number):
    """One server's record; what it takes to make a domain for it."""
    port = uuidutils.generate_uuid()
    mac = f'fa:16:3e:be:{number // 256:02x}:{number % 256:02x}'
    disks = [(uuidutils.generate_uuid(), *disk) for disk in DISKS]
    kept = {**LIMITS, f'live_tune:interface:{port}': NIC}
    kept.update({f'live_tune:disk:{d[0]}': d[-1] for d in disks})
    instance = objects.Instance(
        admin,
        uuid=uuidutils.generate_uuid(),
        host=HOST,
        vm_state='active',
        project_id='bench',
        user_id='bench',
        display_name=f'bench-{number}',
        flavor=objects.Flavor(
            name='bench',
            flavorid='bench',
            memory_mb=8,
            vcpus=1,
            root_gb=0,
            ephemeral_gb=0,
            swap=0,
            extra_specs={},
            projects=[],
        ),
        system_metadata=kept,
    )
    instance.create()
    instance.info_cache.network_info = model.NetworkInfo(
        [model.VIF(id=port, address=mac)]
    )
    instance.info_cache.save()
    for identifier, device, source, index, _ in disks:
        objects.BlockDeviceMapping(
            admin,
            uuid=identifier,
            instance_uuid=instance.uuid,
            device_name=f'/dev/{device}',
            source_type=source,
            destination_type='local',
            boot_index=index,
            guest_format=None,
        ).create()
    return {'uuid': instance.uuid, 'mac': mac, 'kept': kept}


def remove(admin):
    for instance in objects.InstanceList.get_by_host(admin, HOST):
        for bdm in objects.BlockDeviceMappingList.get_by_instance_uuid(
            admin, instance.uuid
        ):
            bdm.destroy()
        instance.destroy()


def main(path, action, count):
    config.parse_args([sys.argv[0], '--config-file', path])
    objects.register_all()
    admin = context.get_admin_context()
    remove(admin)
    made = []
    if action == 'make':
        made = [make(admin, number) for number in range(int(count))]
    print(json.dumps(made))


if __name__ == '__main__':
    main(*sys.argv[1:])
