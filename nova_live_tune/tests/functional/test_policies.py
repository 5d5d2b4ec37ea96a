# SPDX-License-Identifier: Apache-2.0
import nova.policy
from nova import policies as nova_policies
from nova.tests import fixtures as nova_fixtures
from nova.tests.functional.api import client
from oslo_utils.fixture import uuidsentinel as uuids

from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.test_missing import BODIES

RULE = 'os_compute_api:os-live-tune:'
RULES = {
    'setCpuQuota': RULE + 'set-cpu-quota',
    'setInterface': RULE + 'set-interface',
    'setDiskIO': RULE + 'set-disk-io',
    'resetLiveTune': RULE + 'reset',
}
SHOW = RULE + 'show'
#: What test_list.py is about.
LIST = {RULE + 'list', RULE + 'list:all-tenants'}
ALL = {SHOW, RULE + 'exceed-bounds', *LIST, *RULES.values()}


class PolicyTest(base.OneServerTestBase):
    def setUp(self):
        super().setUp()
        # Placement's fixture has changed the default for the whole process.
        self.flags(enforce_new_defaults=True, group='oslo_policy')
        self.useFixture(nova_fixtures.RealPolicyFixture())

    def _get(self, api):
        return api.api_request(base.READ_BACK.format(self.server['id']))

    def _client(self, user, project, *roles):
        api = client.TestOpenStackClient(
            user, self.api_fixture.base_url, project_id=project, roles=roles
        )
        api.microversion = self.microversion
        return api

    def _statuses(self, api):
        """The status of each action, by its name."""
        return {
            action: self.act(self.server, action, body, api).status_code
            for action, body in BODIES.items()
        }

    def test_reader_may_show_and_not_set(self):
        before = self.standing(self.server)
        reader = self.api_fixture.reader_api
        self.assertEqual(200, self._get(reader).status_code)
        for action, body in BODIES.items():
            response = self.act(self.server, action, body, reader)
            self.assert_refused(response, 403, RULES[action])
        self.assert_nothing_changed(self.server, before)

    def test_user_without_a_role_may_nothing(self):
        other = self.api_fixture.other_api
        self.assert_refused(self._get(other), 403, SHOW)
        self.assertEqual({403}, set(self._statuses(other).values()))

    def test_server_of_another_project_is_not_there(self):
        before = self.standing(self.server)
        foreign = self._client('foreign', uuids.project, 'reader', 'member')
        self.assert_refused(self._get(foreign), 404)
        self.assertEqual({404}, set(self._statuses(foreign).values()))
        self.assert_nothing_changed(self.server, before)

    def test_member_and_admin_of_any_project_may_show_and_set(self):
        admin = self._client('admin', uuids.project, 'admin')
        for api in (self.api, admin):
            self.assertEqual(200, self._get(api).status_code)
            self.assertEqual({202}, set(self._statuses(api).values()))

    def test_each_rule_can_be_overridden_alone(self):
        for denied in (SHOW, *RULES.values()):
            self.useFixture(
                nova_fixtures.OverridePolicyFixture(
                    rules_in_file={denied: '!'}
                )
            )
            expected = {
                action: 403 if rule == denied else 202
                for action, rule in RULES.items()
            }
            self.assertEqual(expected, self._statuses(self.admin_api), denied)
            shown = self._get(self.admin_api).status_code
            self.assertEqual(403 if denied == SHOW else 200, shown)

    def test_override_can_let_a_reader_set(self):
        self.useFixture(
            nova_fixtures.OverridePolicyFixture(
                rules_in_file={RULES['setCpuQuota']: 'role:reader'}
            )
        )
        expected = {**dict.fromkeys(RULES, 403), 'setCpuQuota': 202}
        reader = self.api_fixture.reader_api
        self.assertEqual(expected, self._statuses(reader))

    def test_rules_are_documented_and_known_to_nova(self):
        documented = {
            rule.name: rule
            for rule in nova_policies.list_rules()
            if rule.name.startswith(RULE)
        }
        self.assertEqual(ALL, set(documented))
        for rule in documented.values():
            self.assertTrue(rule.description)
            self.assertTrue(rule.operations)
        known = nova.policy._ENFORCER.registered_rules
        self.assertLessEqual(ALL, set(known))
