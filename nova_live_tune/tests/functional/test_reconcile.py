# SPDX-License-Identifier: Apache-2.0
"""What is kept is put back where libvirt reports something else."""

import fixtures
from nova import objects
from nova.virt import event as virt_event
from oslo_db import exception as db_exc

from nova_live_tune.compute import hooks
from nova_live_tune.tests.functional import base, lasting
from nova_live_tune.tests.functional.fake import domain

FIRST, SECOND = base.PORTS
ACTION, EVENT = 'live_tune_reconcile', 'compute_live_tune_reconcile'


class ReconcileTestBase(lasting.LastingTestBase):
    def virsh(self, *scopes, server=None):
        """Change limits of every kind behind Nova's back."""
        changed = self.domain(server or self.server)
        for scope in scopes or (domain.LIVE, domain.CONFIG):
            changed.setSchedulerParametersFlags({'vcpu_quota': 90000}, scope)
            changed.setInterfaceParameters(
                SECOND['mac_address'], {'inbound.average': 0}, scope
            )
            changed.setBlockIoTune('vda', {'total_bytes_sec': 1700}, scope)

    def put_back(self, host='compute1'):
        return self.reconciler(host).counts['drift']

    def actions(self):
        found = self.admin_api.get_instance_actions(self.server['id'])
        return [a['action'] for a in found].count(ACTION)


class DriftTest(ReconcileTestBase):
    def test_drift_is_put_back_counted_and_recorded(self):
        self.virsh()
        self.assertIn('quota is 90000', self.reasons()[0])
        self.tick()
        self.assert_nothing_lost()
        self.assertEqual(1, self.put_back())
        self.assertEqual(1, self.actions())
        self.assertEqual('Success', self.event(ACTION, EVENT)['result'])
        self._nothing_is_left_to_do()
        self._drift_of_a_later_day_is_put_back_too()
        self._drift_of_the_configuration_alone_is_put_back()

    def _nothing_is_left_to_do(self):
        calls = self.calls()
        self.tick()
        self.tick()
        self.assertEqual([], calls)
        self.assertEqual(1, self.put_back())
        self.assertEqual(1, self.actions())

    def _drift_of_a_later_day_is_put_back_too(self):
        self.virsh(domain.LIVE)
        self.tick()
        self.assert_nothing_lost()
        self.assertEqual(2, self.put_back())

    def _drift_of_the_configuration_alone_is_put_back(self):
        self.virsh(domain.CONFIG)
        self.tick()
        self.assert_nothing_lost()

    def test_busy_server_is_left_alone_until_later(self):
        self.virsh()
        self.set_task_state('powering-off')
        calls = self.calls()
        self.tick()
        self.assertEqual([], calls)
        self.set_task_state(None)
        # It is due, without waiting for the next pass.
        self.tick(whole=False)
        self.assert_nothing_lost()
        self._part_that_cannot_be_put_back_is_told()

    def _part_that_cannot_be_put_back_is_told(self):
        recorded = self.actions()
        self.virsh(domain.LIVE)
        for _ in range(2):
            self.domain(self.server).calls.fail('setBlockIoTune')
            self.tick()
        # What fails again and again is counted, and told once.
        self.assertEqual(recorded + 1, self.actions())
        self.assertEqual(2, self.reconciler().counts['failed'])
        event = self.event(ACTION, EVENT)
        self.assertEqual('Error', event['result'])
        self.assertIn('disk vda', event['details'])
        self.assertIn('an injected error', event['details'])
        reasons = self.reasons()
        self.assertIn('1700', reasons.pop(3))
        self.assertEqual([None] * 5, reasons)
        self.tick()
        self.assert_all_in_effect()

    def test_only_when_it_is_time_or_something_happened(self):
        self.virsh()
        self.tick(whole=False)
        self.flags(reconcile_interval=0, group='live_tune')
        self.tick()
        self.assertEqual(0, self.put_back())
        for transition in (
            virt_event.EVENT_LIFECYCLE_PAUSED,
            virt_event.EVENT_LIFECYCLE_RESUMED,
        ):
            self.assertEqual(0, self.put_back())
            self.computes['compute1'].manager.handle_events(
                virt_event.LifecycleEvent(self.server['id'], transition)
            )
            self.tick()
        self.assertEqual(1, self.put_back())
        self.assert_nothing_lost()

    def test_switched_off(self):
        self.flags(reconcile=False, group='live_tune')
        self.virsh()
        self.reconciler().notice(self.server['id'])
        self.tick()
        self.restart_compute_service('compute1')
        self.assertEqual(0, self.put_back())
        self.assertIn('quota is 90000', self.reasons()[0])


class OthersTest(ReconcileTestBase):
    def setUp(self):
        super().setUp()
        self.other = self.boot(ports=(self.add_port(),))

    def test_guest_without_kept_limits_is_left_alone(self):
        other = self.domain(self.other)
        other.setSchedulerParametersFlags({'vcpu_quota': 90000}, domain.LIVE)
        before = other.XMLDesc(0)
        self.assertNotIn('live-tune', before)
        self.reconciler().notice(self.other['id'])
        self.tick()
        self.assertEqual(before, other.XMLDesc(0))
        self.assertEqual({}, self.record(self.other))
        self.assertEqual({}, dict(self.reconciler().counts))
        self._domain_that_is_none_of_novas_does_no_harm(before)

    def _domain_that_is_none_of_novas_does_no_harm(self, xml):
        xml = xml.replace(self.other['id'], SECOND['id'])
        xml = xml.replace('<name>', '<name>another-')
        compute = self.computes['compute1']
        connection = compute.driver._host.get_connection()
        connection.defineXML(xml).create()
        self.reconciler().notice(SECOND['id'])
        self.virsh()
        self.tick()
        self.assert_nothing_lost()

    def test_pass_goes_on_where_the_last_one_ended(self):
        self.flags(reconcile_domains=1, reconcile_records=0, group='live_tune')
        self.set(self.other, 'setCpuQuota', {'quota': 30000})
        self.tick()
        self.tick()
        for server in (self.server, self.other):
            self.domain(server).setSchedulerParametersFlags(
                {'vcpu_quota': 90000}, domain.LIVE
            )
        self.tick()
        self.assertEqual(1, self.put_back())
        self.tick()
        self.assertEqual(2, self.put_back())
        self.assert_all_in_effect()
        self.assertEqual(30000, self.live(self.other)['cpu']['vcpu_quota'])


class RestartTest(ReconcileTestBase):
    def test_restart_of_nova_compute_puts_back(self):
        calls = self.calls()
        self.restart_compute_service('compute1')
        self.assertEqual([], calls)
        self.assertEqual({}, dict(self.reconciler().counts))
        tasks = self.computes['compute1'].manager._periodic_tasks
        names = [name for name, _ in tasks]
        self.assertEqual(1, names.count(hooks.reconcile_limits.__name__))
        self.virsh()
        self.restart_compute_service('compute1')
        self.assert_nothing_lost()
        self.assertEqual(1, self.put_back())
        self.assertEqual('Success', self.event(ACTION, EVENT)['result'])

    def test_kept_state_wins_after_a_death_before_it_was_saved(self):
        original = objects.Instance.save

        def die(instance, *args, **kwargs):
            if 'system_metadata' not in instance.obj_what_changed():
                return original(instance, *args, **kwargs)
            # Whoever is dead undoes nothing.
            for number in range(1, 5):
                calls.fail('setSchedulerParametersFlags', number)
            raise db_exc.DBConnectionError('no database')

        calls = self.domain(self.server).calls
        with fixtures.MonkeyPatch('nova.objects.Instance.save', die):
            response = self.act(self.server, 'setCpuQuota', {'quota': 22000})
        self.assert_refused(response, 500, 'could not be put back')
        calls.heal()
        for limits in (self.live(self.server), self.config(self.server)):
            self.assertEqual(22000, limits['cpu']['vcpu_quota'])
        self.restart_compute_service('compute1')
        self.assert_nothing_lost()
        self.assertEqual(1, self.put_back())
