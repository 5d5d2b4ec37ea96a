# SPDX-License-Identifier: Apache-2.0
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.compute import readback
from nova_live_tune.tests.unit import fakes


class EntryTest(base.BaseTestCase):
    def test_names_and_limits(self):
        device = fakes.nic({'inbound_average': 1})
        self.assertEqual(
            {
                **device.names,
                'flavor': {'inbound': {'average': 1}},
                'tuned': {'outbound': {'peak': 2}},
                'effective': {'inbound': {'average': 3}},
                'bounds': {
                    f'vif_inbound_{knob}': {
                        'min': None,
                        'max': 1,
                        'set_by_admin': False,
                    }
                    for knob in ('average', 'peak', 'burst')
                },
                'expires_at': '2026-11-21T12:00:00Z',
                'not_in_effect': None,
            },
            readback.entry(
                device,
                {'outbound_peak': 2},
                {'inbound_average': 3},
                ends=1795262400.9,
            ),
        )

    def test_nobody_can_tell_what_is_in_effect(self):
        self.assertEqual(
            {
                'flavor': {},
                'tuned': {'quota': 5000},
                'effective': None,
                'bounds': {},
                'expires_at': None,
                'not_in_effect': 'it is off.',
            },
            readback.entry(fakes.cpu(), {'quota': 5000}, None, 'it is off.'),
        )

    def test_where_nothing_was_set_nothing_is_out_of_effect(self):
        entry = readback.entry(fakes.cpu(), {}, None, 'it is off.')
        self.assertIsNone(entry['not_in_effect'])


class ChangesTest(base.BaseTestCase):
    def test_each_knob_that_differs(self):
        self.assertEqual(
            {'inbound': {'peak': {'from': 0, 'to': 9}}},
            readback.changes(
                tunables.INTERFACE,
                {'inbound_average': 1, 'inbound_peak': 0},
                {'inbound_average': 1, 'inbound_peak': 9},
            ),
        )


class ObservedTest(base.BaseTestCase):
    def test_beside_what_limits_it(self):
        self.assertEqual(
            [{'which': 1, 'observed': {'time': 5}}, {'observed': None}],
            readback.with_observed([{'which': 1}, {}], [{'time': 5}, None]),
        )


class CollectTest(base.BaseTestCase):
    def test_one_cpu_and_lists_of_the_others(self):
        devices = [fakes.cpu(), fakes.nic(), fakes.nic(), fakes.disk()]
        entries = [{'which': i} for i in range(4)]
        self.assertEqual(
            {
                'cpu': {'which': 0},
                'interfaces': [{'which': 1}, {'which': 2}],
                'disks': [{'which': 3}],
            },
            readback.collect(devices, entries),
        )

    def test_what_is_not_there_is_left_out(self):
        self.assertEqual(
            {'disks': [{}]}, readback.collect([fakes.disk()], [{}])
        )
