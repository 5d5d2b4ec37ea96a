# SPDX-License-Identifier: Apache-2.0
"""How far a tenant gets, against a real cloud."""

from nova_live_tune.tests.e2e import base, loosening

_MOST = {'average': 4096, 'peak': 4096, 'burst': 4096}


class BoundsTest(base.LabTest):
    trial: loosening.Trial

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.trial = loosening.Trial('e2e-bounds')
        cls.addClassCleanup(cls.trial.close)

    def test_no_way_leads_beyond_them(self) -> None:
        for way in loosening.WAYS:
            response, same = self.trial.attempt(way)
            self.assertEqual(403, response.status_code, (way, response.text))
            self.assertIn('beyond your bounds', response.text)
            self.assertTrue(same, way)

    def test_up_to_them_a_tenant_may_go(self) -> None:
        self.trial.send({'resetLiveTune': None}, admin=True)
        for body in (
            {'setCpuQuota': {'quota': 80000, 'shares': 200}},
            {'setCpuQuota': {'quota': 10000}},
            {'setInterface': {'interface': 1, 'rate': 2048}},
            {'setInterface': {'interface': 1, 'inbound': _MOST}},
            {'setDiskIO': {'disk': 'vda', 'total_bytes_sec': 8388608}},
            {'setDiskIO': {'disk': 'vda', 'read_iops_sec': 100}},
            {'resetLiveTune': None},
        ):
            response = self.trial.send(body)
            self.assertEqual(202, response.status_code, response.text)

    def test_what_nova_does_lifts_no_throttle(self) -> None:
        self.assertEqual({'rebuild': 20, 'resize': 20}, self.trial.throttled())
