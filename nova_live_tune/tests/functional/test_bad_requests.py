# SPDX-License-Identifier: Apache-2.0
"""Requests that no server could meet: 400, and nothing changed."""

from nova_live_tune import tunables
from nova_live_tune.tests.functional import base, examples


class BadRequestTest(base.OneServerTestBase):
    def setUp(self):
        super().setUp()
        # So that 'nothing changed' is about something.
        self.set(self.server, 'setCpuQuota', {'quota': 50000, 'shares': 300})
        self.set(
            self.server,
            'setInterface',
            {'interface': 1, 'inbound': {'average': 2000, 'peak': 3000}},
        )
        self.set(
            self.server,
            'setDiskIO',
            {
                'disk': 'vda',
                'total_bytes_sec': 2000,
                'total_bytes_sec_max': 3000,
                'total_bytes_sec_max_length': 5,
                'read_iops_sec': 70,
            },
        )
        self.before = self.standing(self.server)

    def _refused(self, action, body, *words):
        response = self.act(self.server, action, body)
        self.assert_refused(response, 400, *words)
        self.assert_nothing_changed(self.server, self.before)

    def _cpu(self, body, *words):
        self._refused('setCpuQuota', body, *words)

    def _interface(self, body, *words):
        self._refused('setInterface', {'interface': 1, **body}, *words)

    def _disk(self, body, *words):
        self._refused('setDiskIO', {'disk': 'vda', **body}, *words)

    def test_unknown_key(self):
        self._cpu({'quota': 10000, 'burst': 1}, 'burst')
        self._interface({'rate': 1000, 'speed': 1}, 'speed')
        self._interface({'inbound': {'average': 1000, 'floor': 1}}, 'floor')
        self._disk({'total_bytes_sec': 1000, 'latency': 1}, 'latency')
        self._disk({'total_bytes_sec': 1000, 'group_name': 'x'}, 'group_name')
        self._refused('resetLiveTune', {'gpu': True}, 'gpu')

    def test_second_action_beside_the_first(self):
        response = self.post(
            self.server,
            {'setCpuQuota': {'quota': 10000}, 'resetLiveTune': None},
        )
        self.assert_refused(response, 400)
        self.assert_nothing_changed(self.server, self.before)

    def test_knob_of_a_wrong_type(self):
        for wrong in ('2000', 2000.5, True, [2000], {'value': 2000}):
            self._cpu({'quota': wrong}, 'quota')
            self._interface({'rate': wrong}, 'rate')
            self._interface({'inbound': {'average': wrong}}, 'average')
            self._disk({'total_bytes_sec': wrong}, 'total_bytes_sec')

    def test_settings_of_a_wrong_type(self):
        for action in ('setCpuQuota', 'setInterface', 'setDiskIO'):
            for wrong in (None, 'vda', 5, [], True):
                self._refused(action, wrong)
        for wrong in ('all', 5, [], True):
            self._refused('resetLiveTune', wrong)
        for wrong in (None, 5, []):
            self._interface({'inbound': wrong})

    def test_selector_of_a_wrong_type_or_none(self):
        for wrong in (None, 0, -1, 1.5, True, '', [], 'x' * 256):
            body = {'interface': wrong, 'rate': 1000}
            self._refused('setInterface', body, 'interface')
        self._refused('setInterface', {'rate': 1000}, 'interface')
        for wrong in (None, 0, 1, True, '', [], 'x' * 256):
            body = {'disk': wrong, 'total_bytes_sec': 1000}
            self._refused('setDiskIO', body, 'disk')
        self._refused('setDiskIO', {'total_bytes_sec': 1000}, 'disk')

    def test_knob_out_of_range(self):
        for target in tunables.TARGETS:
            self._check_ranges(target)

    def _check_ranges(self, target):
        for knob in target:
            for value in self._outside(knob):
                body = examples.body(target, {knob.name: value})
                self._refused(
                    target.action,
                    body,
                    knob.path[-1],
                    value,
                    knob.minimum,
                    knob.maximum,
                )

    @staticmethod
    def _outside(knob):
        found = [knob.maximum + 1, -2, 10**30]
        if knob.minimum > 1:
            # Just below the range; 0 is what libvirt takes and ignores.
            found += [knob.minimum - 1, 0]
        return [n for n in found if n != knob.unlimited]

    def test_rate_out_of_range(self):
        for value in (-1, 2**31):
            self._interface({'rate': value}, 'rate', value)

    def test_nothing_to_set(self):
        self._cpu({}, 'quota', 'period', 'shares')
        self._interface({}, 'rate', 'inbound.average')
        self._interface({'inbound': {}, 'outbound': {}}, 'rate')
        self._disk({}, 'total_bytes_sec', 'size_iops_sec')
        self._refused('resetLiveTune', {})

    def test_total_beside_read_or_write(self):
        for kind in ('bytes', 'iops'):
            for op in ('read', 'write'):
                total, one = f'total_{kind}_sec', f'{op}_{kind}_sec'
                self._disk({total: 4000, one: 4500}, total, 4000, one, 4500)
        self._disk(
            {
                'read_iops_sec': 80,
                'total_iops_sec': 90,
                'total_iops_sec_max': 100,
            },
            'total_iops_sec',
            'read_iops_sec',
        )
        self._disk({'total_iops_sec_max': 100}, 'total_iops_sec_max', 100)

    def test_rate_beside_one_of_what_it_stands_for(self):
        self._interface(
            {'rate': 1000, 'outbound': {'average': 2000}},
            'rate',
            'outbound.average',
        )

    def test_peak_below_average(self):
        self._interface(
            {'outbound': {'average': 5000, 'peak': 4000}},
            'outbound.peak',
            4000,
            5000,
        )
        # Below what stands, and what stands below it.
        self._interface({'inbound': {'peak': 1999}}, 'inbound.peak', 1999)
        self._interface({'inbound': {'average': 3001}}, 'average', 3001, 3000)

    def test_burst_without_what_it_is_a_burst_of(self):
        for name in ('peak', 'burst'):
            self._interface({'outbound': {name: 100}}, f'outbound.{name}')
        self._disk({'write_iops_sec_max': 800}, 'write_iops_sec_max', 800)

    def test_burst_length_without_burst(self):
        self._disk(
            {'write_bytes_sec_max_length': 7}, 'write_bytes_sec_max_length', 7
        )
        self._disk(
            {'read_iops_sec_max_length': 7}, 'read_iops_sec_max_length', 7
        )

    def test_base_above_its_burst(self):
        self._disk(
            {'write_iops_sec': 900, 'write_iops_sec_max': 800}, 900, 800
        )
        self._disk({'total_bytes_sec': 3001}, 'total_bytes_sec', 3001, 3000)
        self._disk({'total_bytes_sec_max': 1999}, 1999, 2000)

    def test_burst_that_lasts_too_long(self):
        # QEMU multiplies the two.
        self._disk(
            {
                'total_bytes_sec_max': 10**15,
                'total_bytes_sec_max_length': 2,
            },
            'total_bytes_sec_max_length',
        )

    def test_size_of_operations_that_are_not_limited(self):
        body = {'disk': 'vdb', 'size_iops_sec': 4096}
        self._refused('setDiskIO', body, 'size_iops_sec', 4096)

    def test_refused_request_leaves_no_action(self):
        self._cpu({'quota': 1})
        actions = self.admin_api.get_instance_actions(self.server['id'])
        self.assertEqual('set_disk_io', actions[0]['action'])
