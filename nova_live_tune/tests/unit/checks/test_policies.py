# SPDX-License-Identifier: Apache-2.0
import fixtures
import nova.conf
from nova import policies as nova_policies
from nova import policy
from oslo_config import fixture as config
from oslo_policy import opts
from oslotest import base

from nova_live_tune.api import policies as ours
from nova_live_tune.checks import policies, results


class PoliciesTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        conf = self.useFixture(config.Config(nova.conf.CONF)).conf
        conf([], project='nova', default_config_files=[])
        opts.set_defaults(conf)
        self.file = self.useFixture(fixtures.TempDir()).join('policy.yaml')
        conf.set_override('policy_file', self.file, group='oslo_policy')
        policy.reset()
        self.addCleanup(policy.reset)

    def check(self, text):
        with open(self.file, 'w') as file:
            file.write(text)
        return policies.check()

    def test_all_are_registered(self):
        result = self.check('')
        self.assertEqual(results.Code.SUCCESS, result.code)
        self.assertIn(f'our {len(ours.list_rules())} rules', result.details)

    def test_an_override(self):
        result = self.check(
            f'"{ours.SHOW}": "role:auditor"\n"theirs": "role:member"\n'
        )
        self.assertEqual(results.Code.SUCCESS, result.code)

    def test_an_override_of_what_is_no_rule(self):
        result = self.check(f'"{ours.ROOT}set-cpu": "role:member"\n')
        self.assertEqual(results.Code.WARNING, result.code)
        self.assertIn(f'overrides {ours.ROOT}set-cpu,', result.details)
        self.assertIn(ours.SET_CPU_QUOTA, result.details)
        self.assertIn(self.file, result.details)

    def test_a_file_that_is_broken(self):
        result = self.check('"a": [')
        self.assertEqual(results.Code.FAILURE, result.code)
        self.assertIn(self.file, result.details)

    def test_a_nova_that_does_not_know_them(self):
        theirs = [
            rule
            for rule in nova_policies.list_rules()
            if rule.name != ours.RESET
        ]
        self.useFixture(
            fixtures.MockPatchObject(
                nova_policies, 'list_rules', lambda: iter(theirs)
            )
        )
        result = self.check('')
        self.assertEqual(results.Code.FAILURE, result.code)
        self.assertIn(f'the rules {ours.RESET}.', result.details)
        self.assertIn('Patch it', result.details)
