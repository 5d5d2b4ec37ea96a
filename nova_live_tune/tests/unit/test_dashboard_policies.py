# SPDX-License-Identifier: Apache-2.0
"""The rules that Horizon is given are those of our API."""

import yaml
from oslotest import base

from nova_live_tune.api import policies
from tools import dashboard_policies


class DashboardPoliciesTest(base.BaseTestCase):
    def test_the_file_is_up_to_date(self):
        self.assertEqual(
            dashboard_policies.text(),
            dashboard_policies.FILE.read_text(),
            'Run tools/dashboard_policies.py (tox -e samples).',
        )

    def test_it_has_every_rule_and_what_these_stand_on(self):
        found = yaml.safe_load(dashboard_policies.FILE.read_text())
        checks = {rule['name']: rule['check_str'] for rule in found}
        for rule in policies.list_rules():
            self.assertEqual(rule.check_str, checks[rule.name])
        named = {
            word[len('rule:') :]
            for check in checks.values()
            for word in check.split()
            if word.startswith('rule:')
        }
        self.assertIn('project_reader_or_admin', named)
        self.assertEqual(set(), named - set(checks))
