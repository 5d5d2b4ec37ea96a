# SPDX-License-Identifier: Apache-2.0
import types

import fixtures
import oslo_messaging as messaging
from nova import exception, objects
from nova.compute import task_states
from oslotest import base

from nova_live_tune.compute import manager
from nova_live_tune.tests.unit import fakes


class TuneTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        # An error is notified of, and recorded in the database.
        for away in (
            'nova.exception_wrapper._emit_legacy_exception_notification',
            'nova.exception_wrapper._emit_versioned_exception_notification',
            'nova.compute.utils.add_instance_fault_from_exc',
        ):
            self.useFixture(fixtures.MockPatch(away))
        patch = fixtures.MockPatchObject
        self.save = self.useFixture(patch(objects.Instance, 'save')).mock
        read = self.useFixture(patch(objects.Instance, 'get_by_uuid')).mock
        tuner = self.useFixture(patch(manager.driver, 'Tuner')).mock
        self.tuner = tuner.return_value
        self.tuner.tune.side_effect = self._tune
        self.instance = fakes.instance(
            system_metadata={'live_tune:cpu': 'q=5000'}
        )
        read.return_value = self.instance
        host = types.SimpleNamespace(host='here', driver='a driver')
        (self.endpoint,) = manager.endpoints(host)
        self.Tuner = tuner

    def _tune(self, instance, action, jobs, tuned, keep):
        self.tuned = tuned
        keep([{'quota': 7000}])
        return [{'quota': 7000, 'period': 100000}]

    def tune(self):
        return self.endpoint.tune(
            None,
            objects.Instance(uuid=self.instance.uuid),
            'setCpuQuota',
            [(fakes.cpu().to_primitive(), {'quota': 7000})],
        )

    def _refused(self, kind):
        error = self.assertRaises(messaging.ExpectedException, self.tune)
        self.assertIsInstance(error.exc_info[1], kind)
        return str(error.exc_info[1])

    def test_namespace(self):
        self.assertEqual('live_tune', self.endpoint.target.namespace)
        self.assertEqual('1.0', self.endpoint.target.version)

    def test_what_is_kept_is_saved(self):
        self.assertEqual(
            [({'quota': 7000}, {'quota': 7000, 'period': 100000})],
            self.tune(),
        )
        self.Tuner.assert_called_once_with('a driver')
        self.assertEqual([{'quota': 5000}], self.tuned)
        self.assertEqual(
            {'live_tune:cpu': 'q=7000'}, self.instance.system_metadata
        )
        # Nova may have begun to move it meanwhile.
        self.save.assert_called_once_with(expected_task_state=[None])

    def test_a_save_that_fails_is_an_error(self):
        self.save.side_effect = exception.UnexpectedTaskStateError(
            instance_uuid='id', expected={}, actual={}
        )
        self._refused(exception.InstanceUpdateConflict)

    def test_the_state_is_looked_at_again(self):
        self.instance.task_state = task_states.MIGRATING
        told = self._refused(exception.InstanceInvalidState)
        self.assertIn('migrating', told)
        self.tuner.tune.assert_not_called()

    def test_an_instance_that_has_left(self):
        self.instance.host = 'elsewhere'
        told = self._refused(exception.InstanceInvalidState)
        self.assertIn('elsewhere', told)
        self.tuner.tune.assert_not_called()

    def test_a_driver_that_cannot(self):
        self.Tuner.side_effect = NotImplementedError('not libvirt')
        self.assertEqual('not libvirt', self._refused(NotImplementedError))

    def test_read(self):
        self.assertIs(
            self.tuner.read.return_value,
            self.endpoint.read(
                None, self.instance, [fakes.cpu().to_primitive()]
            ),
        )
        self.tuner.read.assert_called_once_with(self.instance, [fakes.cpu()])
