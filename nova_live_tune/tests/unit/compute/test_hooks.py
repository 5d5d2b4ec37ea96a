# SPDX-License-Identifier: Apache-2.0
import types
from unittest import mock

import fixtures
from nova import exception, objects
from nova.virt import event as virt_event
from oslotest import base

from nova_live_tune.compute import hooks, manager
from nova_live_tune.compute.store import Kept
from nova_live_tune.tests.unit import fakes

_EVENTS = {
    value
    for name, value in vars(virt_event).items()
    if name.startswith('EVENT_LIFECYCLE_')
}


class HooksTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger())
        self.manager = mock.Mock(
            host='here', _periodic_last_run={}, additional_endpoints=[object()]
        )
        self.endpoints = hooks.endpoints(self.manager)
        self.manager.additional_endpoints += self.endpoints
        (endpoint,) = self.endpoints
        self.reconciler = endpoint.reconciler = mock.Mock()
        self.expirer = endpoint.expirer = mock.Mock()


class EndpointsTest(HooksTestCase):
    def test_our_endpoint_and_our_periodic_task(self):
        (endpoint,) = self.endpoints
        self.assertIsInstance(endpoint, manager.LiveTuneEndpoint)
        self.assertEqual('here', endpoint.host)
        self.manager.add_periodic_task.assert_called_once_with(
            hooks.reconcile_limits
        )

    def test_the_task_is_added_once_for_the_class(self):
        second = mock.Mock(_periodic_last_run={'reconcile_limits': 0})
        hooks.endpoints(second)
        second.add_periodic_task.assert_not_called()

    def test_nova_takes_the_task_for_a_periodic_one(self):
        self.assertTrue(hooks.reconcile_limits._periodic_task)
        self.assertTrue(hooks.reconcile_limits._periodic_enabled)


class StartTest(HooksTestCase):
    def setUp(self):
        super().setUp()
        self.export = self.useFixture(
            fixtures.MockPatchObject(hooks, 'export')
        ).mock

    def test_metrics_are_served_whatever_becomes_of_the_rest(self):
        self.reconciler.start.side_effect = NotImplementedError
        self.manager.additional_endpoints = []
        hooks.host_started(self.manager)
        self.export.start.assert_called_once_with()

    def test_all_guests_are_compared_by_an_admin(self):
        self.assertEqual((), hooks.host_started(self.manager))
        for started in (self.expirer, self.reconciler):
            ((context,), _) = started.start.call_args
            self.assertTrue(context.is_admin)

    def test_leases_end_though_libvirt_is_not_there(self):
        self.reconciler.start.side_effect = ZeroDivisionError
        hooks.host_started(self.manager)
        self.expirer.start.assert_called_once()

    def test_another_driver_is_no_fault(self):
        self.reconciler.start.side_effect = NotImplementedError
        hooks.host_started(self.manager)
        self.assertNotIn('Traceback', self.log.output)

    def test_nova_starts_whatever_happens(self):
        self.reconciler.start.side_effect = ZeroDivisionError
        hooks.host_started(self.manager)
        self.assertIn('ZeroDivisionError', self.log.output)


class EventTest(HooksTestCase):
    def _seen(self, event):
        self.reconciler.notice.reset_mock()
        self.assertEqual((), hooks.virt_event_seen(self.manager, event))
        return self.reconciler.notice.called

    def test_only_a_start_or_a_resume_may_mean_new_xml(self):
        noticed = {
            transition
            for transition in _EVENTS
            if self._seen(virt_event.LifecycleEvent('uuid', transition))
        }
        self.assertEqual(
            {
                virt_event.EVENT_LIFECYCLE_STARTED,
                virt_event.EVENT_LIFECYCLE_RESUMED,
            },
            noticed,
        )

    def test_it_is_of_its_instance(self):
        self._seen(
            virt_event.LifecycleEvent(
                'uuid', virt_event.EVENT_LIFECYCLE_STARTED
            )
        )
        self.reconciler.notice.assert_called_once_with('uuid')
        self.expirer.notice.assert_called_once_with('uuid')

    def test_other_events_are_none_of_ours(self):
        self.assertFalse(self._seen(types.SimpleNamespace()))


class TaskTest(HooksTestCase):
    def test_a_tick(self):
        hooks.reconcile_limits(self.manager, 'context')
        self.reconciler.tick.assert_called_once_with('context')

    def test_another_driver_is_no_fault(self):
        self.reconciler.tick.side_effect = NotImplementedError
        hooks.reconcile_limits(self.manager, 'context')


class AttachTest(HooksTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MockPatchObject
        self.save = self.useFixture(patch(objects.Instance, 'save')).mock
        self.read = self.useFixture(
            patch(objects.Instance, 'get_by_uuid')
        ).mock
        self.read.return_value = self.instance = fakes.instance()
        Kept(
            3, {'cpu': 'q=5000', f'interface:{fakes.PORTS[0]}': 'ia=5'}
        ).put_into(self.instance)

    def _attach(self, port):
        self.assertEqual(
            (), hooks.attach_interface('ctx', self.instance, {'id': port})
        )

    def test_a_port_that_comes_back_starts_anew(self):
        self._attach(fakes.PORTS[0])
        self.assertEqual(Kept(4, {'cpu': 'q=5000'}), Kept.of(self.instance))
        self.save.assert_called_once_with()

    def test_for_a_port_that_is_new_nothing_is_saved(self):
        self._attach(fakes.PORTS[1])
        self.save.assert_not_called()

    def test_it_is_attached_whatever_happens(self):
        self.read.side_effect = exception.InstanceNotFound(instance_id='id')
        self._attach(fakes.PORTS[0])
        self.assertIn('InstanceNotFound', self.log.output)
