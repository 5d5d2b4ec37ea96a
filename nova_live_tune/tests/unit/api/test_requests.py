# SPDX-License-Identifier: Apache-2.0
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.api import requests
from nova_live_tune.planning import Invalid


class CheckRangesTest(base.BaseTestCase):
    def _refused(self, target, settings, message):
        error = self.assertRaises(
            Invalid,
            requests.check_ranges,
            target,
            {target.action: settings},
        )
        self.assertEqual(message, str(error))

    def test_says_knob_value_and_range(self):
        self._refused(
            tunables.CPU,
            {'quota': 10},
            'quota 10 is not allowed: give 1000..17592186044415 microseconds '
            'per period and vCPU, or -1 for no limit; or null to go back to '
            'the flavor.',
        )

    def test_says_where_a_nested_knob_stands(self):
        self._refused(
            tunables.INTERFACE,
            {'interface': 1, 'outbound': {'burst': -1}},
            'outbound.burst -1 is not allowed: give 1..4194303 KiB, or 0 for '
            'no limit; or null to go back to the flavor.',
        )

    def test_a_number_in_quotes_is_none(self):
        self._refused(
            tunables.CPU,
            {'period': '1000'},
            "period '1000' is not allowed: give 1000..1000000 microseconds; "
            'or null to go back to the flavor.',
        )

    def test_shorthands_have_a_range_too(self):
        self._refused(
            tunables.INTERFACE,
            {'rate': 4194304},
            'rate 4194304 is not allowed: give 0..4194303 KiB/s; or null to '
            'go back to the flavor.',
        )

    def test_shapes_are_left_to_the_schema(self):
        for settings in (None, [], 7, {'inbound': 5}, {'outbound': None}):
            requests.check_ranges(
                tunables.INTERFACE, {'setInterface': settings}
            )
        requests.check_ranges(tunables.CPU, None)


class WantedTest(base.BaseTestCase):
    def test_flat_names_and_null(self):
        body = {
            'setInterface': {
                'interface': 1,
                'inbound': {'average': 5, 'peak': None},
                'outbound': {},
            }
        }
        self.assertEqual(
            {'inbound_average': 5, 'inbound_peak': None},
            requests.wanted(tunables.INTERFACE, body),
        )

    def test_rate_stands_for_all(self):
        for value in (10240, 0, None):
            self.assertEqual(
                dict.fromkeys(tunables.INTERFACE.names, value),
                requests.wanted(
                    tunables.INTERFACE,
                    {'setInterface': {'interface': 1, 'rate': value}},
                ),
            )

    def test_rate_beside_what_it_stands_for(self):
        body = {'setInterface': {'rate': 7, 'inbound': {'peak': 9}}}
        error = self.assertRaises(
            Invalid, requests.wanted, tunables.INTERFACE, body
        )
        self.assertIn('rate 7 cannot stand beside inbound.peak 9', str(error))

    def test_nothing_named(self):
        for target, settings, label in (
            (tunables.CPU, {}, 'quota, period, shares'),
            (tunables.INTERFACE, {'interface': 1, 'inbound': {}}, 'rate, '),
            (tunables.DISK, {'disk': 'vda'}, 'size_iops_sec'),
        ):
            error = self.assertRaises(
                Invalid, requests.wanted, target, {target.action: settings}
            )
            self.assertIn(f'{target.action} names nothing', str(error))
            self.assertIn(label, str(error))


class SelectorsTest(base.BaseTestCase):
    def _chosen(self, selection):
        return [
            requests.selectors(target, selection)
            for target in tunables.TARGETS
        ]

    def test_null_is_all(self):
        self.assertEqual([None, None, None], self._chosen(None))

    def test_cpu_has_nothing_to_select_from(self):
        self.assertEqual([None, [], []], self._chosen({'cpu': True}))

    def test_devices(self):
        self.assertEqual(
            [[], [1], ['vda', 'vdb']],
            self._chosen(
                {'cpu': False, 'interfaces': [1], 'disks': ['vda', 'vdb']}
            ),
        )

    def test_nothing_named(self):
        self.assertRaises(
            Invalid, requests.selectors, tunables.CPU, {'cpu': False}
        )
