# SPDX-License-Identifier: Apache-2.0
"""Limits that end by themselves; a test moves the clock."""

import fixtures
from nova import context as nova_context
from nova import exception
from nova.virt import event as virt_event

from nova_live_tune import leases, tunables
from nova_live_tune.compute import hooks
from nova_live_tune.tests.functional import base, lasting
from nova_live_tune.tests.functional.fake import domain

#: 2026-11-21T12:00:00Z
NOON = 1795262400
ACTION = 'live_tune_expired'


class LeaseTestBase(lasting.MovingTestBase):
    def setUp(self):
        super().setUp()
        self.now = NOON
        self.useFixture(
            fixtures.MonkeyPatch('nova_live_tune.clock.now', lambda: self.now)
        )

    def cpu(self, duration=None, api=None, **knobs):
        lease = {} if duration is None else {'duration': duration}
        return self.set(self.server, 'setCpuQuota', {**knobs, **lease}, api)[
            'cpu'
        ]

    def quota(self):
        """What libvirt has, running and configured; -1 for no limit."""
        vm = self.domain(self.server)
        live, configured = (
            # No limit has a name of its own in each of them.
            value if tunables.CPU['quota'].accepts(value) else -1
            for scope in (domain.LIVE, domain.CONFIG)
            for value in [vm.limits_of(scope)['cpu']['vcpu_quota']]
        )
        self.assertEqual(live, configured)
        return live

    def expirer(self, host='compute1'):
        return hooks._ours(self.computes[host].manager).expirer

    def after(self, seconds):
        """Let time pass, and every host look at the clock."""
        self.now += seconds
        for host in self.computes:
            self.expirer(host).beat(nova_context.get_admin_context())

    def started(self, host='compute1'):
        """Have libvirt tell that the server has started."""
        hooks.virt_event_seen(
            self.computes[host].manager,
            virt_event.LifecycleEvent(
                self.server['id'], virt_event.EVENT_LIFECYCLE_STARTED
            ),
        )

    def ended(self):
        found = self.admin_api.get_instance_actions(self.server['id'])
        return [action['action'] for action in found].count(ACTION)


class LeaseTest(LeaseTestBase):
    def test_what_stood_before_comes_back(self):
        self.cpu(quota=30000)
        entry = self.cpu(3600, quota=60000)
        self.assertEqual({'quota': 60000}, entry['tuned'])
        self.assertEqual('2026-11-21T13:00:00Z', entry['expires_at'])
        self.after(3599)
        self.assertEqual((60000, 0), (self.quota(), self.ended()))
        self.after(1)
        self.assertEqual((30000, 1), (self.quota(), self.ended()))
        shown = self.show(self.server)['cpu']
        self.assertEqual({'quota': 30000}, shown['tuned'])
        self.assertIsNone(shown['expires_at'])
        self.assertIsNone(shown['not_in_effect'])

    def test_nothing_stood_before(self):
        self.cpu(60, quota=30000, shares=500)
        self.after(60)
        self.assertEqual(-1, self.quota())
        self.assertEqual({}, self.kept(self.server))
        self.assertNotIn(base.MARK, self.record(self.server))

    def test_it_is_recorded_as_an_action(self):
        self.cpu(60, quota=30000)
        self.after(60)
        action = self.last_action(self.server)
        self.assertEqual(ACTION, action['action'])
        (event,) = action['events']
        self.assertEqual('Success', event['result'])
        self.assertEqual(f'compute_{ACTION}', event['event'])

    def test_it_ends_once(self):
        self.cpu(60, quota=30000)
        self.after(60)
        generation = self.generation(self.server)
        for scope in (domain.LIVE, domain.CONFIG):
            self.domain(self.server).setSchedulerParametersFlags(
                {'vcpu_quota': 90000}, scope
            )
        self.after(60)
        self.expirer().notice(self.server['id'])
        self.after(60)
        self.assertEqual((90000, 1), (self.quota(), self.ended()))
        self.assertEqual(generation, self.generation(self.server))

    def test_of_each_device_its_own(self):
        self.cpu(60, quota=30000)
        mac = base.PORTS[1]['mac_address']
        nic = {'interface': 2, 'rate': 2048, 'duration': 120}
        self.set(self.server, 'setInterface', nic)
        disk = {'disk': 'vda', 'total_iops_sec': 200, 'duration': 180}
        self.set(self.server, 'setDiskIO', disk)
        seen = []
        for _ in range(4):
            live = self.live(self.server)
            seen.append(
                (
                    self.quota(),
                    live['nics'][mac]['inbound.average'],
                    live['disks']['vda']['total_iops_sec'],
                )
            )
            self.after(60)
        self.assertEqual(
            [(30000, 2048, 200), (-1, 2048, 200), (-1, 0, 200), (-1, 0, 0)],
            seen,
        )

    def test_the_read_back_is_of_now_even_if_nobody_ended_it(self):
        self.cpu(60, quota=30000)
        self.now += 60
        shown = self.show(self.server)['cpu']
        self.assertEqual({}, shown['tuned'])
        self.assertEqual(30000, shown['effective']['quota'])

    def test_a_request_ends_what_has_ended_first(self):
        self.cpu(60, quota=30000)
        self.now += 60
        self.cpu(shares=500)
        self.assertEqual((-1, 1), (self.quota(), self.ended()))
        self.assertEqual({'live_tune:cpu': 's=500'}, self.kept(self.server))

    def test_null_for_a_while(self):
        self.cpu(quota=30000)
        self.cpu(60, quota=None)
        self.assertEqual(-1, self.quota())
        self.after(60)
        self.assertEqual(30000, self.quota())


class FlavorTest(LeaseTestBase):
    EXTRA_SPECS = {'quota:cpu_quota': '20000'}

    def test_it_stood_before(self):
        self.cpu(60, quota=30000)
        self.after(60)
        self.assertEqual(20000, self.quota())


class BoundsTest(LeaseTestBase):
    """No lease leads beyond the bounds, nor does its end."""

    BOUNDED = True
    EXTRA_SPECS = {
        'quota:cpu_quota': '50000',
        'live_tune:max_cpu_percent': '100',
    }

    def refused(self, *words, **body):
        before = self.standing(self.server)
        self.assert_refused(
            self.act(self.server, 'setCpuQuota', body), 403, *words
        )
        self.assertEqual(before, self.standing(self.server))

    def test_a_lease_goes_no_further_than_a_plain_set(self):
        self.refused('cpu_percent would be 110', quota=110000, duration=60)
        self.cpu(60, quota=100000)

    def test_what_comes_back_below_a_plain_set(self):
        self.cpu(60, quota=10000)
        self.refused(
            'cpu_percent would be 250',
            'from 2026-11-21T12:01:00Z on',
            period=20000,
        )
        self.cpu(period=50000)
        self.after(60)
        self.assertEqual(50000, self.quota())

    def test_an_admins_lease_is_a_ceiling_as_long_as_it_lasts(self):
        self.cpu(3600, self.admin_api, quota=10000)
        self.refused('as an administrator has set it', quota=20000)
        self.refused('as an administrator has set it', quota=None)
        self.refused(
            'as an administrator has set it', quota=20000, duration=60
        )
        self.assert_refused(self.act(self.server, 'resetLiveTune', None), 403)
        self.cpu(quota=5000)
        self.refused('as an administrator has set it', quota=20000)
        self.after(3600)
        self.assertEqual(5000, self.quota())
        self.cpu(quota=100000)

    def test_a_tenants_lease_below_a_ceiling_does_not_end_it(self):
        self.cpu(120, self.admin_api, quota=20000)
        self.cpu(604800, quota=10000)
        self.refused('as an administrator has set it', quota=30000)
        self.after(120)
        self.cpu(quota=30000)

    def test_an_admins_boost_is_one_too(self):
        self.cpu(60, self.admin_api, quota=400000)
        self.refused('from 2026-11-21T12:01:00Z on', quota=300000)
        self.cpu(90000, quota=90000)
        self.after(60)
        self.assertEqual(90000, self.quota())

    def test_a_smaller_flavor_meanwhile(self):
        self.start_compute('compute2')
        self.cpu(quota=100000)
        self.cpu(60, quota=20000)
        self.resize({'quota:cpu_quota': '30000'})
        self.started('compute2')
        self.after(60)
        # What comes back is beyond what that one allows.
        self.assertEqual(30000, self.quota())
        self.assertIn(
            'cpu_percent', self.show(self.server)['cpu']['not_in_effect']
        )


class OnTopTest(LeaseTestBase):
    """What is asked for while a lease lasts."""

    def test_a_shorter_lease_within_a_longer_one(self):
        self.cpu(3600, quota=30000)
        self.cpu(60, quota=40000)
        seen = [self.quota()]
        for seconds in (60, 3540):
            self.after(seconds)
            seen.append(self.quota())
        self.assertEqual([40000, 30000, -1], seen)

    def test_a_longer_lease_of_the_same_replaces_it(self):
        self.cpu(60, quota=30000)
        entry = self.cpu(3600, quota=40000)
        self.assertEqual('2026-11-21T13:00:00Z', entry['expires_at'])
        self.after(60)
        self.assertEqual((40000, 0), (self.quota(), self.ended()))
        self.after(3540)
        self.assertEqual((-1, 1), (self.quota(), self.ended()))

    def test_leases_of_other_knobs_go_on(self):
        self.cpu(60, quota=30000)
        entry = self.cpu(120, shares=500)
        self.assertEqual('2026-11-21T12:01:00Z', entry['expires_at'])
        self.after(60)
        self.assertEqual(-1, self.quota())
        shown = self.show(self.server)['cpu']
        self.assertEqual({'shares': 500}, shown['tuned'])
        self.assertEqual('2026-11-21T12:02:00Z', shown['expires_at'])

    def test_a_plain_set_stays(self):
        self.cpu(60, quota=30000, period=50000)
        self.cpu(quota=40000)
        self.assertEqual(40000, self.quota())
        self.after(60)
        shown = self.show(self.server)['cpu']
        self.assertEqual({'quota': 40000}, shown['tuned'])
        self.assertEqual(100000, shown['effective']['period'])
        self.assertEqual({'live_tune:cpu': 'q=40000'}, self.kept(self.server))

    def test_a_plain_set_of_all_its_knobs_ends_it(self):
        self.cpu(60, quota=30000)
        entry = self.cpu(quota=40000)
        self.assertIsNone(entry['expires_at'])
        self.after(60)
        self.assertEqual((40000, 0), (self.quota(), self.ended()))

    def test_a_reset_ends_it(self):
        self.cpu(quota=20000)
        self.cpu(60, quota=30000)
        self.set(self.server, 'resetLiveTune', None)
        self.assertEqual(-1, self.quota())
        self.assertEqual({}, self.kept(self.server))
        self.after(60)
        self.assertEqual((-1, 0), (self.quota(), self.ended()))

    def test_what_would_not_fit_later_is_refused_now(self):
        nic = {'interface': 2, 'inbound': {'average': 1000}}
        self.set(self.server, 'setInterface', nic)
        nic = {'interface': 2, 'inbound': {'average': 100}, 'duration': 60}
        self.set(self.server, 'setInterface', nic)
        before = self.standing(self.server)
        self.assert_refused(
            self.act(
                self.server,
                'setInterface',
                {'interface': 2, 'inbound': {'peak': 500}},
            ),
            400,
            'inbound.peak 500 is below inbound.average 1000',
            'from 2026-11-21T12:01:00Z on, when a lease ends',
        )
        self.assertEqual(before, self.standing(self.server))

    def test_too_many(self):
        self.cpu(3600, shares=500)
        for second in range(leases.MOST - 1):
            self.cpu(3000 - second, quota=30000 + second)
        before = self.standing(self.server)
        for body in ({'quota': 5000, 'duration': 60}, {'period': 50000}):
            self.assert_refused(
                self.act(self.server, 'setCpuQuota', body), 409, leases.MOST
            )
        self.assertEqual(before, self.standing(self.server))
        # Those of which all is named go.
        self.cpu(quota=5000)
        self.cpu(shares=600)
        self.assertEqual(
            {'live_tune:cpu': 'q=5000 s=600'}, self.kept(self.server)
        )


class ElsewhereTest(LeaseTestBase):
    """What becomes of a lease while the server is not where it was."""

    def test_a_server_that_was_stopped(self):
        self.cpu(quota=20000)
        self.cpu(60, quota=30000)
        self.do('os-stop', status='SHUTOFF')
        self.after(60)
        self.assertEqual(0, self.ended())
        self.do('os-start')
        # Never with what has ended, not for a moment.
        self.assertEqual(20000, self.quota())
        self.started()
        self.after(0)
        self.assertEqual((20000, 1), (self.quota(), self.ended()))
        self.assertEqual({'live_tune:cpu': 'q=20000'}, self.kept(self.server))

    def test_a_host_that_was_down(self):
        self.cpu(60, quota=30000)
        self.now += 600
        self.restart_compute_service('compute1', keep_hypervisor_state=True)
        self.after(0)
        self.assertEqual((-1, 1), (self.quota(), self.ended()))

    def test_a_service_that_starts_in_between(self):
        self.cpu(60, quota=30000)
        self.restart_compute_service('compute1', keep_hypervisor_state=True)
        self.after(59)
        self.assertEqual(30000, self.quota())
        self.after(1)
        self.assertEqual((-1, 1), (self.quota(), self.ended()))

    def test_after_a_cold_migration(self):
        self.start_compute('compute2')
        self.cpu(60, quota=30000)
        self.move()
        self.assertEqual('compute2', self.host(self.server))
        self.started('compute2')
        self.after(59)
        self.assertEqual((30000, 0), (self.quota(), self.ended()))
        self.after(1)
        self.assertEqual((-1, 1), (self.quota(), self.ended()))

    def test_not_while_nova_works_on_it(self):
        self.cpu(60, quota=30000)
        self.set_task_state('rebooting')
        self.after(60)
        self.assertEqual(30000, self.quota())
        self.set_task_state(None)
        self.after(1)
        self.assertEqual((-1, 1), (self.quota(), self.ended()))


class FailureTest(LeaseTestBase):
    def setUp(self):
        super().setUp()
        self.cpu(60, quota=30000)

    def test_it_is_tried_again_and_told_once(self):
        calls = self.domain(self.server).calls
        for nth in range(1, 9):
            calls.fail('setSchedulerParametersFlags', nth)
        for _ in range(3):
            self.after(60)
        self.assertEqual((30000, 1), (self.quota(), self.ended()))
        (event,) = self.last_action(self.server)['events']
        self.assertEqual('Error', event['result'])
        calls.heal()
        self.after(60)
        self.assertEqual((-1, 2), (self.quota(), self.ended()))

    def test_a_save_that_fails_puts_the_limits_back(self):
        before = self.standing(self.server)
        failing = fixtures.MonkeyPatch(
            'nova.objects.Instance.save', self._cannot
        )
        with failing:
            self.after(60)
        self.assertEqual(before, self.standing(self.server))
        self.after(60)
        self.assertEqual(-1, self.quota())

    @staticmethod
    def _cannot(*_, **__):
        raise exception.NovaException('no database')

    def test_a_server_that_is_gone(self):
        self._delete_server(self.server)
        self.after(60)
        self.assertEqual({}, self.expirer()._when)


class BadDurationTest(LeaseTestBase):
    def test_out_of_range(self):
        before = self.standing(self.server)
        for duration in (0, -1, 59, 604801, True, None, '60', 60.5):
            self.assert_refused(
                self.act(
                    self.server,
                    'setCpuQuota',
                    {'quota': 30000, 'duration': duration},
                ),
                400,
                f'duration {duration!r}',
                '60..604800 seconds',
            )
        self.assertEqual(before, self.standing(self.server))

    def test_the_ends_of_the_range(self):
        self.cpu(60, quota=30000)
        self.cpu(604800, quota=30000)

    def test_a_reset_has_none(self):
        self.assert_refused(
            self.act(self.server, 'resetLiveTune', {'duration': 60}), 400
        )
