# SPDX-License-Identifier: Apache-2.0
"""What was set live outlasts whatever Nova does to the server."""

import fixtures
from nova.tests import fixtures as nova_fixtures

from nova_live_tune.tests.functional import lasting

OTHER_IMAGE = nova_fixtures.GlanceFixture.image2['id']


class OneHostTest(lasting.LastingTestBase):
    def test_reboot_stop_suspend_and_pause(self):
        self.do('reboot', {'type': 'HARD'})
        self.assert_nothing_lost()
        self.do('os-stop', status='SHUTOFF')
        self.assertEqual(self.before['record'], self.record(self.server))
        self.do('os-start')
        self.assert_nothing_lost()
        self.do('suspend', status='SUSPENDED')
        self.do('resume')
        self.assert_nothing_lost()
        self.do('pause', status='PAUSED')
        self.do('unpause')
        self.assert_nothing_lost()

    def test_rebuild_and_shelve(self):
        self.do('rebuild', {'imageRef': OTHER_IMAGE})
        self.assert_nothing_lost()
        self.do('shelve', status='SHELVED_OFFLOADED')
        self.assertEqual(self.before['record'], self.record(self.server))
        self.do('unshelve')
        self.assert_nothing_lost()

    def test_rescue(self):
        self.do('rescue', status='RESCUE')
        # What was vda is vdb now, and has its limit; the others are away.
        root = self.before['live']['disks']['vda']
        disks = self.live(self.server)['disks']
        self.assertEqual({'vda', 'vdb'}, set(disks))
        self.assertEqual(root['total_bytes_sec_max'], 2000)
        for name, value in root.items():
            self.assertEqual(value, disks['vdb'][name])
        self.assertEqual(0, disks['vda']['total_bytes_sec'])
        self.assertEqual(
            self.before['live']['nics'], self.live(self.server)['nics']
        )
        shown = self.show(self.server)
        self.assertEqual(self.shown['disks'][0], shown['disks'][0])
        for absent in shown['disks'][1:]:
            self.assertIn('no such disk', absent['not_in_effect'])
        self.tick()
        self.do('unrescue')
        self.assert_nothing_lost()


class WithoutOverlayTest(lasting.LastingTestBase):
    """What Nova alone loses: shows that the other tests can fail."""

    def setUp(self):
        self.flags(overlay=False, reconcile=False, group='live_tune')
        super().setUp()

    def test_all_is_lost_and_the_read_back_says_so(self):
        self.assert_nothing_lost()
        self.do('reboot', {'type': 'HARD'})
        self.tick()
        shown = self.show(self.server)
        for part, was, untuned in zip(
            *map(self.parts, (shown, self.shown, self.untuned))
        ):
            self.assertEqual(was['tuned'], part['tuned'])
            self.assertEqual(untuned['effective'], part['effective'])
        cpu, first, second, root, ephemeral, volume = self.reasons(shown)
        self.assertIn('quota is -1 where 50000 is kept', cpu)
        self.assertIn('shares is 100 where 300 is kept', cpu)
        self.assertIn('is 0 where 1000 is kept', first)
        self.assertIn('is 0 where 800 is kept', second)
        self.assertIn('total_bytes_sec_max is 0 where 2000 is kept', root)
        self.assertIn('read_iops_sec is 0 where 70 is kept', ephemeral)
        self.assertIn('write_bytes_sec is 0 where 9000 is kept', volume)
        self.assertEqual({}, self.second_copy(self.server))
        self._reconciling_alone_sets_it_again()

    def _reconciling_alone_sets_it_again(self):
        self.flags(reconcile=True, group='live_tune')
        self.tick()
        self.assert_all_in_effect()
        self.assertEqual(1, self.reconciler().counts['drift'])


class TwoHostsTest(lasting.LastingTestBase):
    MORE_HOSTS = ('compute2',)

    def _assert_moved(self, host):
        self.assertEqual(host, self.host(self.server))
        self.assert_nothing_lost()

    def test_cold_migration_there_and_back(self):
        self.move()
        self._assert_moved('compute2')
        self.move(end='revertResize')
        self._assert_moved('compute2')

    def test_evacuation(self):
        self.computes['compute1'].stop()
        service = self.admin_api.get_services(
            binary='nova-compute', host='compute1'
        )[0]
        self.admin_api.put_service_force_down(service['id'], True)
        self._evacuate_server(self.server, expected_host='compute2')
        self.do('os-start')
        self._assert_moved('compute2')


class ResizeTest(lasting.LastingTestBase):
    MORE_HOSTS = ('compute2',)
    #: Whole groups of these give way to what is kept.
    SPECS = {
        'quota:cpu_quota': '20000',
        'quota:cpu_period': '100000',
        'quota:cpu_shares': '200',
        'quota:vif_inbound_average': '100',
        'quota:vif_outbound_average': '400',
        'quota:disk_read_bytes_sec': '7000',
        'quota:disk_write_bytes_sec': '7100',
        'quota:disk_total_iops_sec': '90',
    }

    def test_flavor_with_limits_of_its_own(self):
        self.resize(self.SPECS, end=None, vcpu=4)
        self._assert_both_are_in_effect()
        self.do('revertResize')
        self.assert_nothing_lost()
        self.resize(self.SPECS, vcpu=4)
        self._assert_both_are_in_effect()
        self.do('reboot', {'type': 'HARD'})
        self._assert_both_are_in_effect()
        self._assert_reset_gives_a_fresh_server()

    def _assert_both_are_in_effect(self):
        """What is kept, and what the flavor says beside it."""
        self.assert_all_in_effect()
        shown = self.show(self.server)
        self.assertEqual(
            {'quota': 20000, 'period': 100000, 'shares': 200},
            shown['cpu']['flavor'],
        )
        first, second = shown['interfaces']
        self.assertEqual(400, first['effective']['outbound']['average'])
        self.assertEqual(800, second['effective']['outbound']['average'])
        root, ephemeral, volume = (d['effective'] for d in shown['disks'])
        # A total of the bytes is kept, beside the new flavor's read and write.
        self.assertEqual(0, root['read_bytes_sec'])
        self.assertEqual(90, root['total_iops_sec'])
        # And the other way round.
        self.assertEqual(0, ephemeral['total_iops_sec'])
        self.assertEqual(7000, ephemeral['read_bytes_sec'])
        self.assertEqual(0, volume['total_bytes_sec'])

    def _assert_reset_gives_a_fresh_server(self):
        self.set(self.server, 'resetLiveTune', None)
        fresh = self.boot(self.SPECS, ports=(self.add_port(),))
        live, other = self.live(self.server), self.live(fresh)
        self.assertEqual(other['cpu'], live['cpu'])
        (nic,) = other['nics'].values()
        self.assertEqual([nic, nic], list(live['nics'].values()))
        for name, limits in other['disks'].items():
            self.assertEqual(limits, live['disks'][name])
        self.assertEqual(6000, live['disks']['vdc']['total_bytes_sec'])
        self.assertEqual(0, live['disks']['vdc']['write_bytes_sec'])


class LiveMigrationTest(lasting.LastingTestBase):
    MORE_HOSTS = ('compute2',)

    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova.tests.fixtures.libvirt.Domain.migrateToURI3',
                self._migrate,
            )
        )
        self.while_it_moves = lambda: None

    def _migrate(self, domain, destination, params, flags):
        """Let a domain appear on the other host, and end here."""
        self.while_it_moves()
        here = domain._connection.hostname
        (there,) = self.computes.keys() - {here}
        connection = self.computes[there].driver._host.get_connection()
        connection.defineXML(params['destination_xml']).create()
        domain.complete_job()

    def _live_migrate_to(self, host):
        where = {'host': host, 'block_migration': 'auto'}
        self.do('os-migrateLive', where)
        self.assertEqual(host, self.host(self.server))

    def test_there_and_back(self):
        self.while_it_moves = self._ask_and_tick
        self._live_migrate_to('compute2')
        for answer in self.answers:
            self.assert_refused(answer, 409, 'task_state', 'migrating')
        self.assert_nothing_lost()
        self.while_it_moves = lambda: None
        self._live_migrate_to('compute1')
        self.assert_nothing_lost()
        # It was so from its first moment there, without any mending.
        for host in self.computes:
            self.assertEqual(0, self.reconciler(host).counts['drift'])

    def _ask_and_tick(self):
        self.answers = [
            self.act(self.server, action, body)
            for action, body in lasting.REQUESTS
        ]
        self.tick()

    def test_reconciled_at_the_destination(self):
        self.flags(overlay=False, group='live_tune')
        self._live_migrate_to('compute2')
        self.assertIsNotNone(self.reasons()[1])
        self.tick()
        self.assert_all_in_effect()
        self.assertEqual(1, self.reconciler('compute2').counts['drift'])
        self.assertEqual(0, self.reconciler('compute1').counts['drift'])
