# SPDX-License-Identifier: Apache-2.0
"""Whatever fails, at any step: what stood before is put back."""

import itertools

import fixtures
from nova import objects
from oslo_db import exception as db_exc

from nova_live_tune.tests.functional import base

CALLS = {
    'setCpuQuota': (
        'schedulerParametersFlags',
        'setSchedulerParametersFlags',
    ),
    'setInterface': ('interfaceParameters', 'setInterfaceParameters'),
    'setDiskIO': ('blockIoTune', 'setBlockIoTune'),
}


class UndoTest(base.OneServerTestBase):
    FIRST = {
        'setCpuQuota': {'quota': 50000, 'period': 50000, 'shares': 300},
        'setInterface': {
            'interface': 1,
            'inbound': {'average': 1000, 'peak': 2000, 'burst': 300},
            'outbound': {'average': 4000},
        },
        'setDiskIO': {
            'disk': 'vda',
            'total_bytes_sec': 1000,
            'total_bytes_sec_max': 2000,
            'total_bytes_sec_max_length': 5,
            'read_iops_sec': 70,
        },
    }
    SECOND = {
        'setCpuQuota': {'quota': -1, 'shares': 700},
        'setInterface': {
            'interface': 1,
            'inbound': {'average': 1500},
            'outbound': {'average': 0},
        },
        'setDiskIO': {
            'disk': 'vda',
            'write_bytes_sec': 5000,
            'total_iops_sec': 90,
            'total_iops_sec_max': 95,
        },
    }

    def setUp(self):
        super().setUp()
        for action, body in self.FIRST.items():
            self.set(self.server, action, body)
        self.before = self.standing(self.server)

    def _fails(self, action, body, *words):
        response = self.act(self.server, action, body)
        self.assert_refused(response, 500, *words)
        self.assert_nothing_changed(self.server, self.before)
        ended = self.last_action(self.server)['events'][0]
        self.assertEqual('Error', ended['result'])

    def _fail_at_each_call(self, action, body, name, **how):
        """Let a libvirt call fail, the first one, the second and so on.

        :returns: at how many calls it was made to fail
        """
        calls = self.domain(self.server).calls
        for nth in itertools.count(1):
            fault = calls.fail(name, nth, **how)
            response = self.act(self.server, action, body)
            calls.heal()
            if not fault.reached:
                self.assertEqual(202, response.status_code)
                return nth - 1
            self.assert_refused(response, 500, 'an injected error')
            self.assert_nothing_changed(self.server, self.before)
            ended = self.last_action(self.server)['events'][0]
            self.assertEqual('Error', ended['result'])

    def _check_every_step(self, action):
        body = self.SECOND[action]
        for name in CALLS[action]:
            self.set(self.server, action, self.FIRST[action])
            self.before = self.standing(self.server)
            failed = self._fail_at_each_call(action, body, name)
            # Live and configuration, at least.
            self.assertGreaterEqual(failed, 2, name)

    def test_cpu_at_every_call_to_libvirt(self):
        self._check_every_step('setCpuQuota')

    def test_interface_at_every_call_to_libvirt(self):
        self._check_every_step('setInterface')

    def test_disk_at_every_call_to_libvirt(self):
        self._check_every_step('setDiskIO')

    def test_guest_that_stops_at_every_call_to_libvirt(self):
        domain = self.domain(self.server)
        for action, names in CALLS.items():
            for name in names:
                self._stop_at_each_call(domain, action, name)

    def _stop_at_each_call(self, domain, action, name):
        for nth in itertools.count(1):
            fault = domain.calls.fail(name, nth, meanwhile=domain.destroy)
            response = self.act(self.server, action, self.SECOND[action])
            domain.calls.heal()
            if not fault.reached:
                self.assertEqual(202, response.status_code)
                self.set(self.server, action, self.FIRST[action])
                self.before = self.standing(self.server)
                self.assertGreater(nth, 2, name)
                return
            self.assert_refused(response, 409, 'power_state', 'injected')
            domain.createWithFlags(0)
            self.assert_nothing_changed(self.server, self.before)

    def test_setter_that_fails_after_it_changed_something(self):
        for action, (_, setter) in CALLS.items():
            self._fail_at_each_call(
                action, self.SECOND[action], setter, late=True
            )
            self.before = self.standing(self.server)

    def test_reset_of_several_devices_at_every_setter(self):
        for _, setter in CALLS.values():
            failed = self._fail_at_each_call('resetLiveTune', None, setter)
            self.assertGreaterEqual(failed, 2, setter)
            for action, body in self.FIRST.items():
                self.set(self.server, action, body)
            self.before = self.standing(self.server)

    def test_instance_that_cannot_be_saved(self):
        original = objects.Instance.save

        def save(instance, *args, **kwargs):
            if 'system_metadata' in instance.obj_what_changed():
                raise db_exc.DBConnectionError('no database')
            return original(instance, *args, **kwargs)

        with fixtures.MonkeyPatch('nova.objects.Instance.save', save):
            for action, body in self.SECOND.items():
                self._fails(action, body)
            self._fails('resetLiveTune', None)

    def test_failure_leaves_the_server_usable(self):
        calls = self.domain(self.server).calls
        calls.fail('setBlockIoTune', 2)
        self._fails('setDiskIO', self.SECOND['setDiskIO'], 'injected')
        server = self.api.get_server(self.server['id'])
        self.assertEqual('ACTIVE', server['status'])
        self.assertIsNone(server['OS-EXT-STS:task_state'])
        self.set(self.server, 'setDiskIO', self.SECOND['setDiskIO'])

    def test_undo_that_fails_too_says_what_was_lost(self):
        calls = self.domain(self.server).calls
        # The configuration, and then the running domain's undo.
        calls.fail('setSchedulerParametersFlags', 2)
        calls.fail('setSchedulerParametersFlags', 3)
        calls.fail('setSchedulerParametersFlags', 4)
        response = self.act(
            self.server, 'setCpuQuota', self.SECOND['setCpuQuota']
        )
        self.assert_refused(response, 500, 'could not be put back', 'cpu')
        self.assertEqual(self.before['record'], self.record(self.server))
