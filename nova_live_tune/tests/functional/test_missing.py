# SPDX-License-Identifier: Apache-2.0
from oslo_utils.fixture import uuidsentinel as uuids

from nova_live_tune.tests.functional import base

BODIES = {
    'setCpuQuota': {'quota': 50000},
    'setInterface': {'interface': 1, 'rate': 1000},
    'setDiskIO': {'disk': 'vda', 'total_bytes_sec': 1000},
    'resetLiveTune': None,
}


class MissingTest(base.OneServerTestBase):
    def test_no_such_server(self):
        for action, body in BODIES.items():
            response = self.act({'id': uuids.nobody}, action, body)
            self.assert_refused(response, 404, uuids.nobody)

    def test_no_such_interface(self):
        before = self.standing(self.server)
        for missing in (3, uuids.port, 'fa:16:3e:00:00:00', 'eth0'):
            response = self.act(
                self.server, 'setInterface', {'interface': missing, 'rate': 9}
            )
            self.assert_refused(response, 404, 'interface', missing)
        self.assert_nothing_changed(self.server, before)

    def test_no_such_disk(self):
        before = self.standing(self.server)
        for missing in ('vdz', '/dev/vdz', uuids.volume, '../vda'):
            response = self.act(
                self.server,
                'setDiskIO',
                {'disk': missing, 'total_bytes_sec': 1000},
            )
            self.assert_refused(response, 404, 'disk', missing)
        self.assert_nothing_changed(self.server, before)

    def test_disk_of_a_detached_volume(self):
        # The fake sends no event for Nova to wait for.
        self.flags(device_detach_timeout=1, group='libvirt')
        self.add_volume(self.server)
        self.set(
            self.server, 'setDiskIO', {'disk': 'vdc', 'total_iops_sec': 100}
        )
        self._detach_volume(self.server['id'], base.VOLUME)
        response = self.act(
            self.server, 'setDiskIO', {'disk': 'vdc', 'total_iops_sec': 100}
        )
        self.assert_refused(response, 404, 'vdc')
        devices = [disk['device'] for disk in self.show(self.server)['disks']]
        self.assertEqual(['vda', 'vdb'], devices)

    def _detach_volume(self, server_id, volume_id):
        self.api.delete_server_volume(server_id, volume_id)
        self._wait_for_volume_detach(server_id, volume_id)
