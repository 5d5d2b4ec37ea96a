# SPDX-License-Identifier: Apache-2.0
import urllib.parse

from nova.tests.functional.api import client

from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.test_missing import BODIES


class VersionsTest(base.OneServerTestBase):
    LEGACY_API = True

    def _check(self, api):
        shown = self.show(self.server, api)
        self.assertEqual(
            {'generation', 'cpu', 'interfaces', 'disks'}, set(shown)
        )
        answer = self.set(
            self.server, 'setCpuQuota', BODIES['setCpuQuota'], api
        )
        self.assertEqual(50000, answer['cpu']['effective']['quota'])
        self.set(self.server, 'setInterface', BODIES['setInterface'], api)
        self.set(self.server, 'setDiskIO', BODIES['setDiskIO'], api)
        for prefix in ('', f'/{self.api_fixture.project_id}'):
            self._check_list(f'{prefix}/os-live-tune?limit=1', api)
        answer = self.set(self.server, 'resetLiveTune', None, api)
        # Three sets, and this.
        counted = {**shown, 'generation': shown['generation'] + 4}
        self.assertEqual(counted, answer)
        response = self.act(self.server, 'setCpuQuota', {'quota': 1}, api)
        self.assert_refused(response, 400, 'quota')

    def _check_list(self, path, api):
        response = api.api_request(path)
        self.assertEqual(200, response.status_code, response.text)
        listed = response.json()
        self.assertEqual(
            [self.server['id']], [s['id'] for s in listed['servers']]
        )
        (link,) = listed['servers_links']
        version = urllib.parse.urlsplit(api.base_url).path
        self.assertIn(f'{version}{path}&marker=', link['href'])

    def test_every_kind_of_microversion_and_none(self):
        for microversion in (None, '2.1', '2.75', 'latest'):
            self.api.microversion = microversion
            self._check(self.api)

    def test_legacy_v2(self):
        legacy = client.TestOpenStackClient(
            'fake',
            self.api_fixture.base_url.replace('/v2.1', '/v2'),
            project_id=self.api_fixture.project_id,
            roles=['reader', 'member'],
        )
        self._check(legacy)
