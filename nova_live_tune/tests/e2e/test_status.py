# SPDX-License-Identifier: Apache-2.0
"""nova-live-tune-status upgrade check, as an operator runs it."""

import json
import subprocess
from typing import Any

from lab import hosts, settings, variants
from lab.hosts import COMPUTES, CONTROLLER, Host
from lab.tenant import Tenant
from nova_live_tune.tests.e2e import base

SERVICE = 'nova-compute'
COMMAND = settings.VENV / 'bin' / 'nova-live-tune-status'


def run(host: Host) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and each check's row."""
    done = subprocess.run(
        [
            *hosts.enter(host),
            COMMAND,
            '--config-file',
            host.etc / 'nova' / 'nova.conf',
            'upgrade',
            'check',
            '--json',
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if not done.stdout.startswith('{'):
        raise AssertionError(f'{done.stdout}{done.stderr}')
    rows = json.loads(done.stdout)['checks']
    return done.returncode, {row['check']: row for row in rows}


class StatusTest(base.LabTest):
    SHAKES_HOSTS = True

    def setUp(self) -> None:
        super().setUp()
        self.compute1, self.compute2 = COMPUTES
        self.admin = Tenant('lab-admin').connection.compute

    def assert_green(self, host: Host) -> dict[str, dict[str, Any]]:
        code, rows = run(host)
        self.assertEqual(0, code, rows)
        self.assertEqual({0}, {row['result'] for row in rows.values()})
        return rows

    def hosts_of(self, rows: dict[str, dict[str, Any]]) -> dict[str, str]:
        lines = rows['Compute hosts']['details'].splitlines()
        return dict(line.split(': ', 1) for line in lines)

    def assert_only_hosts(self, code: int) -> dict[str, str]:
        """The controller finds fault with hosts, and with nothing else."""
        found, rows = run(CONTROLLER)
        self.assertEqual(code, found, rows)
        bad = {name for name, row in rows.items() if row['result']}
        self.assertEqual({'Compute hosts'}, bad, rows)
        return self.hosts_of(rows)

    def test_the_controller_lists_every_host(self) -> None:
        told = self.hosts_of(self.assert_green(CONTROLLER))
        self.assertEqual({host.name for host in COMPUTES}, set(told))
        for line in told.values():
            for word in ('nova-live-tune ', 'series ', 'libvirt ', 'QEMU '):
                self.assertIn(word, line)

    def test_a_compute_host_looks_at_itself(self) -> None:
        for host in COMPUTES:
            rows = self.assert_green(host)
            self.assertEqual({host.name}, set(self.hosts_of(rows)))
            self.assertIn('was tried', rows['Traffic control']['details'])
            self.assertIn('cpu controller', rows['CPU cgroup']['details'])

    def test_an_unpatched_host_is_named(self) -> None:
        self.addCleanup(variants.use, self.compute2, variants.OURS)
        variants.use(self.compute2, variants.PLAIN)
        told = self.assert_only_hosts(2)
        self.assertIn('does not run the extension', told['compute2'])
        self.assertIn('nova-live-tune ', told['compute1'])

    def test_a_host_that_is_down_is_named(self) -> None:
        service = next(
            self.admin.services(binary=SERVICE, host=self.compute2.name)
        )
        self.admin.update_service_forced_down(service, forced=True)
        self.addCleanup(
            self.admin.update_service_forced_down, service, forced=False
        )
        told = self.assert_only_hosts(1)
        self.assertIn('is down', told['compute2'])
