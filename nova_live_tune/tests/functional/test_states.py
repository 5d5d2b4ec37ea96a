# SPDX-License-Identifier: Apache-2.0
"""Which states of a server allow tuning: ACTIVE and PAUSED."""

import pathlib

import fixtures
import nova.conf

from nova_live_tune.compute import rpcapi
from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.test_missing import BODIES

CONF = nova.conf.CONF


class StateTest(base.OneServerTestBase):
    def _all_refused(self, *words, api=None):
        before = self.record(self.server)
        for action, body in BODIES.items():
            response = self.act(self.server, action, body, api)
            self.assert_refused(response, 409, *words)
        self.assertEqual(before, self.record(self.server))

    def _all_accepted(self, api=None):
        for action, body in BODIES.items():
            self.set(self.server, action, body, api)

    def _do(self, action, status, body=None):
        self.api.post_server_action(self.server['id'], {action: body})
        self._wait_for_state_change(self.server, status)

    def test_locked_server_is_for_admins_only(self):
        self.api.post_server_action(self.server['id'], {'lock': None})
        before = self.standing(self.server)
        self._all_refused('lock')
        self.assert_nothing_changed(self.server, before)
        self._all_accepted(self.admin_api)

    def test_locked_server_can_be_shown(self):
        self.api.post_server_action(self.server['id'], {'lock': None})
        self.assertIsNotNone(self.show(self.server)['cpu']['effective'])

    def test_busy_server(self):
        self.set_task_state('powering-off')
        before = self.standing(self.server)
        self._all_refused('task_state', 'powering-off')
        self.assert_nothing_changed(self.server, before)

    def test_server_that_gets_busy_on_the_way_to_its_host(self):
        original = rpcapi.API.tune

        def busy_by_then(*args, **kwargs):
            self.set_task_state('rebooting')
            return original(*args, **kwargs)

        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_live_tune.compute.rpcapi.API.tune', busy_by_then
            )
        )
        before = self.standing(self.server)
        response = self.act(self.server, 'setCpuQuota', {'quota': 50000})
        self.assert_refused(response, 409, 'task_state', 'rebooting')
        self.assert_nothing_changed(self.server, before)

    def test_stopped_server(self):
        self._stop_server(self.server)
        self._all_refused('stopped')
        self._start_server(self.server)
        self._all_accepted()

    def test_suspended_server(self):
        self._do('suspend', 'SUSPENDED')
        self._all_refused('suspended')

    def test_rescued_server(self):
        # Nova saves the domain's XML there, and its fakes make no folder.
        folder = pathlib.Path(CONF.instances_path, self.server['id'])
        folder.mkdir()
        self._do('rescue', 'RESCUE')
        self._all_refused('rescued')

    def test_paused_server_is_tuned(self):
        self._do('pause', 'PAUSED')
        self.set(self.server, 'setCpuQuota', {'quota': 50000})
        self.assertEqual(50000, self.live(self.server)['cpu']['vcpu_quota'])
        self._all_accepted()

    def test_server_whose_domain_is_shut_off_behind_novas_back(self):
        self.domain(self.server).destroy()
        self._all_refused(self.server['id'])
