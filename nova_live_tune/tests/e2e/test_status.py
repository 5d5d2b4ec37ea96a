# SPDX-License-Identifier: Apache-2.0
"""What the check before an upgrade says; of a plain host in test_rolling."""

from typing import Any

from lab.hosts import COMPUTES, CONTROLLER, Host
from lab.tenant import Tenant
from nova_live_tune.tests.e2e import base, upgrade

SERVICE = 'nova-compute'


class StatusTest(base.LabTest):
    def assert_green(self, host: Host) -> dict[str, dict[str, Any]]:
        code, rows = upgrade.check(host)
        self.assertEqual(0, code, rows)
        self.assertEqual({0}, {row['result'] for row in rows.values()})
        return rows

    def test_the_controller_lists_every_host(self) -> None:
        told = upgrade.told_of_hosts(self.assert_green(CONTROLLER))
        self.assertEqual({host.name for host in COMPUTES}, set(told))
        for line in told.values():
            for word in ('nova-live-tune ', 'series ', 'libvirt ', 'QEMU '):
                self.assertIn(word, line)

    def test_a_compute_host_looks_at_itself(self) -> None:
        for host in COMPUTES:
            rows = self.assert_green(host)
            self.assertEqual({host.name}, set(upgrade.told_of_hosts(rows)))
            self.assertIn('was tried', rows['Traffic control']['details'])
            self.assertIn('cpu controller', rows['CPU cgroup']['details'])

    def test_a_host_that_is_down_is_named(self) -> None:
        admin = Tenant('lab-admin').connection.compute
        _, compute2 = COMPUTES
        service = next(admin.services(binary=SERVICE, host=compute2.name))
        admin.update_service_forced_down(service, forced=True)
        self.addCleanup(
            admin.update_service_forced_down, service, forced=False
        )
        code, told = upgrade.fault_with_hosts()
        self.assertEqual(1, code, told)
        self.assertIn('is down', told['compute2'])
