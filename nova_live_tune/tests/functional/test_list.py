# SPDX-License-Identifier: Apache-2.0
"""The list of the servers that have limits set live."""

import urllib.parse

from nova import context as nova_context
from nova import objects
from nova.tests import fixtures as nova_fixtures
from nova.tests.functional.api import client
from oslo_utils.fixture import uuidsentinel as uuids

from nova_live_tune.tests.functional import base, lasting

LIST = '/os-live-tune'
RULE = 'os_compute_api:os-live-tune:list'
ALL = f'{RULE}:all-tenants'
CPU = {'quota': 50000}


class ListMixin:
    def get(self, api=None, path=LIST, **query):
        query = urllib.parse.urlencode(query)
        return (api or self.api).api_request(f'{path}?{query}')

    def page(self, api=None, **query):
        """A list that shall succeed."""
        response = self.get(api, **query)
        self.assertEqual(200, response.status_code, response.text)
        return response.json()

    def list(self, api=None, **query):
        """What is listed, by the id of the server."""
        answer = self.page(api, **query)
        self.assertEqual(['servers'], list(answer))
        return {server['id']: server for server in answer['servers']}

    def assert_listed(self, servers, **query):
        """Check which servers are listed, whatever their order."""
        self.assertEqual({s['id'] for s in servers}, set(self.list(**query)))

    def project(self, *roles, project=None):
        """A client of a project's user."""
        api = client.TestOpenStackClient(
            'somebody',
            self.api_fixture.base_url,
            project_id=project or uuids.project,
            roles=roles,
        )
        api.microversion = self.microversion
        return api

    def tune_cpu(self, server):
        self.set(server, 'setCpuQuota', CPU, self.admin_api)


class WhatIsListedTest(ListMixin, lasting.LastingTestBase):
    def test_limits_as_the_read_back_has_them(self):
        listed = self.list()[self.server['id']]
        self.assertEqual(
            {
                'id': self.server['id'],
                'name': self.server['name'],
                'tenant_id': self.api.project_id,
                'status': 'ACTIVE',
                'live_tune': self._of_read_back(),
            },
            listed,
        )
        self.assertEqual(2, len(listed['live_tune']['interfaces']))
        self.assertEqual(3, len(listed['live_tune']['disks']))

    def _of_read_back(self):
        """All that is tuned, without what is of the flavor and the host."""
        return {
            'cpu': self._brief(self.shown['cpu']),
            'interfaces': [self._brief(p) for p in self.shown['interfaces']],
            'disks': [self._brief(p) for p in self.shown['disks']],
        }

    def _brief(self, part):
        others = {'flavor', 'effective', 'bounds', 'not_in_effect'}
        return {k: v for k, v in part.items() if k not in others}

    def test_when_a_lease_ends(self):
        lease = {**CPU, 'duration': 3600}
        answer = self.set(self.server, 'setCpuQuota', lease)
        listed = self.list()[self.server['id']]['live_tune']['cpu']
        self.assertEqual(self._brief(answer['cpu']), listed)
        self.assertIsNotNone(listed['expires_at'])

    def test_what_is_reset_is_gone(self):
        first, second = base.PORTS
        selection = {
            'cpu': True,
            'interfaces': [first['id']],
            'disks': ['vda', base.VOLUME],
        }
        self.set(self.server, 'resetLiveTune', selection)
        limits = self.list()[self.server['id']]['live_tune']
        self.assertEqual({'tuned': {}, 'expires_at': None}, limits['cpu'])
        (port,), (disk,) = limits['interfaces'], limits['disks']
        self.assertEqual((2, second['id']), (port['index'], port['port_id']))
        self.assertEqual('vdb', disk['device'])
        self.set(self.server, 'resetLiveTune', None)
        self.assertEqual({}, self.list())
        self.tune_cpu(self.server)
        self.assert_listed([self.server])

    def test_devices_that_are_detached_are_gone(self):
        second = base.PORTS[1]
        selection = {'cpu': True, 'interfaces': [1], 'disks': ['vda', 'vdb']}
        self.set(self.server, 'resetLiveTune', selection)
        self._detach_interface(self.server, second['id'])
        limits = self.list()[self.server['id']]['live_tune']
        self.assertEqual([], limits['interfaces'])
        self.api.delete_server_volume(self.server['id'], base.VOLUME)
        self._wait_for_volume_detach(self.server['id'], base.VOLUME)
        # With what is kept of nothing, before it is forgotten and after.
        self.assertNotEqual({}, self.kept(self.server))
        self._wait_for_assert(lambda: self.assertEqual({}, self.list()))
        self.tick()
        self.assertEqual({}, self.kept(self.server))
        self.assertEqual({}, self.list())

    def test_server_of_before_there_was_a_mark(self):
        with self.in_cell() as in_cell:
            instance = self.instance(in_cell, self.server)
            del instance.system_metadata[base.MARK]
            instance.save()
        self.assertEqual({}, self.list())
        self.tick()
        self.assert_listed([self.server])
        self.assertEqual(self.before['record'], self.record(self.server))
        self.assertEqual({}, dict(+self.reconciler().counts))

    def test_stopped_and_deleted_servers(self):
        self._stop_server(self.server)
        self.assertEqual('SHUTOFF', self.list()[self.server['id']]['status'])
        self.flags(reclaim_instance_interval=3600)
        self.api.delete_server(self.server['id'])
        self._wait_for_state_change(self.server, 'SOFT_DELETED')
        self.assertEqual({}, self.list())
        self.api.post_server_action(self.server['id'], {'restore': None})
        self._wait_for_state_change(self.server, 'ACTIVE')
        self.assert_listed([self.server])
        self.flags(reclaim_instance_interval=0)
        self._delete_server(self.server)
        self.assertEqual({}, self.list())


class WhoSeesWhatTest(ListMixin, base.LiveTuneTestBase):
    def setUp(self):
        super().setUp()
        # Placement's fixture has changed the default for the whole process.
        self.flags(enforce_new_defaults=True, group='oslo_policy')
        self.useFixture(nova_fixtures.RealPolicyFixture())
        for host in ('compute1', 'compute2'):
            self.start_compute(host)
        self.mine = self._boot(self.api, 'compute1')
        self.foreign = self._boot(self.project('member'), 'compute2')

    def _boot(self, api, host):
        """A tuned server, and one that is not, of a project on a host."""
        servers = [
            self._create_server(networks='none', host=host, api=self.admin_api)
            for _ in range(2)
        ]
        with self.in_cell() as in_cell:
            for server in servers:
                instance = self.instance(in_cell, server)
                instance.project_id = api.project_id
                instance.save()
        self.tune_cpu(servers[0])
        return servers[0]

    def test_projects_see_their_own(self):
        for api, server in (
            (self.api, self.mine),
            (self.project('reader'), self.foreign),
            (self.project('admin'), self.foreign),
        ):
            self.assert_listed([server], api=api)
        third = self.project('reader', project=uuids.third)
        self.assert_listed([], api=third)
        without_a_role = self.project(project=self.api.project_id)
        self.assert_refused(self.get(without_a_role), 403, RULE)

    def test_admin_sees_all_if_asked_to(self):
        for value in ('1', 'True', ''):
            found = self.list(self.admin_api, all_tenants=value)
            self.assertEqual(
                {self.mine['id']: 'compute1', self.foreign['id']: 'compute2'},
                {server: listed['host'] for server, listed in found.items()},
            )
            self.assertEqual(
                {self.api.project_id, uuids.project},
                {listed['tenant_id'] for listed in found.values()},
            )
        self.assert_listed([self.mine], api=self.admin_api, all_tenants='0')

    def test_host(self):
        admin = self.admin_api
        self.assert_listed([self.mine], api=admin, host='compute1')
        self.assert_listed([], api=admin, host='compute2')
        for host, servers in (
            ('compute1', [self.mine]),
            ('compute2', [self.foreign]),
            ('compute', []),
        ):
            self.assert_listed(servers, api=admin, all_tenants=1, host=host)

    def test_all_projects_and_hosts_are_for_the_admin(self):
        for query in ({'all_tenants': 1}, {'host': 'compute1'}):
            for api in (self.api, self.api_fixture.reader_api):
                self.assert_refused(self.get(api, **query), 403, ALL)
        (listed,) = self.list().values()
        self.assertNotIn('host', listed)
        (listed,) = self.list(self.admin_api).values()
        self.assertEqual('compute1', listed['host'])

    def test_rules_can_be_overridden(self):
        self._override({ALL: 'role:reader'})
        reader = self.api_fixture.reader_api
        both = [self.mine, self.foreign]
        self.assert_listed(both, api=reader, all_tenants=1)
        self.assert_listed([self.mine], api=reader)
        self._override({RULE: '!'})
        for query in ({}, {'all_tenants': 1}):
            self.assert_refused(self.get(self.admin_api, **query), 403, RULE)

    def _override(self, rules):
        self.useFixture(
            nova_fixtures.OverridePolicyFixture(rules_in_file=rules)
        )


class PagesTest(ListMixin, base.LiveTuneTestBase):
    """Servers of two cells."""

    NUMBER_OF_CELLS = 2

    def setUp(self):
        super().setUp()
        for number in (1, 2):
            self.start_compute(f'compute{number}', cell_name=f'cell{number}')
        self.servers = [self._boot(i) for i in range(6)]
        self.tuned = [s for i, s in enumerate(self.servers) if i != 2]
        for server in self.tuned:
            self.set(
                server,
                'setDiskIO',
                {'disk': 'vda', 'total_iops_sec': 70},
                self.admin_api,
            )

    def _boot(self, number):
        """By turns in one cell or the other."""
        return self._create_server(
            networks='none',
            host=f'compute{number % 2 + 1}',
            api=self.admin_api,
        )

    def _walk(self, **query):
        """Follow the links; return the ids that each page has."""
        pages = []
        while True:
            answer = self.page(self.admin_api, **query)
            pages.append([server['id'] for server in answer['servers']])
            if 'servers_links' not in answer:
                return pages
            (link,) = answer['servers_links']
            self.assertEqual('next', link['rel'])
            url = urllib.parse.urlsplit(link['href'])
            self.assertEqual('/v2.1/os-live-tune', url.path)
            query = dict(urllib.parse.parse_qsl(url.query))

    def test_all_cells(self):
        found = self.list(self.admin_api, all_tenants=1)
        self.assertEqual({s['id'] for s in self.tuned}, set(found))
        for listed in found.values():
            (disk,) = listed['live_tune']['disks']
            self.assertEqual({'total_iops_sec': 70}, disk['tuned'])

    def test_pages(self):
        (whole,) = self._walk()
        self.assertEqual({s['id'] for s in self.tuned}, set(whole))
        for limit, sizes in ((2, [2, 2, 1]), (5, [5, 0]), (9, [5])):
            pages = self._walk(limit=limit, all_tenants=1)
            self.assertEqual(sizes, [len(page) for page in pages])
            self.assertEqual(whole, [id for page in pages for id in page])
        self.assertEqual([[]], self._walk(limit=0))
        self._at_most_as_configured(whole)
        self._server_without_its_disk_ends_no_page(whole)

    def _at_most_as_configured(self, whole):
        self.flags(max_limit=3, group='api')
        for query in ({}, {'limit': 1000}):
            pages = self._walk(**query)
            self.assertEqual([whole[:3], whole[3:]], pages)
        self.flags(max_limit=1000, group='api')

    def _server_without_its_disk_ends_no_page(self, whole):
        first, second, *others = whole
        cells = {self._lose_disk(server) for server in (first, second)}
        self.assertEqual({'cell1', 'cell2'}, cells)
        pages = self._walk(limit=1)
        self.assertEqual([[], [], *([o] for o in others), []], pages)

    def _lose_disk(self, server):
        """As if it had been detached; return the name of its cell."""
        admin = nova_context.get_admin_context()
        mapping = objects.InstanceMapping.get_by_instance_uuid(admin, server)
        with nova_context.target_cell(admin, mapping.cell_mapping) as in_cell:
            (disk,) = objects.BlockDeviceMappingList.get_by_instance_uuid(
                in_cell, server
            )
            disk.destroy()
        return mapping.cell_mapping.name

    def test_bad_queries(self):
        for query, words in (
            ({'marker': uuids.nobody}, ('marker', uuids.nobody)),
            ({'marker': 'x'}, ('marker x',)),
            ({'marker': ''}, ('marker',)),
            ({'limit': '-1'}, ('limit',)),
            ({'limit': 'ten'}, ('limit',)),
            ({'host': ''}, ('host',)),
            ({'all_tenants': 'perhaps'}, ('perhaps',)),
            ({'project': 'x'}, ('project',)),
        ):
            response = self.get(self.admin_api, **query)
            self.assert_refused(response, 400, *words)
        response = self.admin_api.api_request(f'{LIST}?limit=1&limit=2')
        self.assert_refused(response, 400, 'limit')
