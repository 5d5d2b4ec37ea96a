# SPDX-License-Identifier: Apache-2.0
from nova import policies as nova_policies
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.api import policies

_WHO = {
    'show': 'rule:project_reader_or_admin',
    'list': 'rule:project_reader_or_admin',
    'list:all-tenants': 'rule:context_is_admin',
    'set-cpu-quota': 'rule:project_member_or_admin',
    'set-interface': 'rule:project_member_or_admin',
    'set-disk-io': 'rule:project_member_or_admin',
    'reset': 'rule:project_member_or_admin',
    'exceed-bounds': 'rule:context_is_admin',
}


class PoliciesTest(base.BaseTestCase):
    def test_who_may_what(self):
        self.assertEqual(
            {f'os_compute_api:os-live-tune:{n}': c for n, c in _WHO.items()},
            {rule.name: rule.check_str for rule in policies.list_rules()},
        )

    def test_nova_has_them_registered(self):
        registered = {rule.name for rule in nova_policies.list_rules()}
        ours = {rule.name for rule in policies.list_rules()}
        self.assertLessEqual(ours, registered)

    def test_every_action_is_documented(self):
        documented = {
            operation['path']
            for rule in policies.list_rules()
            for operation in rule.operations
        }
        actions = {target.action for target in tunables.TARGETS}
        self.assertEqual(
            {
                '/servers/{server_id}/os-live-tune',
                '/os-live-tune',
                *(
                    f'/servers/{{server_id}}/action ({action})'
                    for action in (*actions, 'resetLiveTune')
                ),
            },
            documented,
        )
