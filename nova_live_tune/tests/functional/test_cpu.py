# SPDX-License-Identifier: Apache-2.0
from nova_live_tune import tunables
from nova_live_tune.tests.functional import base, examples

UNLIMITED = {'quota': -1, 'period': 100000, 'shares': 100}


class CpuTest(base.OneServerTestBase):
    def _set(self, body):
        return self.set(self.server, 'setCpuQuota', body)['cpu']

    def test_each_knob_is_set_in_libvirt_and_kept(self):
        expected = dict(UNLIMITED)
        for knob in tunables.CPU:
            expected[knob.name] = examples.value(knob)
            answer = self._set({knob.name: expected[knob.name]})
            self.assertEqual(expected, answer['effective'])
        reported = {k.libvirt_key: expected[k.name] for k in tunables.CPU}
        for limits in (self.live(self.server), self.config(self.server)):
            self.assertEqual(reported, {k: limits['cpu'][k] for k in reported})
        self.assertEqual(expected, self.show(self.server)['cpu']['tuned'])

    def test_answer_is_the_read_back_of_the_cpu(self):
        answer = self.set(
            self.server, 'setCpuQuota', {'quota': 50000, 'shares': 512}
        )
        expected = {
            'flavor': {},
            'tuned': {'quota': 50000, 'shares': 512},
            'effective': {'quota': 50000, 'period': 100000, 'shares': 512},
            'bounds': {},
            'expires_at': None,
            'not_in_effect': None,
        }
        self.assertEqual({'generation': 1, 'cpu': expected}, answer)
        self.assertEqual(expected, self.show(self.server)['cpu'])

    def test_unnamed_knobs_keep_their_value(self):
        self._set({'quota': 50000, 'period': 20000, 'shares': 512})
        answer = self._set({'quota': 10000})
        kept = {'quota': 10000, 'period': 20000, 'shares': 512}
        self.assertEqual(kept, answer['effective'])
        self.assertEqual(kept, answer['tuned'])

    def test_answer_has_what_libvirt_reports_and_not_what_was_asked(self):
        self.domain(self.server).grain['vcpu_quota'] = 1000
        answer = self._set({'quota': 50999})
        self.assertEqual(50999, answer['tuned']['quota'])
        self.assertEqual(50000, answer['effective']['quota'])
        shown = self.show(self.server)['cpu']
        self.assertEqual(50000, shown['effective']['quota'])

    def test_minus_one_lifts_the_quota(self):
        self._set({'quota': 50000})
        answer = self._set({'quota': -1})
        self.assertEqual(-1, answer['effective']['quota'])
        self.assertEqual({'quota': -1}, answer['tuned'])
        self.assertEqual(-1, self.config(self.server)['cpu']['vcpu_quota'])

    def test_shares_are_those_of_cgroup_v2(self):
        before = self.standing(self.server)
        response = self.act(self.server, 'setCpuQuota', {'shares': 10001})
        self.assert_refused(response, 400, 'shares', 10001, '1..10000')
        self.assert_nothing_changed(self.server, before)
        self.assertEqual(1, self._set({'shares': 1})['effective']['shares'])


class CpuOfFlavorTest(base.OneServerTestBase):
    EXTRA_SPECS = {
        'quota:cpu_quota': '40000',
        'quota:cpu_period': '80000',
        'quota:cpu_shares': '200',
    }
    FLAVOR = {'quota': 40000, 'period': 80000, 'shares': 200}

    def test_null_goes_back_to_the_flavor(self):
        self.set(
            self.server,
            'setCpuQuota',
            {'quota': 9000, 'period': 10000, 'shares': 700},
        )
        answer = self.set(
            self.server, 'setCpuQuota', {'quota': None, 'shares': None}
        )
        self.assertEqual(
            {
                'flavor': self.FLAVOR,
                'tuned': {'period': 10000},
                'effective': {**self.FLAVOR, 'period': 10000},
                'bounds': {},
                'expires_at': None,
                'not_in_effect': None,
            },
            answer['cpu'],
        )
        config = self.config(self.server)['cpu']
        self.assertEqual(40000, config['vcpu_quota'])
        self.assertEqual(200, config['cpu_shares'])

    def test_minus_one_is_looser_than_the_flavor_and_is_kept(self):
        answer = self.set(self.server, 'setCpuQuota', {'quota': -1})
        self.assertEqual({'quota': -1}, answer['cpu']['tuned'])
        self.assertEqual(-1, answer['cpu']['effective']['quota'])
        self.assertEqual(self.FLAVOR, answer['cpu']['flavor'])


class CpuOnCgroupV1Test(base.OneServerTestBase):
    CGROUPS = 1

    def test_shares_are_those_of_cgroup_v1(self):
        shown = self.show(self.server)['cpu']['effective']
        self.assertEqual({**UNLIMITED, 'shares': 1024}, shown)
        answer = self.set(self.server, 'setCpuQuota', {'shares': 262144})
        self.assertEqual(262144, answer['cpu']['effective']['shares'])
        response = self.act(self.server, 'setCpuQuota', {'shares': 1})
        self.assert_refused(response, 400, 'shares', 1, '2..262144')
