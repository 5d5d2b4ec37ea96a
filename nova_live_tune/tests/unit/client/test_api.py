# SPDX-License-Identifier: Apache-2.0
"""Requests and answers, through keystoneauth and a made-up cloud."""

import requests_mock
import testtools
from keystoneauth1 import adapter, noauth, session

from nova_live_tune import tunables
from nova_live_tune.client import api, errors

_URL = 'http://nova.example.org/v2.1'


class LiveTuneTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.nova = requests_mock.Mocker()
        self.nova.start()
        self.addCleanup(self.nova.stop)
        compute = adapter.Adapter(
            session.Session(noauth.NoAuth(endpoint=_URL)),
            service_type='compute',
        )
        self.client = api.LiveTune(compute)

    def test_show(self):
        self.nova.get(
            f'{_URL}/servers/s1/os-live-tune',
            json={'live_tune': {'cpu': {}}},
        )
        self.assertEqual({'cpu': {}}, self.client.show('s1'))

    def test_show_observed(self):
        live_tune = {'cpu': {'observed': None}}
        route = self.nova.get(
            f'{_URL}/servers/s1/os-live-tune', json={'live_tune': live_tune}
        )
        self.assertEqual(live_tune, self.client.show('s1', observed=True))
        self.assertEqual('observed=true', route.last_request.query)

    def test_an_extension_that_observes_nothing(self):
        route = f'{_URL}/servers/s1/os-live-tune'
        sentence = "Additional properties are not allowed ('observed' ...)"
        older = (
            {
                'status_code': 400,
                'json': {'badRequest': {'message': sentence}},
            },
            # The legacy API takes any parameter.
            {'json': {'live_tune': {'cpu': {}}}},
        )
        for answer in older:
            self.nova.get(route, **answer)
            error = self.assertRaises(
                errors.TooOld, self.client.show, 's1', observed=True
            )
            self.assertIn('too old', error.sentence)

    def test_another_refusal_is_what_it_is(self):
        self.nova.get(
            f'{_URL}/servers/s1/os-live-tune',
            status_code=403,
            json={'forbidden': {'message': 'No.'}},
        )
        error = self.assertRaises(
            errors.Refused, self.client.show, 's1', observed=True
        )
        self.assertNotIsInstance(error, errors.TooOld)

    def _set(self, name, *arguments):
        action = self.nova.post(
            f'{_URL}/servers/s1/action', status_code=202, json={name: 'new'}
        )
        target = tunables.BY_NAME[name]
        self.assertEqual('new', self.client.set('s1', target, *arguments))
        return action.last_request.json()

    def test_set_cpu(self):
        self.assertEqual(
            {'setCpuQuota': {'quota': 5000, 'shares': None}},
            self._set('cpu', None, {'quota': 5000, 'shares': None}),
        )

    def test_set_interface_nests(self):
        self.assertEqual(
            {'setInterface': {'interface': 2, 'inbound': {'average': 7}}},
            self._set('interface', 2, {'inbound_average': 7}),
        )

    def test_set_by_shorthand(self):
        self.assertEqual(
            {'setInterface': {'interface': 'p1', 'rate': 9}},
            self._set('interface', 'p1', {'rate': 9}),
        )

    def test_set_disk(self):
        self.assertEqual(
            {'setDiskIO': {'disk': 'vda', 'total_iops_sec': 9}},
            self._set('disk', 'vda', {'total_iops_sec': 9}),
        )

    def test_reset(self):
        action = self.nova.post(
            f'{_URL}/servers/s1/action', status_code=202, json={'cpu': {}}
        )
        self.assertEqual({'cpu': {}}, self.client.reset('s1', {'cpu': True}))
        self.assertEqual(
            {'resetLiveTune': {'cpu': True}}, action.last_request.json()
        )
        self.client.reset('s1')
        self.assertEqual({'resetLiveTune': None}, action.last_request.json())

    def _page(self, *servers, marker=None):
        """A page of the list, with a link to what comes after a marker."""
        page = {'servers': [{'id': server} for server in servers]}
        if marker:
            href = f'{_URL}/os-live-tune?limit=1&marker={marker}'
            page['servers_links'] = [{'rel': 'next', 'href': href}]
        return {'json': page}

    def test_list_turns_pages(self):
        pages = self.nova.get(
            f'{_URL}/os-live-tune',
            [
                self._page('a', marker='a'),
                # What is at its end is not shown, nor all of the next.
                self._page('b', marker='c'),
                self._page(marker='d'),
                self._page('e'),
            ],
        )
        found = self.client.list(all_tenants=1, host=None)
        self.assertEqual(['a', 'b', 'e'], [server['id'] for server in found])
        markers = (f'&marker={marker}' for marker in ('a', 'c', 'd'))
        self.assertEqual(
            [f'all_tenants=1{marker}' for marker in ('', *markers)],
            [request.query for request in pages.request_history],
        )

    def test_diagnostics_name_devices(self):
        route = self.nova.get(
            f'{_URL}/servers/s1/diagnostics', json={'vda_read': 1}
        )
        self.assertEqual({'vda_read': 1}, self.client.diagnostics('s1'))
        version = route.last_request.headers['OpenStack-API-Version']
        self.assertEqual('compute 2.1', version)

    def _refused(self, **answer):
        self.nova.get(f'{_URL}/servers/s1/os-live-tune', **answer)
        return self.assertRaises(errors.Refused, self.client.show, 's1')

    def test_refused(self):
        error = self._refused(
            status_code=409, json={'conflictingRequest': {'message': 'No.'}}
        )
        self.assertEqual((409, 'No.'), (error.status, error.sentence))
        self.assertNotIsInstance(error, errors.NotThere)
        self.assertEqual('No.', str(error))

    def test_no_such_server(self):
        error = self._refused(
            status_code=404,
            json={'itemNotFound': {'message': 'Instance s1 not found.'}},
        )
        self.assertNotIsInstance(error, errors.NotThere)

    def test_no_such_route(self):
        text = 'The resource could not be found.'
        error = self._refused(
            status_code=404, json={'itemNotFound': {'message': text}}
        )
        self.assertIsInstance(error, errors.NotThere)
        self.assertEqual(
            'This cloud does not run the live-tune extension.', str(error)
        )

    def test_no_such_route_in_plain_text(self):
        error = self._refused(
            status_code=404,
            text=(
                '404 Not Found\n\nThe resource could not be found.\n\n   \n'
            ),
        )
        self.assertIsInstance(error, errors.NotThere)

    def test_no_such_action(self):
        self.nova.post(
            f'{_URL}/servers/s1/action',
            status_code=400,
            json={
                'badRequest': {
                    'message': 'There is no such action: resetLiveTune'
                }
            },
        )
        self.assertRaises(errors.NotThere, self.client.reset, 's1')

    def test_host_without_it(self):
        error = self._refused(
            status_code=501, json={'notImplemented': {'message': 'Host.'}}
        )
        self.assertIsInstance(error, errors.NotThere)
        self.assertEqual('Host.', str(error))

    def test_a_proxy_answers(self):
        error = self._refused(
            status_code=502, reason='Bad Gateway', text='<html>'
        )
        self.assertEqual('502 Bad Gateway', str(error))


class CulpritTest(testtools.TestCase):
    def _culprit(self, target, sentence):
        found = errors.culprit(target, sentence)
        return found and found.label

    def test_the_first_that_is_named(self):
        self.assertEqual(
            'inbound.peak',
            self._culprit(
                tunables.INTERFACE, 'inbound.peak 5 is below inbound.average 9'
            ),
        )

    def test_whole_names_only(self):
        self.assertEqual(
            'total_bytes_sec_max',
            self._culprit(
                tunables.DISK, 'total_bytes_sec_max 5 needs total_bytes_sec.'
            ),
        )

    def test_at_the_end_of_a_sentence(self):
        self.assertEqual(
            'quota', self._culprit(tunables.CPU, 'Beyond the quota.')
        )

    def test_shorthand(self):
        self.assertEqual(
            'rate', self._culprit(tunables.INTERFACE, 'rate -1 is not allowed')
        )

    def test_nobody(self):
        self.assertIsNone(self._culprit(tunables.CPU, 'The server is locked.'))
