# SPDX-License-Identifier: Apache-2.0
from nova import exception
from nova.compute import task_states, vm_states
from oslotest import base

from nova_live_tune.compute import states
from nova_live_tune.tests.unit import fakes

_TUNABLE = (vm_states.ACTIVE, vm_states.PAUSED)


class CheckTest(base.BaseTestCase):
    def test_running_domains(self):
        for state in _TUNABLE:
            states.check(fakes.instance(vm_state=state), 'setCpuQuota')

    def test_all_other_states(self):
        others = {
            value
            for name, value in vars(vm_states).items()
            if name.isupper() and isinstance(value, str)
        } - set(_TUNABLE)
        self.assertIn(vm_states.STOPPED, others)
        for state in others:
            self._refused(state, vm_state=state)

    def test_a_task(self):
        for state in _TUNABLE:
            self._refused(
                task_states.MIGRATING,
                vm_state=state,
                task_state=task_states.MIGRATING,
            )

    def _refused(self, word, **state):
        error = self.assertRaises(
            exception.InstanceInvalidState,
            states.check,
            fakes.instance(**state),
            'setCpuQuota',
        )
        self.assertIn(word, str(error))
        self.assertIn('setCpuQuota', str(error))
