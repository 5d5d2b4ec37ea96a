# SPDX-License-Identifier: Apache-2.0
"""What the API reference shows is sent, and answered as it says."""

import json
import pathlib
import re
import urllib.parse

import fixtures
import testtools
from nova.tests import fixtures as nova_fixtures

from nova_live_tune.tests.functional import base

SAMPLES = pathlib.Path(__file__).parents[3] / 'api-ref' / 'source' / 'samples'

#: What stands in the samples for ids that are new with each run.
SERVER = '2f30f8e6-4c0a-4d7b-9a51-6e8d1c3b7f02'
VOLUME = '8f5c7d4e-2b1a-4c69-9e07-d3a4b5c6e7f8'
NAME = 'web-1'
#: 2026-11-21T12:00:00Z
NOON = 1795262400
HOST = 'nova.example.org'
#: And for the time when counters were read.
AT = '2026-11-21T16:40:07.123456Z'
_TIME = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z')

#: One after the other upon the same server; the read-back is asked between.
STORY = (
    'set-cpu-quota',
    'set-cpu-quota-lease',
    'set-cpu-quota-dry-run',
    'set-cpu-quota-dry-run-refused',
    'set-cpu-quota-back',
    'set-interface-rate',
    'set-interface',
    'set-disk-io',
    'set-disk-io-volume',
    'show',
    'show-observed',
    'list',
    'list-all-tenants',
    'reset-live-tune-some',
    'reset-live-tune',
)
#: Of what is read, who asks and for what.
READS = {
    'show': ('api', base.READ_BACK),
    'show-observed': ('api', base.READ_BACK + '?observed=true'),
    'list': ('api', '/os-live-tune'),
    'list-all-tenants': ('admin_api', '/os-live-tune?all_tenants=1&limit=1'),
}
#: Their status is in their name.
ERRORS = (
    'error-400-range',
    'error-400-total',
    'error-403',
    'error-403-bounds',
    'error-404',
    'error-409',
    'error-409-generation',
    'error-501',
    'error-503',
    'error-504',
)


def sample(name):
    return (SAMPLES / f'{name}.json').read_text()


class CompleteTest(testtools.TestCase):
    def test_no_sample_is_left_out(self):
        names = {p.name.rpartition('-')[0] for p in SAMPLES.iterdir()}
        self.assertEqual({*STORY, *ERRORS}, names)


class SamplesMixin:
    EXTRA_SPECS = {
        'quota:cpu_quota': '80000',
        'quota:cpu_period': '100000',
        'quota:vif_inbound_average': '20480',
    }

    def _ids(self):
        return {
            self.server['id']: SERVER,
            self.server['name']: NAME,
            base.VOLUME: VOLUME,
            urllib.parse.urlsplit(self.api_fixture.base_url).hostname: HOST,
        }

    def _send(self, name, api=None):
        """Send a sample's request; return the response."""
        body = sample(f'{name}-req')
        for actual, shown in self._ids().items():
            body = body.replace(shown, actual)
        return self.post(self.server, json.loads(body), api)

    def _check(self, name, status, response):
        """Compare a response with the sample's."""
        self.assertEqual(status, response.status_code, response.text)
        answer = response.text
        for actual, shown in self._ids().items():
            answer = answer.replace(actual, shown)
        answer = _TIME.sub(AT, answer)
        self.assertEqual(
            json.loads(sample(f'{name}-resp')), json.loads(answer), name
        )

    def _check_error(self, name, api=None):
        status = int(name.split('-')[1])
        self._check(name, status, self._send(name, api))


class SamplesTest(SamplesMixin, base.OneServerTestBase):
    BOUNDED = True

    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MonkeyPatch('nova_live_tune.clock.now', lambda: NOON)
        )

    def test_story(self):
        self.add_volume(self.server, {'total_iops_sec': '1000'})
        counters = (4200, 1680, 58000000000)
        self.domains.groups.write(self.domain(self.server), *counters)
        for name in STORY:
            if name in READS:
                who, path = READS[name]
                path = path.format(self.server['id'])
                self._check(name, 200, getattr(self, who).api_request(path))
            else:
                status = 200 if 'dry-run' in name else 202
                self._check(name, status, self._send(name))

    def test_errors(self):
        for name in (
            'error-400-range',
            'error-400-total',
            'error-403-bounds',
            'error-404',
            'error-409-generation',
        ):
            self._check_error(name)
        self._stop_server(self.server)
        self._check_error('error-409')
        self._start_server(self.server)
        self._check_unreachable_host()

    def _check_unreachable_host(self):
        service = self.admin_api.get_services(binary='nova-compute')[0]
        self.admin_api.put_service_force_down(service['id'], True)
        self._check_error('error-503')
        self.admin_api.put_service_force_down(service['id'], False)
        self.flags(rpc_response_timeout=1)
        self.computes['compute1'].stop()
        self._check_error('error-504')

    def test_reader(self):
        # Placement's fixture has changed the default for the whole process.
        self.flags(enforce_new_defaults=True, group='oslo_policy')
        self.useFixture(nova_fixtures.RealPolicyFixture())
        self._check_error('error-403', self.api_fixture.reader_api)


class WithoutExtensionTest(SamplesMixin, base.LiveTuneTestBase):
    def setUp(self):
        super().setUp()
        self.start_without_extension()
        self.server = self.boot()

    def test_host_without_the_extension(self):
        self._check_error('error-501')
