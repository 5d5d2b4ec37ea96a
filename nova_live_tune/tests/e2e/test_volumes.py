# SPDX-License-Identifier: Apache-2.0
"""Limits on volumes, beside those of their QoS."""

from typing import Any

from lab import virsh
from lab.measure import Disk, measure
from lab.probe import host_of
from lab.tenant import Tenant
from lab.volumes import QOS, Volumes
from nova_live_tune.tests.e2e import base, operations

LIMIT = 60
TOLERANCE = 0.15


class AttachedTest(base.ServerTest):
    def disk(self, volume: Any) -> dict[str, Any]:
        """The volume's entry in the read-back."""
        found = {disk['volume_id']: disk for disk in self.limits()['disks']}
        return dict(found[volume.id])

    def test_a_limit_beside_qos_and_none_when_it_comes_back(self) -> None:
        volumes = Volumes(self.tenant)
        volume = volumes.create(QOS)
        self.addCleanup(volumes.delete, volume)
        for _ in range(2):
            device = volumes.attach(self.server, volume)
            try:
                self.check_limits(volume, device)
            finally:
                volumes.detach(self.server, volume)

    def check_limits(self, volume: Any, device: str) -> None:
        entry = self.disk(volume)
        self.assertEqual({}, entry['tuned'])
        self.assertEqual(device, entry['device'])
        qos = entry['flavor']
        self.assertIn('total_iops_sec', qos)
        self.assertEqual(qos, {name: entry['effective'][name] for name in qos})
        # Both sides: writing without a limit is beyond the QoS.
        limits = {'read_iops_sec': LIMIT, 'write_iops_sec': 2 * LIMIT}
        self.tenant.tune(
            self.server, {'setDiskIO': {'disk': volume.id, **limits}}
        )
        effective = self.disk(volume)['effective']
        self.assertEqual(LIMIT, effective['read_iops_sec'])
        self.assertEqual(0, effective['total_iops_sec'])
        self.assertEqual(
            effective, virsh.disk(self.guest.host, self.server.id, device)
        )
        what = Disk(device, 'read', operations=True, block_size='4k')
        got = measure(self.guest, what)
        self.assertAlmostEqual(LIMIT, got, delta=LIMIT * TOLERANCE)


class SharedStorageTest(base.LabTest):
    def test_live_migration_without_block_migration(self) -> None:
        volumes = Volumes(self.tenant)
        server = volumes.boot('e2e-volume-backed', QOS)
        self.addCleanup(self.tenant.delete, server)
        [disk] = self.tenant.limits(server)['disks']
        body = {'disk': disk['volume_id'], 'total_iops_sec': LIMIT}
        self.tenant.tune(server, {'setDiskIO': body})
        before = host_of(server.id)
        admin = Tenant('lab-admin').connection.compute
        admin.live_migrate_server(server, block_migration=False)
        operations.settled(self.tenant.connection.compute, server)
        after = host_of(server.id)
        self.assertNotEqual(before, after)
        [disk] = self.tenant.limits(server)['disks']
        self.assertIsNone(disk['not_in_effect'])
        reported = virsh.disk(after, server.id, disk['device'])
        self.assertEqual(LIMIT, reported['total_iops_sec'])
        self.assertEqual(disk['effective'], reported)
