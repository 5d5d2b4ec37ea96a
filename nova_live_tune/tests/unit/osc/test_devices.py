# SPDX-License-Identifier: Apache-2.0
"""What passes as it is, and what is asked of whom."""

from unittest import mock

import testtools
from osc_lib import exceptions

from nova_live_tune.osc import devices

PORT = '3dc9f2d6-4a0a-4fae-8ae7-3f2c6432414e'
MAC = 'fa:16:3e:9d:c2:8C'


def named(name, id):
    made = mock.Mock(id=id)
    made.name = name
    return made


class InterfaceTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.cloud = mock.Mock()
        self.cloud.network.ports.return_value = [
            named('front', 'p1'), named('twin', 'p2'), named('twin', 'p3'),
        ]  # fmt: skip
        self.cloud.compute.server_interfaces.return_value = [
            mock.Mock(port_id='p1', fixed_ips=[{'ip_address': '10.0.0.5'}]),
            mock.Mock(port_id='p2', fixed_ips=None),
            mock.Mock(
                port_id='p3',
                fixed_ips=[
                    {'ip_address': '10.0.0.6'},
                    {'ip_address': 'fd::5'},
                ],
            ),
        ]

    def _find(self, given):
        return devices.interface(self.cloud, 's1', given)

    def test_what_the_api_takes_passes_unasked(self):
        self.assertEqual(2, self._find('2'))
        self.assertEqual(PORT, self._find(PORT))
        self.assertEqual(MAC, self._find(MAC))
        self.assertEqual([], self.cloud.mock_calls)

    def test_names_are_those_of_the_server_s_ports(self):
        self.assertEqual('p1', self._find('front'))
        self.cloud.network.ports.assert_called_once_with(device_id='s1')

    def test_addresses(self):
        self.assertEqual('p1', self._find('10.0.0.5'))
        self.assertEqual('p3', self._find('fd:0::0005'))
        self.cloud.compute.server_interfaces.assert_called_with('s1')

    def test_none_or_several(self):
        for given, count in (
            ('twin', '2 of'), ('back', 'no'), ('10.0.0.7', 'no'),
        ):  # fmt: skip
            error = self.assertRaises(
                exceptions.CommandError, self._find, given
            )
            expected = f'The server has {count} interface {given}: give'
            self.assertIn(expected, str(error))


class DiskTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.cloud = mock.Mock()
        self.cloud.compute.volume_attachments.return_value = [
            mock.Mock(volume_id=id) for id in ('v1', 'v2', 'v3')
        ]
        volumes = {'v1': 'data', 'v2': 'twin', 'v3': 'twin'}
        self.cloud.block_storage.get_volume = lambda id: named(volumes[id], id)

    def _find(self, given):
        return devices.disk(self.cloud, 's1', given)

    def test_what_the_api_takes_passes_unasked(self):
        for given in ('vda', '/dev/vdb', 'sda', 'xvda', 'hdaa', PORT):
            self.assertEqual(given, self._find(given))
        self.assertEqual([], self.cloud.mock_calls)

    def test_names_are_those_of_the_server_s_volumes(self):
        self.assertEqual('v1', self._find('data'))
        self.cloud.compute.volume_attachments.assert_called_once_with('s1')

    def test_none_or_several(self):
        for given, count in (('twin', '2 of'), ('logs', 'no')):
            error = self.assertRaises(
                exceptions.CommandError, self._find, given
            )
            expected = f'The server has {count} disk {given}: give'
            self.assertIn(expected, str(error))
