# SPDX-License-Identifier: Apache-2.0
from unittest import mock

import testtools

from nova_live_tune.client import errors, sampling

PORT = '12345678-90ab-4cde-8f01-234567890abc'
AT = '2026-11-21T16:40:07.500000Z'
DIAGNOSTICS = {
    'cpu0_time': 1000,
    'cpu1_time': 2000,
    'tap12345678-90_rx': 10240,
    'tap12345678-90_rx_packets': 7,
    'tap12345678-90_tx': 2048,
    'vda_read': 100,
    'vda_read_req': 1,
    'vda_write': 200,
    'vda_write_req': 2,
    'vda_errors': -1,
    'vdb_read': 900,
    'memory': 65536,
}
OF_DIAGNOSTICS = {
    'cpu:0': 1000,
    'cpu:1': 2000,
    f'interface:{PORT}:inbound_bytes': 10240,
    f'interface:{PORT}:outbound_bytes': 2048,
    'disk:vda:read_bytes': 100,
    'disk:vda:write_bytes': 200,
    'disk:vda:read_operations': 1,
    'disk:vda:write_operations': 2,
}
CPU = {
    'at': AT,
    'time': 4000,
    'vcpu_times': [1000, None, 2000],
    'periods': 100,
    'throttled_periods': None,
    'throttled_time': None,
    'not_observed': None,
}
NIC = {
    'at': AT,
    'inbound': {'bytes': 10240, 'packets': 7, 'drops': 0},
    'outbound': {'bytes': 2048, 'packets': 6, 'drops': 1},
}
DISK = {
    'at': AT,
    'read_bytes': 100,
    'read_operations': 1,
    'write_bytes': None,
    'write_operations': 2,
}


def live_tune(cpu=CPU, nic=NIC, disk=DISK):
    return {
        'cpu': {'observed': cpu},
        'interfaces': [{'port_id': PORT, 'observed': nic}],
        'disks': [{'device': 'vda', 'observed': disk}],
    }


class SampleTest(testtools.TestCase):
    def test_of_diagnostics_what_the_read_back_lists(self):
        found = sampling.of_diagnostics(DIAGNOSTICS, live_tune(), 5.0)
        self.assertEqual(sampling.Sample(5.0, OF_DIAGNOSTICS), found)

    def test_of_what_is_observed(self):
        found = sampling.of_observed(live_tune())
        self.assertEqual(1795279207.5, found.at)
        self.assertEqual(
            {
                'cpu:0': 1000,
                'cpu:2': 2000,
                'cpu:time': 4000,
                'cpu:periods': 100,
                f'interface:{PORT}:inbound_bytes': 10240,
                f'interface:{PORT}:inbound_packets': 7,
                f'interface:{PORT}:inbound_drops': 0,
                f'interface:{PORT}:outbound_bytes': 2048,
                f'interface:{PORT}:outbound_packets': 6,
                f'interface:{PORT}:outbound_drops': 1,
                'disk:vda:read_bytes': 100,
                'disk:vda:read_operations': 1,
                'disk:vda:write_operations': 2,
            },
            found.counters,
        )

    def test_of_some(self):
        found = sampling.of_observed(live_tune(cpu=None, nic=None))
        self.assertEqual(1795279207.5, found.at)
        self.assertEqual(3, len(found.counters))

    def test_of_nothing(self):
        self.assertIsNone(sampling.of_observed(live_tune(None, None, None)))


class LookTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.client = mock.Mock()

    def look(self):
        return sampling.look(self.client, 's1', lambda: 5.0)

    def test_what_is_observed_is_enough(self):
        self.client.show.return_value = live_tune()
        seen = self.look()
        self.client.show.assert_called_once_with('s1', observed=True)
        self.client.diagnostics.assert_not_called()
        self.assertEqual(live_tune(), seen.live_tune)
        self.assertEqual(1000, seen.sample.counters['cpu:0'])
        self.assertIsNone(seen.refusal)

    def test_a_server_of_which_nobody_can_tell(self):
        self.client.show.return_value = live_tune(None, None, None)
        seen = self.look()
        self.client.diagnostics.assert_not_called()
        self.assertEqual(sampling.Sample(5.0, {}), seen.sample)
        self.assertEqual(409, seen.refusal.status)
        self.assertIn('does not run', seen.refusal.sentence)

    def test_a_refusal(self):
        self.client.show.side_effect = errors.Refused(403, 'No.')
        self.assertRaises(errors.Refused, self.look)
        self.client.diagnostics.assert_not_called()

    def _older(self):
        def show(server_id, observed=False):
            if observed:
                raise errors.TooOld()
            return live_tune()

        self.client.show.side_effect = show

    def test_an_older_extension(self):
        self._older()
        self.client.diagnostics.return_value = DIAGNOSTICS
        seen = self.look()
        self.assertEqual(sampling.Sample(5.0, OF_DIAGNOSTICS), seen.sample)
        self.assertIsNone(seen.refusal)

    def test_an_older_extension_whose_diagnostics_are_denied(self):
        self._older()
        refusal = errors.Refused(403, 'No.')
        self.client.diagnostics.side_effect = refusal
        seen = self.look()
        self.assertEqual(live_tune(), seen.live_tune)
        self.assertEqual({}, seen.sample.counters)
        self.assertIs(refusal, seen.refusal)
