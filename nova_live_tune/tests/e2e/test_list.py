# SPDX-License-Identifier: Apache-2.0
"""Which servers have limits set live, by a real database's search."""

import time
from typing import Any

from lab.tenant import Tenant
from nova_live_tune.client import errors
from nova_live_tune.client.api import LiveTune
from nova_live_tune.tests.e2e import base

#: Seconds.
PATIENCE = 30
REQUESTS = (
    {'setCpuQuota': {'quota': 40000}},
    {'setInterface': {'interface': 2, 'rate': 1000}},
    {'setDiskIO': {'disk': 'vda', 'total_iops_sec': 900}},
)


def listed(tenant: Tenant, **query: Any) -> dict[str, Any]:
    """What a user finds, by the id of the server."""
    found = LiveTune(tenant.connection.compute).list(**query)
    return {server['id']: server for server in found}


class ListTest(base.LabTest):
    def setUp(self) -> None:
        super().setUp()
        self.servers = []
        for number in range(3):
            server = self.tenant.boot(f'e2e-ListTest-{number}')
            self.addCleanup(self.tenant.delete, server)
            self.servers.append(server)

    def _found(self, tenant: Tenant, **query: Any) -> list[str]:
        """Which of the servers are found, in their order."""
        known = [server.id for server in self.servers]
        return [found for found in listed(tenant, **query) if found in known]

    def test_servers_come_and_go_with_their_limits(self) -> None:
        first, second, third = self.servers
        self.assertEqual([], self._found(self.tenant))
        for request in REQUESTS:
            self.tenant.tune(first, request)
        self.tenant.tune(third, REQUESTS[2])
        self._check_limits(first)
        # The newest is the first, however many there are on a page.
        tuned = [third.id, first.id]
        self.assertEqual(tuned, self._found(self.tenant))
        self.assertEqual(tuned, self._found(self.tenant, limit=1))
        self._check_others(first, tuned)
        self.tenant.tune(first, {'resetLiveTune': None})
        self.tenant.tune(second, REQUESTS[0])
        self.assertEqual([third.id, second.id], self._found(self.tenant))
        self.tenant.delete(third)
        self._wait_until_gone(third)
        self.assertEqual([second.id], self._found(self.tenant))

    def _wait_until_gone(self, server: Any) -> None:
        """Nova says that it is deleted a moment before it has done so."""
        end = time.monotonic() + PATIENCE
        while self.tenant.connection.compute.find_server(server.id):
            self.assertLess(time.monotonic(), end, 'It is still there.')
            time.sleep(0.2)

    def _check_limits(self, server: Any) -> None:
        """It has what the read-back has."""
        found = listed(self.tenant)[server.id]
        self.assertNotIn('host', found)
        limits = self.tenant.limits(server)
        self.assertEqual(
            limits['cpu']['tuned'], found['live_tune']['cpu']['tuned']
        )
        for kind in ('interfaces', 'disks'):
            self.assertEqual(
                [entry['tuned'] for entry in limits[kind] if entry['tuned']],
                [entry['tuned'] for entry in found['live_tune'][kind]],
            )

    def _check_others(self, server: Any, tuned: list[str]) -> None:
        """A reader finds the same; only an admin searches by host."""
        reader, admin = Tenant('lab-reader'), Tenant('lab-admin')
        self.assertEqual(tuned, self._found(reader))
        for query in ({'all_tenants': 1}, {'host': 'compute1'}):
            refused = self.assertRaises(
                errors.Refused, listed, self.tenant, **query
            )
            self.assertEqual(403, refused.status)
        found = listed(admin, all_tenants=1)[server.id]
        host = admin.connection.compute.get_server(server).compute_host
        self.assertEqual(host, found['host'])
        there = self._found(admin, all_tenants=1, host=host)
        self.assertIn(server.id, there)
        self.assertEqual([], self._found(admin, all_tenants=1, host='none'))
