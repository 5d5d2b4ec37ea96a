# SPDX-License-Identifier: Apache-2.0
from oslotest import base

from nova_live_tune import tunables


class TableTest(base.BaseTestCase):
    def test_every_knob_of_the_contract_is_there(self):
        self.assertEqual(('quota', 'period', 'shares'), tunables.CPU.names)
        self.assertEqual(
            {
                f'{direction}_{name}'
                for direction in ('inbound', 'outbound')
                for name in ('average', 'peak', 'burst')
            },
            set(tunables.INTERFACE.names),
        )
        throttles = {
            f'{op}_{kind}_sec{suffix}'
            for op in ('total', 'read', 'write')
            for kind in ('bytes', 'iops')
            for suffix in ('', '_max', '_max_length')
        }
        self.assertEqual(
            throttles | {'size_iops_sec'}, set(tunables.DISK.names)
        )

    def test_names_and_codes_are_unique(self):
        for target in tunables.TARGETS:
            for attribute in ('name', 'title', 'code', 'libvirt_key'):
                values = [getattr(knob, attribute) for knob in target]
                self.assertEqual(len(values), len(set(values)), attribute)

    def test_knobs_refer_to_knobs_that_come_before(self):
        for target in tunables.TARGETS:
            seen = set()
            for knob in target:
                seen.add(knob.name)
                others = {*knob.needs, knob.at_least or knob.name}
                self.assertLessEqual(others, seen)

    def test_nova_names_the_knobs_so_in_a_flavor(self):
        self.assertEqual('quota:cpu_quota', tunables.CPU['quota'].flavor_key)
        self.assertEqual(
            'quota:vif_inbound_peak',
            tunables.INTERFACE['inbound_peak'].flavor_key,
        )
        with_key = [k for k in tunables.DISK if k.flavor_key]
        self.assertEqual(
            {
                f'quota:disk_{op}_{kind}_sec'
                for op in ('total', 'read', 'write')
                for kind in ('bytes', 'iops')
            },
            {k.flavor_key for k in with_key},
        )

    def test_cinder_names_13_of_them_in_a_qos_spec(self):
        keys = [k.qos_key for k in tunables.DISK if k.qos_key]
        self.assertEqual(13, len(keys))
        self.assertIn('total_bytes_sec_max', keys)
        self.assertNotIn('total_bytes_sec_max_length', keys)

    def test_every_value_that_stands_unasked_is_accepted(self):
        for target in tunables.TARGETS:
            for name, value in target.defaults().items():
                self.assertTrue(target[name].accepts(value), name)

    def test_shares_that_stand_unasked_are_in_the_hosts_range(self):
        for version, (low, high) in tunables.SHARES_RANGES.items():
            self.assertTrue(
                low <= tunables.SHARES_DEFAULTS[version] <= high, version
            )


class KnobTest(base.BaseTestCase):
    def test_accepts_its_range_and_its_unlimited_value(self):
        quota = tunables.CPU['quota']
        for value in (-1, 1000, 17592186044415):
            self.assertTrue(quota.accepts(value), value)
        for value in (-2, 0, 999, 17592186044416):
            self.assertFalse(quota.accepts(value), value)

    def test_accepts_integers_only(self):
        average = tunables.INTERFACE['inbound_average']
        for value in (True, False, 10.0, '10', None, [10]):
            self.assertFalse(average.accepts(value), value)

    def test_range_in_words(self):
        self.assertEqual(
            '1000..17592186044415 microseconds per period and vCPU, or -1 '
            'for no limit',
            tunables.CPU['quota'].range,
        )
        self.assertEqual(
            '1000..1000000 microseconds', tunables.CPU['period'].range
        )

    def test_label_is_the_place_in_a_request(self):
        self.assertEqual(
            'inbound.average', tunables.INTERFACE['inbound_average'].label
        )


class ShorthandTest(base.BaseTestCase):
    def test_rate_takes_what_each_of_its_knobs_takes(self):
        (rate,) = tunables.INTERFACE.shorthands
        self.assertEqual(tunables.INTERFACE.names, rate.knobs)
        for value in (0, 1, rate.maximum):
            self.assertTrue(rate.accepts(value))
            for name in rate.knobs:
                self.assertTrue(tunables.INTERFACE[name].accepts(value))
        for value in (-1, rate.maximum + 1, True, None):
            self.assertFalse(rate.accepts(value))


class TargetTest(base.BaseTestCase):
    def test_nest_gives_the_shape_of_a_request(self):
        self.assertEqual(
            {'inbound': {'average': 1, 'burst': 3}, 'outbound': {'peak': 2}},
            tunables.INTERFACE.nest(
                {'outbound_peak': 2, 'inbound_average': 1, 'inbound_burst': 3}
            ),
        )

    def test_flatten_undoes_it(self):
        flat = {'outbound_peak': 2, 'inbound_average': 0}
        nested = {**tunables.INTERFACE.nest(flat), 'index': 1}
        self.assertEqual(flat, tunables.INTERFACE.flatten(nested))
        self.assertEqual({}, tunables.INTERFACE.flatten({'inbound': None}))

    def test_an_unknown_knob_is_no_knob(self):
        self.assertRaises(KeyError, lambda: tunables.CPU['speed'])

    def test_shares_have_no_default_of_their_own(self):
        self.assertEqual(
            {'quota': -1, 'period': 100000}, tunables.CPU.defaults()
        )
