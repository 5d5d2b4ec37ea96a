# SPDX-License-Identifier: Apache-2.0
from nova_live_tune import tunables
from nova_live_tune.tests.functional import base, examples

DIRECTIONS = ('inbound', 'outbound')
UNLIMITED = {
    direction: {'average': 0, 'peak': 0, 'burst': 0}
    for direction in DIRECTIONS
}
FIRST, SECOND = base.PORTS


class InterfaceTest(base.OneServerTestBase):
    def _set(self, body):
        answer = self.set(self.server, 'setInterface', body)
        return answer['interface']

    def _reported(self, port):
        """What libvirt has of a port: live, and in the configuration."""
        mac = port['mac_address']
        return [
            limits['nics'][mac]
            for limits in (self.live(self.server), self.config(self.server))
        ]

    def test_each_knob_is_set_in_libvirt_and_kept(self):
        expected = {}
        for knob in tunables.INTERFACE:
            expected[knob.name] = examples.value(knob)
            nested = tunables.INTERFACE.nest({knob.name: expected[knob.name]})
            answer = self._set({'interface': 1, **nested})
            tuned = tunables.INTERFACE.nest(expected)
            self.assertEqual(tuned, answer['tuned'])
        self.assertEqual(tuned, answer['effective'])
        for reported in self._reported(FIRST):
            for knob in tunables.INTERFACE:
                self.assertEqual(
                    expected[knob.name], reported[knob.libvirt_key]
                )

    def test_answer_is_the_read_back_of_the_interface(self):
        body = {'interface': 2, 'inbound': {'average': 1000, 'burst': 64}}
        answer = self.set(self.server, 'setInterface', body)
        inbound = {'average': 1000, 'peak': 0, 'burst': 64}
        expected = {
            'index': 2,
            'port_id': SECOND['id'],
            'mac_address': SECOND['mac_address'],
            'flavor': {},
            'tuned': {'inbound': {'average': 1000, 'burst': 64}},
            'effective': {**UNLIMITED, 'inbound': inbound},
            'bounds': {},
            'expires_at': None,
            'not_in_effect': None,
        }
        self.assertEqual({'generation': 1, 'interface': expected}, answer)
        self.assertEqual(expected, self.show(self.server)['interfaces'][1])

    def test_request_of_the_original_demo(self):
        answer = self._set({'interface': 1, 'rate': 10240})
        rates = dict.fromkeys(('average', 'peak', 'burst'), 10240)
        both = {'inbound': rates, 'outbound': rates}
        self.assertEqual(both, answer['effective'])
        self.assertEqual(both, answer['tuned'])

    def test_index_port_and_mac_mean_one_interface_and_no_other(self):
        mac = SECOND['mac_address']
        rate = 1000
        for selector in (2, SECOND['id'], mac, mac.upper()):
            rate += 1
            answer = self._set(
                {'interface': selector, 'inbound': {'average': rate}}
            )
            self.assertEqual(SECOND['id'], answer['port_id'])
            for reported in self._reported(SECOND):
                self.assertEqual(rate, reported['inbound.average'])
            for reported in self._reported(FIRST):
                self.assertEqual({0}, set(reported.values()))

    def test_interface_that_was_attached_later(self):
        third = self.neutron.port_2
        self.neutron.create_port({'port': third})
        self._attach_interface(self.server, third['id'])
        answer = self._set({'interface': third['id'], 'rate': 1000})
        self.assertEqual(3, answer['index'])
        for reported in self._reported(third):
            self.assertEqual(1000, reported['outbound.burst'])
        self._detach_interface(self.server, third['id'])
        response = self.act(
            self.server, 'setInterface', {'interface': 3, 'rate': 1000}
        )
        self.assert_refused(response, 404, 'interface', 3)

    def test_unnamed_knobs_keep_their_value(self):
        inbound = {'average': 1000, 'peak': 3000, 'burst': 500}
        outbound = {'average': 2000, 'peak': 2500, 'burst': 600}
        self._set({'interface': 1, 'inbound': inbound, 'outbound': outbound})
        answer = self._set({'interface': 1, 'inbound': {'average': 1500}})
        expected = {
            'inbound': {**inbound, 'average': 1500},
            'outbound': outbound,
        }
        self.assertEqual(expected, answer['effective'])
        self.assertEqual(expected, answer['tuned'])

    def test_zero_lifts_one_direction_or_both(self):
        self._set({'interface': 1, 'rate': 2000})
        answer = self._set({'interface': 1, 'outbound': {'average': 0}})
        self.assertEqual(
            UNLIMITED['outbound'], answer['effective']['outbound']
        )
        self.assertEqual(2000, answer['effective']['inbound']['average'])
        self.assertEqual(0, answer['tuned']['outbound']['average'])
        for reported in self._reported(FIRST):
            self.assertEqual(0, reported['outbound.average'])
        answer = self._set({'interface': 1, 'rate': 0})
        self.assertEqual(UNLIMITED, answer['effective'])


class InterfaceOfFlavorTest(base.OneServerTestBase):
    EXTRA_SPECS = {
        'quota:vif_inbound_average': '3000',
        'quota:vif_inbound_peak': '4000',
        'quota:vif_outbound_average': '5000',
    }
    FLAVOR = {
        'inbound': {'average': 3000, 'peak': 4000},
        'outbound': {'average': 5000},
    }

    def test_null_goes_back_to_the_flavor(self):
        self.set(self.server, 'setInterface', {'interface': 1, 'rate': 900})
        self.set(
            self.server,
            'setInterface',
            {
                'interface': 1,
                'inbound': {'average': None, 'peak': None, 'burst': None},
            },
        )
        answer = self.set(
            self.server,
            'setInterface',
            {
                'interface': 1,
                'outbound': {'average': None, 'peak': None, 'burst': None},
            },
        )['interface']
        self.assertEqual(self.FLAVOR, answer['flavor'])
        self.assertEqual({}, answer['tuned'])
        self.assertEqual(
            {
                'inbound': {'average': 3000, 'peak': 4000, 'burst': 0},
                'outbound': {'average': 5000, 'peak': 0, 'burst': 0},
            },
            answer['effective'],
        )

    def test_rate_of_null_goes_back_to_the_flavor(self):
        self.set(self.server, 'setInterface', {'interface': 1, 'rate': 900})
        answer = self.set(
            self.server, 'setInterface', {'interface': 1, 'rate': None}
        )['interface']
        self.assertEqual({}, answer['tuned'])
        self.assertEqual(3000, answer['effective']['inbound']['average'])
        self.assertEqual(5000, answer['effective']['outbound']['average'])
