# SPDX-License-Identifier: Apache-2.0
"""Merging by example; tests/property has it for all cases."""

from oslotest import base

from nova_live_tune import planning, tunables

NIC, DISK = tunables.INTERFACE, tunables.DISK


def merge(target, wanted, flavor=None, tuned=None, current=None):
    """Merge into what stands by the flavor and what was tuned."""
    asked = {**target.defaults(), **(flavor or {})}
    stands = {**asked, **(tuned or {}), **(current or {})}
    return planning.merge(target, wanted, stands, asked, tuned or {})


def limited(values):
    return {name: value for name, value in values.items() if value}


class MergeTest(base.BaseTestCase):
    def test_other_directions_are_not_sent(self):
        plan = merge(NIC, {'inbound_average': 5}, {'outbound_average': 7})
        self.assertEqual(
            {'inbound_average': 5, 'inbound_peak': 0, 'inbound_burst': 0},
            plan.changes,
        )
        self.assertEqual({'inbound_average': 5}, plan.tuned)

    def test_unnamed_knobs_of_the_group_are_sent_as_they_stand(self):
        plan = merge(
            NIC,
            {'inbound_average': 5},
            current={'inbound_average': 3, 'inbound_peak': 9},
        )
        self.assertEqual(9, plan.changes['inbound_peak'])
        self.assertEqual(5, plan.after['inbound_average'])
        self.assertEqual({'inbound_average': 5}, plan.tuned)

    def test_total_replaces_read_and_write(self):
        plan = merge(
            DISK,
            {'total_bytes_sec': 5},
            tuned={'read_bytes_sec': 1, 'read_iops_sec': 2},
        )
        self.assertEqual(
            {'total_bytes_sec': 5, 'read_iops_sec': 2}, limited(plan.after)
        )
        self.assertEqual(
            {'total_bytes_sec': 5, 'read_iops_sec': 2}, plan.tuned
        )

    def test_read_replaces_total_and_its_burst(self):
        plan = merge(
            DISK,
            {'read_iops_sec': 3},
            tuned={'total_iops_sec': 5, 'total_iops_sec_max': 9},
        )
        self.assertEqual({'read_iops_sec': 3}, limited(plan.after))
        self.assertEqual({'read_iops_sec': 3}, plan.tuned)

    def test_null_lets_the_flavors_side_stand_again(self):
        plan = merge(
            DISK,
            {'read_iops_sec': None},
            flavor={'total_iops_sec': 5},
            tuned={'read_iops_sec': 3},
            current={'total_iops_sec': 0},
        )
        self.assertEqual({'total_iops_sec': 5}, limited(plan.after))
        self.assertEqual({}, plan.tuned)

    def test_null_does_not_while_the_other_side_is_tuned(self):
        plan = merge(
            DISK,
            {'total_iops_sec': None},
            flavor={'total_iops_sec': 5},
            tuned={'read_iops_sec': 3},
            current={'total_iops_sec': 0},
        )
        self.assertEqual({'read_iops_sec': 3}, limited(plan.after))
        self.assertEqual({'read_iops_sec': 3}, plan.tuned)

    def test_a_replaced_limit_stays_away_when_its_replacement_is_lifted(self):
        plan = merge(
            DISK,
            {'read_iops_sec': 0},
            flavor={'total_iops_sec': 5},
            tuned={'read_iops_sec': 3},
            current={'total_iops_sec': 0},
        )
        self.assertEqual({}, limited(plan.after))
        self.assertEqual({'read_iops_sec': 0, 'total_iops_sec': 0}, plan.tuned)

    def test_a_burst_goes_with_its_rate(self):
        plan = merge(
            DISK,
            {'total_iops_sec': 0},
            tuned={
                'total_iops_sec': 5,
                'total_iops_sec_max': 9,
                'total_iops_sec_max_length': 2,
            },
            current={'size_iops_sec': 4096},
        )
        self.assertEqual({}, limited(plan.after))
        self.assertEqual({'total_iops_sec': 0}, plan.tuned)

    def test_what_went_with_an_average_comes_back_with_it(self):
        flavor = {'inbound_average': 5, 'inbound_peak': 9}
        tuned = {'inbound_average': 0}
        plan = merge(
            NIC,
            {'inbound_average': None},
            flavor,
            tuned,
            {'inbound_peak': 0},
        )
        self.assertEqual(flavor, limited(plan.after))
        self.assertEqual({}, plan.tuned)

    def test_a_flavor_with_a_peak_below_its_average_can_be_gone_back_to(self):
        flavor = {'inbound_average': 9, 'inbound_peak': 5}
        plan = merge(
            NIC,
            dict.fromkeys(NIC.names),
            flavor,
            {'inbound_average': 1},
        )
        self.assertEqual(flavor, limited(plan.after))


class OverlayTest(base.BaseTestCase):
    def _overlay(self, target, flavor, tuned):
        asked = {**target.defaults(), **flavor}
        return planning.overlay(target, asked, tuned)

    def test_whole_groups_of_what_is_kept_and_no_others(self):
        values, problems = self._overlay(
            DISK,
            {'read_iops_sec': 7, 'read_bytes_sec': 9},
            {'read_bytes_sec': 3},
        )
        self.assertEqual([], problems)
        self.assertEqual({'read_bytes_sec': 3}, limited(values))
        self.assertEqual({'bytes'}, {DISK[name].group for name in values})

    def test_nothing_kept_is_nothing_to_lay(self):
        flavor = {'read_iops_sec': 7}
        self.assertEqual(({}, []), self._overlay(DISK, flavor, {}))

    def test_a_total_drives_a_new_flavors_reads_out(self):
        values, problems = self._overlay(
            DISK,
            {'read_bytes_sec': 9, 'write_bytes_sec': 8},
            {'total_bytes_sec': 5},
        )
        self.assertEqual([], problems)
        self.assertEqual({'total_bytes_sec': 5}, limited(values))
        self.assertEqual(0, values['read_bytes_sec'])

    def test_reads_drive_a_new_flavors_total_out_with_its_burst(self):
        values, problems = self._overlay(
            DISK,
            {'total_iops_sec': 9, 'total_iops_sec_max': 10},
            {'read_iops_sec': 5},
        )
        self.assertEqual([], problems)
        self.assertEqual({'read_iops_sec': 5}, limited(values))

    def test_a_flavors_limits_of_the_same_side_stand_beside(self):
        values, _ = self._overlay(
            DISK, {'write_bytes_sec': 8}, {'read_bytes_sec': 3}
        )
        self.assertEqual(
            {'read_bytes_sec': 3, 'write_bytes_sec': 8}, limited(values)
        )

    def test_no_limit_is_laid_over_the_flavors(self):
        values, problems = self._overlay(
            NIC,
            {'inbound_average': 9, 'inbound_peak': 10},
            {'inbound_average': 0},
        )
        self.assertEqual([], problems)
        self.assertEqual(
            dict.fromkeys(
                ('inbound_average', 'inbound_peak', 'inbound_burst'), 0
            ),
            values,
        )

    def test_a_group_that_fits_no_more_stays_as_the_flavor_says(self):
        values, (problem,) = self._overlay(
            NIC,
            {'inbound_average': 9},
            {'inbound_peak': 5, 'outbound_average': 3},
        )
        self.assertEqual({'outbound_average': 3}, limited(values))
        self.assertEqual({'outbound'}, {NIC[n].group for n in values})
        self.assertIn('inbound.peak 5', problem)
        self.assertIn('inbound.average 9', problem)

    def test_a_burst_whose_rate_the_new_flavor_lacks_is_told(self):
        values, (problem,) = self._overlay(
            DISK, {}, {'read_bytes_sec_max': 5, 'read_iops_sec': 3}
        )
        self.assertEqual({'read_iops_sec': 3}, limited(values))
        self.assertIn('read_bytes_sec_max 5', problem)

    def test_kept_values_that_exclude_each_other_are_told(self):
        values, (problem,) = self._overlay(
            DISK, {}, {'total_iops_sec': 5, 'read_iops_sec': 3}
        )
        self.assertEqual({}, values)
        self.assertIn('total_iops_sec 5', problem)

    def test_a_cpus_knobs_are_groups_of_their_own(self):
        self.assertEqual(
            ({'quota': 5000}, []),
            planning.overlay(
                tunables.CPU,
                {'quota': 9000, 'period': 10000, 'shares': 7},
                {'quota': 5000},
            ),
        )


class RefusalTest(base.BaseTestCase):
    """Each says which knob, which value and what is allowed."""

    def _refused(self, target, wanted, *words, **stands):
        error = self.assertRaises(
            planning.Invalid, merge, target, wanted, **stands
        )
        for word in words:
            self.assertIn(word, str(error))

    def test_total_beside_read(self):
        self._refused(
            DISK,
            {'total_bytes_sec': 5, 'read_bytes_sec': 3},
            'total_bytes_sec 5',
            'read_bytes_sec 3',
        )

    def test_total_burst_beside_write(self):
        self._refused(
            DISK,
            {'total_iops_sec_max': 5, 'write_iops_sec': 3},
            'total_iops_sec_max 5',
            'write_iops_sec 3',
        )

    def test_peak_below_average(self):
        self._refused(
            NIC,
            {'outbound_peak': 3},
            'outbound.peak 3',
            'outbound.average 5',
            '5..2147483647 KiB/s',
            tuned={'outbound_average': 5},
        )

    def test_average_above_a_peak_that_stands(self):
        self._refused(
            NIC,
            {'outbound_average': 7},
            'outbound.peak 6',
            'outbound.average 7',
            flavor={'outbound_average': 5, 'outbound_peak': 6},
        )

    def test_base_above_its_burst(self):
        self._refused(
            DISK,
            {'total_iops_sec': 9},
            'total_iops_sec_max 6',
            'total_iops_sec 9',
            tuned={'total_iops_sec': 5, 'total_iops_sec_max': 6},
        )

    def test_peak_without_average(self):
        self._refused(
            NIC,
            {'inbound_peak': 3},
            'inbound.peak 3',
            'inbound.average',
            '1..2147483647 KiB/s',
        )

    def test_length_without_burst(self):
        self._refused(
            DISK,
            {'read_bytes_sec': 5, 'read_bytes_sec_max_length': 3},
            'read_bytes_sec_max_length 3',
            'read_bytes_sec_max ',
        )

    def test_size_without_iops(self):
        self._refused(
            DISK,
            {'size_iops_sec': 4096},
            'size_iops_sec 4096',
            'total_iops_sec or read_iops_sec or write_iops_sec',
        )

    def test_burst_too_long_for_qemu(self):
        self._refused(
            DISK,
            {
                'read_bytes_sec': 10**14,
                'read_bytes_sec_max': 10**14,
                'read_bytes_sec_max_length': 11,
            },
            'read_bytes_sec_max_length 11',
            '1..10 seconds',
        )


class FromStringsTest(base.BaseTestCase):
    def _read(self, asked):
        return planning.from_strings(tunables.CPU, asked, 'flavor_key')

    def test_numbers(self):
        self.assertEqual(
            {'quota': 50000, 'shares': 7},
            self._read(
                {
                    'quota:cpu_quota': '50000',
                    'quota:cpu_shares': '7',
                    'hw:cpu_policy': 'shared',
                }
            ),
        )

    def test_no_number_and_none_that_libvirt_heeds_are_left_out(self):
        self.assertEqual(
            {'period': 5000},
            self._read(
                {
                    'quota:cpu_quota': '0',
                    'quota:cpu_shares': 'many',
                    'quota:cpu_period': '5000',
                }
            ),
        )

    def test_qos_specs_have_numbers_too(self):
        self.assertEqual(
            {'total_iops_sec': 5},
            planning.from_strings(DISK, {'total_iops_sec': 5}, 'qos_key'),
        )
