# SPDX-License-Identifier: Apache-2.0
"""Two NICs and two disks are told apart, however they are named."""

from typing import Any

from nova_live_tune.tests.e2e import base

FREE = {'average': 0, 'peak': 0, 'burst': 0}


class DevicesTest(base.ServerTest):
    def averages(self) -> list[int]:
        """virsh's word, in the order of the read-back."""
        nics = self.reported()['interfaces']
        return [nic['inbound']['average'] for nic in nics]

    def rates(self) -> list[int]:
        return [disk['read_iops_sec'] for disk in self.reported()['disks']]

    def limit_nic(self, selector: Any, average: int) -> dict[str, Any]:
        way = {'inbound': {'average': average}}
        return self.tune({'setInterface': {'interface': selector, **way}})

    def limit_disk(self, selector: str, rate: int) -> dict[str, Any]:
        return self.tune(
            {'setDiskIO': {'disk': selector, 'read_iops_sec': rate}}
        )

    def test_interfaces_by_position(self) -> None:
        first = self.limit_nic(1, 1111)
        second = self.limit_nic(2, 2222)
        self.assertEqual([1111, 2222], self.averages())
        self.assertEqual([1, 2], [first['index'], second['index']])

    def test_interface_by_port_id(self) -> None:
        port = self.limits()['interfaces'][1]['port_id']
        entry = self.limit_nic(port, 3333)
        self.assertEqual([0, 3333], self.averages())
        self.assertEqual((2, port), (entry['index'], entry['port_id']))

    def test_interface_by_mac_address_in_either_case(self) -> None:
        mac = self.limits()['interfaces'][1]['mac_address']
        self.limit_nic(mac, 4444)
        self.assertEqual([0, 4444], self.averages())
        self.limit_nic(mac.upper(), 5555)
        self.assertEqual([0, 5555], self.averages())

    def test_the_other_direction_stays_as_it_is(self) -> None:
        self.limit_nic(1, 1111)
        nic = self.reported()['interfaces'][0]
        self.assertEqual(FREE, nic['outbound'])

    def test_disks_by_device_name(self) -> None:
        self.limit_disk('vda', 111)
        entry = self.limit_disk('/dev/vdb', 222)
        self.assertEqual([111, 222], self.rates())
        self.assertEqual('vdb', entry['device'])

    def test_the_server_has_two_of_each(self) -> None:
        limits = self.limits()
        ports = {nic['port_id'] for nic in limits['interfaces']}
        self.assertEqual(2, len(ports))
        devices = [disk['device'] for disk in limits['disks']]
        self.assertEqual(['vda', 'vdb'], sorted(devices))
        roots = [d['device'] for d in limits['disks'] if d['boot_index'] == 0]
        self.assertEqual(['vda'], roots)

    def test_what_is_not_there(self) -> None:
        for body in (
            {'setInterface': {'interface': 3, 'rate': 1000}},
            {'setInterface': {'interface': 'fa:16:3e:0:0:0', 'rate': 1000}},
            {'setDiskIO': {'disk': 'vdz', 'total_iops_sec': 10}},
        ):
            response = self.post(body)
            self.assertEqual(404, response.status_code, response.text)
            self.assertIn('it has:', response.text)
