# SPDX-License-Identifier: Apache-2.0
from nova_live_tune.tests.functional import base

FIRST, SECOND = base.PORTS


class ResetTest(base.OneServerTestBase):
    EXTRA_SPECS = {
        'quota:cpu_quota': '40000',
        'quota:vif_inbound_average': '3000',
        'quota:disk_total_bytes_sec': '7000',
    }

    def setUp(self):
        super().setUp()
        self.untouched = self.limits(self.server)
        self.before = self.standing(self.server)
        self.set(self.server, 'setCpuQuota', {'quota': 9000, 'shares': 50})
        for index in (1, 2):
            self.set(
                self.server, 'setInterface', {'interface': index, 'rate': 800}
            )
        for disk in ('vda', 'vdb'):
            self.set(
                self.server,
                'setDiskIO',
                {'disk': disk, 'read_bytes_sec': 500, 'total_iops_sec': 5},
            )

    def _take_back(self, selection):
        answer = self.set(self.server, 'resetLiveTune', selection)
        generation = self.generation(self.server)
        self.assertEqual(generation, answer.pop('generation'))
        return answer

    def test_null_takes_everything_back_to_the_flavor(self):
        answer = self._take_back(None)
        self.assertEqual(self.untouched, answer)
        self.assertEqual(self.untouched, self.limits(self.server))
        self.assertEqual({}, self.kept(self.server))
        self.assertEqual(self.before['live'], self.live(self.server))

    def test_null_takes_the_configuration_back_too(self):
        self.set(self.server, 'resetLiveTune', None)
        config = self.config(self.server)
        self.assertEqual(40000, config['cpu']['vcpu_quota'])
        self.assertEqual(self.before['config']['nics'], config['nics'])
        self.assertEqual(self.before['config']['disks'], config['disks'])

    def test_named_targets_only_are_taken_back(self):
        tuned = self.show(self.server)
        answer = self._take_back(
            {'interfaces': [SECOND['id']], 'disks': ['vda']},
        )
        self.assertEqual(
            {
                'interfaces': [self.untouched['interfaces'][1]],
                'disks': [self.untouched['disks'][0]],
            },
            answer,
        )
        shown = self.show(self.server)
        self.assertEqual(tuned['cpu'], shown['cpu'])
        self.assertEqual(tuned['interfaces'][0], shown['interfaces'][0])
        self.assertEqual(tuned['disks'][1], shown['disks'][1])

    def test_cpu_alone_is_taken_back(self):
        tuned = self.show(self.server)
        answer = self._take_back({'cpu': True})
        self.assertEqual({'cpu': self.untouched['cpu']}, answer)
        shown = self.show(self.server)
        self.assertEqual(tuned['interfaces'], shown['interfaces'])
        self.assertEqual(tuned['disks'], shown['disks'])

    def test_unknown_target_takes_nothing_back(self):
        before = self.standing(self.server)
        for body in (
            {'cpu': True, 'interfaces': [3]},
            {'cpu': True, 'disks': ['vda', 'vdz']},
        ):
            response = self.act(self.server, 'resetLiveTune', body)
            self.assert_refused(response, 404)
            self.assert_nothing_changed(self.server, before)
