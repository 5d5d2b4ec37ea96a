# SPDX-License-Identifier: Apache-2.0
"""Compute hosts that cannot answer, over the real message bus.

Those without the extension are in test_rolling.
"""

import signal
import time
from typing import Any

from lab import hosts, supervisor
from lab.probe import on
from lab.tenant import Tenant
from nova_live_tune.tests.e2e import base, operations

QUOTA = {'setCpuQuota': {'quota': 40000}}
SERVICE = operations.SERVICE
PATIENCE = 120


class HostsTest(base.ServerTest):
    def setUp(self) -> None:
        super().setUp()
        self.host = hosts.find(self.guest.host)
        self.admin = Tenant('lab-admin').connection.compute

    def service(self) -> Any:
        return next(self.admin.services(binary=SERVICE, host=self.host.name))

    def wait_for(self, state: str) -> None:
        end = time.monotonic() + PATIENCE
        while self.service().state != state:
            self.assertLess(time.monotonic(), end, f'{SERVICE} is not {state}')
            time.sleep(0.5)

    def test_a_host_that_is_down(self) -> None:
        with operations.stopped(self.host, SERVICE):
            service = self.service()
            self.admin.update_service_forced_down(service, forced=True)
            self.addCleanup(self._up_again, service)
            self.wait_for('down')
            response = self.post(QUOTA)
            self.assertEqual(503, response.status_code, response.text)
            self.assertIn('is down', response.text)
            limits = self.limits()
        self.assertIsNone(limits['cpu']['effective'])
        self.assertEqual({}, limits['cpu']['tuned'])

    def _up_again(self, service: Any) -> None:
        self.admin.update_service_forced_down(service, forced=False)
        self.wait_for('up')

    def test_a_host_that_does_not_answer(self) -> None:
        """Whoever asked has to read back, since it may be done later."""
        # nova-compute stopped like this would lose its bus, too, and take
        # minutes to be back.
        pid = str(supervisor.processes(self.host)['libvirtd']['pid'])
        self.addCleanup(self.post, {'resetLiveTune': None})
        on(self.host.name, 'kill', f'-{signal.SIGSTOP:d}', pid)
        try:
            response = self.post(QUOTA)
        finally:
            on(self.host.name, 'kill', f'-{signal.SIGCONT:d}', pid)
        self.assertEqual(504, response.status_code, response.text)
        self.assertIn('read them back', response.text)
        # The call is on its way yet, and what was asked comes about.
        end = time.monotonic() + PATIENCE
        while self.limits()['cpu']['tuned'] != {'quota': 40000}:
            self.assertLess(time.monotonic(), end, self.limits()['cpu'])
            time.sleep(0.5)
        self.assertEqual(40000, self.effective()['cpu']['quota'])
        self.assertEqual(self.reported(), self.effective())
