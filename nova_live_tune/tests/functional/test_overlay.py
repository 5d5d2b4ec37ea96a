# SPDX-License-Identifier: Apache-2.0
"""What cannot be laid over a guest's XML stops nothing, and is told."""

import fixtures
from nova import objects

from nova_live_tune.tests.functional import base, lasting
from nova_live_tune.tests.functional.fake import domain

OVERLAY = 'compute_live_tune_overlay'
FIRST, SECOND = base.PORTS


class OverlayTestBase(lasting.LastingTestBase):
    def assert_told(self, action, *words):
        """Check the event on the action that led to the new XML."""
        event = self.event(action, OVERLAY)
        self.assertEqual('Error', event['result'])
        self.assertIsNotNone(event['finish_time'])
        for word in words:
            self.assertIn(word, event['details'])

    def hard_reboot(self):
        self.do('reboot', {'type': 'HARD'})


class NotApplicableTest(OverlayTestBase):
    CGROUPS = 1
    EXTRA_SPECS = {'quota:vif_inbound_average': '3000'}

    def setUp(self):
        super().setUp()
        self.flags(allow_resize_to_same_host=True)

    def test_shares_that_the_hosts_cgroups_do_not_take(self):
        self.set(self.server, 'setCpuQuota', {'shares': 20000})
        self.useFixture(domain.DomainsFixture(2))
        self.hard_reboot()
        self.assert_told('reboot', 'shares 20000', 'cgroup v2', '1..10000')
        self._assert_shares_alone_are_not_in_effect()
        self.tick()
        self._assert_shares_alone_are_not_in_effect()
        self.assertEqual(0, self.reconciler().counts['drift'])
        # Lowered, all of it is in effect again.
        self.set(self.server, 'setCpuQuota', {'shares': 10000})
        self.assertEqual([None] * 6, self.reasons())
        self.hard_reboot()
        self.assertEqual([None] * 6, self.reasons())
        names = [event['event'] for event in self.events('reboot')]
        self.assertNotIn(OVERLAY, names)

    def _assert_shares_alone_are_not_in_effect(self):
        cpu = self.show(self.server)['cpu']
        self.assertEqual(20000, cpu['tuned']['shares'])
        self.assertEqual(100, cpu['effective']['shares'])
        self.assertEqual(50000, cpu['effective']['quota'])
        self.assertIn('shares 20000', cpu['not_in_effect'])
        self.assertIn('1..10000', cpu['not_in_effect'])
        self.assertEqual([None] * 5, self.reasons()[1:])

    def test_average_of_a_new_flavor_above_the_peak_that_is_kept(self):
        self.set(self.server, 'resetLiveTune', {'interfaces': [1]})
        self.set(
            self.server,
            'setInterface',
            {'interface': 1, 'inbound': {'peak': 4000}},
        )
        self.hard_reboot()
        self.assertEqual([None] * 6, self.reasons())
        self.resize({'quota:vif_inbound_average': '5000'}, end=None)
        self.assert_told('resize', 'inbound.peak 4000', '5000')
        self.do('confirmResize')
        first, second = self.show(self.server)['interfaces']
        self.assertEqual({'inbound': {'peak': 4000}}, first['tuned'])
        self.assertEqual(
            {'average': 5000, 'peak': 0, 'burst': 0},
            first['effective']['inbound'],
        )
        self.assertIn('inbound.peak 4000', first['not_in_effect'])
        self.assertIsNone(second['not_in_effect'])
        self.assertEqual(800, second['effective']['inbound']['average'])

    def test_interface_that_cannot_be_limited_any_more(self):
        for binding in self.neutron._port_bindings[SECOND['id']].values():
            binding['vif_type'] = 'vhostuser'
            binding['vif_details'] = {
                'vhostuser_mode': 'client',
                'vhostuser_socket': '/run/vhost-user.sock',
                'vhostuser_ovs_plug': True,
            }
        self.hard_reboot()
        self.assert_told('reboot', SECOND['id'], 'vhostuser')
        reasons = self.reasons()
        self.assertIn('vhostuser', reasons.pop(2))
        self.assertEqual([None] * 5, reasons)
        self.assertEqual(
            self.shown['interfaces'][1]['tuned'],
            self.show(self.server)['interfaces'][1]['tuned'],
        )


class BrokenTest(OverlayTestBase):
    def test_error_in_the_overlay_stops_no_boot(self):
        def broken(*args, **kwargs):
            raise RuntimeError('it is broken')

        with fixtures.MonkeyPatch(
            'nova_live_tune.virt.libvirt.xml.put', broken
        ):
            self.hard_reboot()
        self.assert_told('reboot', 'RuntimeError: it is broken')
        for reason in self.reasons():
            self.assertIn('is kept', reason)
        self.assertEqual(self.before['record'], self.record(self.server))
        # The next tick knows of it without an event of libvirt.
        self.tick()
        self.assert_all_in_effect()


class MovingDevicesTest(OverlayTestBase):
    def test_limits_stay_with_the_port_when_another_one_is_detached(self):
        _, second = self.shown['interfaces']
        self._detach_interface(self.server, FIRST['id'])
        self.hard_reboot()
        (left,) = self.show(self.server)['interfaces']
        self.assertEqual({**second, 'index': 1}, left)
        nics = self.before['live']['nics']
        self.assertEqual(
            {SECOND['mac_address']: nics[SECOND['mac_address']]},
            self.live(self.server)['nics'],
        )

    def test_limits_stay_with_a_disk_that_gets_another_name(self):
        with self.in_cell() as in_cell:
            bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(
                in_cell, self.server['id']
            )
            # As after a change of the image's hw_disk_bus.
            root, ephemeral, _ = bdms
            names = ('/dev/sdb', '/dev/sda')
            for bdm, bdm.device_name in zip((root, ephemeral), names):
                bdm.disk_bus = 'scsi'
                bdm.save()
            instance = self.instance(in_cell, self.server)
            instance.root_device_name = root.device_name
            instance.save()
        self.hard_reboot()
        self.assert_all_in_effect()
        was, disks = self.before['live']['disks'], self.live(self.server)
        self.assertEqual(
            {'sdb': was['vda'], 'sda': was['vdb'], 'vdc': was['vdc']},
            disks['disks'],
        )
