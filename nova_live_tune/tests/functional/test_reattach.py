# SPDX-License-Identifier: Apache-2.0
"""What is detached is forgotten; attached again, it starts anew."""

from nova_live_tune.tests.functional import base, lasting

FIRST, SECOND = base.PORTS


class ReattachTest(lasting.LastingTestBase):
    EXTRA_SPECS = {'quota:vif_inbound_average': '3000'}

    def _port_keys(self, record):
        return {key for key in record if SECOND['id'] in key}

    def _disk_keys(self, record):
        return {key for key in record if ':disk:' in key}

    def _assert_port_starts_anew(self):
        self._attach_interface(self.server, SECOND['id'])
        self.tick()
        first, second = self.show(self.server)['interfaces']
        self.assertEqual(self.shown['interfaces'][0], first)
        self.assertEqual(SECOND['id'], second['port_id'])
        self.assertEqual(self.untuned['interfaces'][1], second)
        self.assertEqual(set(), self._port_keys(self.record(self.server)))
        self.do('reboot', {'type': 'HARD'})
        self.assertEqual(
            self.untuned['interfaces'][1],
            self.show(self.server)['interfaces'][1],
        )

    def test_port_that_is_forgotten_by_a_tick(self):
        self._detach_interface(self.server, SECOND['id'])
        self.tick()
        self.assertEqual(set(), self._port_keys(self.record(self.server)))
        copied = self.second_copy(self.server)
        self.assertEqual(set(), self._port_keys(copied))
        self.assertEqual(copied, self.record(self.server))
        self._assert_port_starts_anew()

    def test_port_that_is_attached_again_before_any_tick(self):
        self._detach_interface(self.server, SECOND['id'])
        self._assert_port_starts_anew()

    def test_volume(self):
        self._detach()
        self.tick()
        record = self.record(self.server)
        self.assertEqual(2, len(self._disk_keys(record)))
        self.assertEqual(record, self.second_copy(self.server))
        self._attach_and_check()
        # And once more without a tick.
        self.set(
            self.server,
            'setDiskIO',
            {'disk': base.VOLUME, 'write_bytes_sec': 9000},
        )
        self._detach()
        self._attach_and_check()
        self.tick()
        self.assertEqual(2, len(self._disk_keys(self.record(self.server))))
        self.assertEqual(self.untuned['disks'][2], self._volume())

    def _detach(self):
        self.api.delete_server_volume(self.server['id'], base.VOLUME)
        self._wait_for_volume_detach(self.server['id'], base.VOLUME)
        self._wait_for_assert(
            lambda: self.assertEqual(2, len(self._shown_disks()))
        )

    def _attach_and_check(self):
        self.attach_volume(self.server)
        self.assertEqual(self.untuned['disks'][2], self._volume())

    def _shown_disks(self):
        return self.show(self.server)['disks']

    def _volume(self):
        return self._shown_disks()[2]
