# SPDX-License-Identifier: Apache-2.0
import ipaddress
import os
import subprocess
import unittest

from lab import hosts, settings
from lab.hosts import COMPUTES


class TestHosts(unittest.TestCase):
    def test_addresses(self) -> None:
        network = ipaddress.ip_network(
            f'{settings.NETWORK}.0/{settings.PREFIX}'
        )
        machine = ipaddress.ip_address(f'{settings.NETWORK}.1')
        found = {ipaddress.ip_address(host.address) for host in hosts.HOSTS}
        self.assertEqual(len(hosts.HOSTS), len(found))
        self.assertNotIn(machine, found)
        self.assertTrue(all(address in network for address in found))

    def test_the_machine_knows_no_way_to_the_migration_network(self) -> None:
        network = ipaddress.ip_network(
            f'{settings.NETWORK}.0/{settings.PREFIX}'
        )
        found = {ipaddress.ip_address(host.move_address) for host in COMPUTES}
        self.assertEqual(len(COMPUTES), len(found))
        self.assertFalse(any(address in network for address in found))

    def test_cables_have_names_that_fit(self) -> None:
        for host in hosts.HOSTS:
            self.assertLessEqual(len(f'mgmt-{host.name}'), 15)

    def test_find(self) -> None:
        self.assertIs(hosts.CONTROLLER, hosts.find('controller'))
        with self.assertRaisesRegex(SystemExit, 'compute1'):
            hosts.find('compute')

    def test_a_mark_alone_makes_no_host(self) -> None:
        """Other processes inherit it, and are not their namespace's first."""
        host = hosts.Host('nobody', 'compute', 99)
        name, _, value = hosts.mark(host).partition('=')
        with subprocess.Popen(
            ['sleep', '60'], env={**os.environ, name: value}
        ) as other:
            try:
                self.assertIsNone(hosts.first_process(host))
            finally:
                other.kill()

    def test_off(self) -> None:
        host = hosts.Host('nobody', 'compute', 99)
        self.assertFalse(hosts.is_outdated(host))
        with self.assertRaisesRegex(SystemExit, 'nobody is off'):
            hosts.enter(host)
