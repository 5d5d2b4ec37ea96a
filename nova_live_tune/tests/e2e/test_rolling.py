# SPDX-License-Identifier: Apache-2.0
"""Hosts with, without and with half of the extension, at one time."""

from typing import Any

from lab import hosts, variants, virsh
from lab.tenant import Tenant
from nova_live_tune.tests.e2e import base, operations, upgrade

COMPUTE1, COMPUTE2 = hosts.COMPUTES
QUOTA = {'setCpuQuota': {'quota': 40000, 'shares': 512}}
BODIES = (
    QUOTA,
    {'setInterface': {'interface': 1, 'outbound': {'average': 3000}}},
    {'setDiskIO': {'disk': 'vda', 'total_iops_sec': 77}},
)
#: What virsh has to say then, and what it says without: there is no limit in
#: the flavor.
TUNED = {'quota': 40000, 'shares': 512, 'average': 3000, 'total_iops_sec': 77}
UNTUNED = {'quota': -1, 'average': 0, 'total_iops_sec': 0}


class RollingTest(base.LabTest):
    SHAKES_HOSTS = True

    def setUp(self) -> None:
        super().setUp()
        self.admin = Tenant('lab-admin')
        self.macs: dict[str, str] = {}
        self.changed: set[hosts.Host] = set()
        self.addCleanup(lambda: variants.use(variants.OURS, *self.changed))

    def runs(self, variant: str, *where: hosts.Host) -> None:
        """Until the end of the test, or until they run another one."""
        self.changed |= {*where}
        variants.use(variant, *where)

    def boot(self, host: hosts.Host) -> operations.Subject:
        server = self.admin.boot(f'e2e-on-{host.name}', host=host.name)
        self.addCleanup(self.tenant.delete, server)
        return operations.Subject(server.name, server=server)

    def tune(self, subject: operations.Subject) -> None:
        for body in BODIES:
            self.tenant.tune(subject.server, body)
        # A plain API will not tell.
        first = self.tenant.limits(subject.server)['interfaces'][0]
        self.macs[subject.server.id] = first['mac_address']
        self.assert_reported(TUNED, subject)

    def post(self, subject: operations.Subject) -> Any:
        url = f'/servers/{subject.server.id}/action'
        return self.tenant.connection.compute.post(url, json=QUOTA)

    def assert_reported(
        self, wanted: dict[str, int], subject: operations.Subject
    ) -> None:
        """By virsh, of the CPU and of the first device of each kind."""
        host, domain = subject.host.name, subject.server.id
        mac = self.macs[domain]
        reported = {
            **virsh.cpu(host, domain),
            **virsh.interface(host, domain, mac)['outbound'],
            **virsh.disk(host, domain, 'vda'),
        }
        self.assertEqual(wanted, {knob: reported[knob] for knob in wanted})

    def test_a_plain_compute_host(self) -> None:
        subject = self.boot(COMPUTE1)
        self.tune(subject)
        self.runs(variants.PLAIN, COMPUTE2)
        self._is_named_before_an_upgrade()
        self._refuses(self.boot(COMPUTE2))

        operations.live_block_migration(subject)
        self.assertEqual(COMPUTE2, subject.host)
        # The source has put them into what it sent.
        self.assert_reported(TUNED, subject)
        self._refuses(subject)

        operations.hard_reboot(subject)
        self.assert_reported(UNTUNED, subject)
        self.assertEqual(40000, self._cpu(subject)['tuned']['quota'])

        operations.live_block_migration(subject)
        self.assertEqual(COMPUTE1, subject.host)
        operations.until(
            lambda: self._cpu(subject)['not_in_effect'] is None,
            'its limits are not back',
        )
        self.assert_reported(TUNED, subject)

    def _is_named_before_an_upgrade(self) -> None:
        code, told = upgrade.fault_with_hosts()
        self.assertEqual(2, code, told)
        self.assertIn('does not run the extension', told['compute2'])
        self.assertIn('nova-live-tune ', told['compute1'])

    def _refuses(self, subject: operations.Subject) -> None:
        """It is said that nothing is managed there, and all else works."""
        response = self.post(subject)
        self.assertEqual(501, response.status_code, response.text)
        self.assertIn('does not run the live-tune', response.text)
        limits = self.tenant.limits(subject.server)
        entries = [limits['cpu'], *limits['interfaces'], *limits['disks']]
        for entry in entries:
            self.assertIsNone(entry['effective'])
            if entry['tuned']:
                self.assertIn('nothing is managed', entry['not_in_effect'])

    def _cpu(self, subject: operations.Subject) -> Any:
        return self.tenant.limits(subject.server)['cpu']

    def test_the_ways_out(self) -> None:
        """The patches are reverted, or the package goes, with limits set."""
        first, second = self.boot(COMPUTE1), self.boot(COMPUTE1)
        self.tune(first)
        self.tune(second)
        self._plain_controller(first)
        self._plain_host(first)
        self._patched_without_the_package(second)

    def _plain_controller(self, subject: operations.Subject) -> None:
        self.runs(variants.PLAIN, hosts.CONTROLLER)
        self._has_no_such_action(subject)
        operations.hard_reboot(subject)
        self.assert_reported(TUNED, subject)

    def _plain_host(self, subject: operations.Subject) -> None:
        self.runs(variants.PLAIN, COMPUTE1)
        self.assert_reported(TUNED, subject)
        self._works(subject)
        self.assert_reported(UNTUNED, subject)

    def _patched_without_the_package(
        self, subject: operations.Subject
    ) -> None:
        self.runs(variants.PATCHED, hosts.CONTROLLER, COMPUTE1)
        self._has_no_such_action(subject)
        self.assert_reported(TUNED, subject)
        self._works(subject)
        self.assert_reported(UNTUNED, subject)
        self.boot(COMPUTE1).wait_for_guest()

    def _has_no_such_action(self, subject: operations.Subject) -> None:
        response = self.post(subject)
        self.assertEqual(400, response.status_code, response.text)
        self.assertIn('no such action', response.text)

    def _works(self, subject: operations.Subject) -> None:
        operations.stop_and_start(subject)
        operations.hard_reboot(subject)
        subject.wait_for_guest()
