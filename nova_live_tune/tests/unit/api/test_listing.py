# SPDX-License-Identifier: Apache-2.0
import fixtures
from nova import exception
from nova.api.openstack import wsgi
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base
from webob import exc

from nova_live_tune.api import listing, policies
from nova_live_tune.tests.unit import fakes

_TUNED = {'cpu': {'tuned': {'quota': 5000}}, 'interfaces': [], 'disks': []}


class Context:
    """Somebody who may do what is allowed."""

    user_id = 'user'
    project_id = 'project'

    def __init__(self, *allowed):
        self.allowed = allowed

    def can(self, rule, fatal=True):
        if fatal and rule not in self.allowed:
            raise exception.PolicyNotAuthorized(action=rule)
        return rule in self.allowed

    def elevated(self):
        return ('elevated', self)


class ListTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MockPatchObject
        self.instances = [fakes.instance(display_name='web')]
        self.search = self.useFixture(
            patch(listing.listing, 'search', return_value=self.instances)
        ).mock
        self.tuned = self.useFixture(
            patch(
                listing.listing,
                'tuned',
                side_effect=lambda _, found: [(i, _TUNED) for i in found],
            )
        ).mock
        self.controller = listing.ListController()
        self.member = Context(policies.LIST)
        self.admin = Context(policies.LIST, policies.LIST_ALL_TENANTS)

    def list(self, context, query=''):
        req = wsgi.Request.blank(
            f'/os-live-tune?{query}', base_url='http://nova/v2.1'
        )
        req.environ['nova.context'] = context
        return self.controller.index(req)


class SearchTest(ListTestCase):
    def _searched(self):
        ((_, filters, limit, marker), _) = self.search.call_args
        return filters, limit, marker

    def test_the_project(self):
        for context in (self.member, self.admin):
            self.list(context, 'limit=7&marker=x&all_tenants=0')
            self.assertEqual(
                ({'project_id': 'project'}, 7, 'x'), self._searched()
            )
            self.assertIs(context, self.search.call_args[0][0])

    def test_no_project(self):
        self.member.project_id = None
        self.list(self.member)
        self.assertEqual(({'user_id': 'user'}, 1000, None), self._searched())

    def test_all_projects(self):
        self.list(self.admin, 'all_tenants=1&host=h&limit=5000')
        self.assertEqual(({'host': 'h'}, 1000, None), self._searched())
        for call in (self.search, self.tuned):
            self.assertEqual(self.admin.elevated(), call.call_args[0][0])

    def test_what_is_not_allowed(self):
        for query in ('all_tenants=1', 'host=h'):
            refused = self.assertRaises(
                exception.PolicyNotAuthorized, self.list, self.member, query
            )
            self.assertIn(policies.LIST_ALL_TENANTS, str(refused))
        self.assertRaises(
            exception.PolicyNotAuthorized,
            self.list,
            Context(policies.LIST_ALL_TENANTS),
        )
        self.search.assert_not_called()

    def test_a_marker_that_is_none(self):
        self.search.side_effect = exception.MarkerNotFound(marker='x')
        refused = self.assertRaises(
            exc.HTTPBadRequest, self.list, self.member, 'marker=x'
        )
        self.assertIn('marker x', refused.explanation)

    def test_numbers_and_switches_that_are_none(self):
        for query, word in (
            ('limit=ten', 'limit'),
            ('limit=-1', 'limit'),
            ('all_tenants=perhaps', 'perhaps'),
        ):
            refused = self.assertRaises(
                exc.HTTPBadRequest, self.list, self.admin, query
            )
            self.assertIn(word, refused.explanation)


class ViewTest(ListTestCase):
    def test_a_server(self):
        expected = {
            'id': uuids.server,
            'name': 'web',
            'tenant_id': 'project',
            'status': 'ACTIVE',
            'live_tune': _TUNED,
        }
        self.assertEqual({'servers': [expected]}, self.list(self.member))
        expected['host'] = 'here'
        self.assertEqual({'servers': [expected]}, self.list(self.admin))

    def test_status_is_novas(self):
        self.instances[0].task_state = 'reboot_started_hard'
        (server,) = self.list(self.member)['servers']
        self.assertEqual('HARD_REBOOT', server['status'])

    def test_link_to_the_next_page_counts_what_was_found(self):
        answer = self.list(self.member, 'limit=1')
        self.assertEqual(
            [
                {
                    'rel': 'next',
                    'href': 'http://nova/v2.1/os-live-tune?limit=1&marker='
                    + uuids.server,
                }
            ],
            answer['servers_links'],
        )
        self.tuned.side_effect = lambda *_: []
        self.assertEqual(
            {'servers': [], 'servers_links': answer['servers_links']},
            self.list(self.member, 'limit=1'),
        )
        self.assertEqual({'servers': []}, self.list(self.member, 'limit=2'))
