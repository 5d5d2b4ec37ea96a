# SPDX-License-Identifier: Apache-2.0
import sys
from importlib import metadata
from unittest import mock

import fixtures
from oslotest import base

from nova_live_tune.checks import entry_points, package, results

RULES = 'nova.policies.extensions'


class EntryPointsTest(base.BaseTestCase):
    def expect(self, hooks):
        self.useFixture(
            fixtures.MockPatchObject(package, 'hooks', lambda: hooks)
        )

    def assert_failure(self, *words):
        result = entry_points.check()
        self.assertEqual(results.Code.FAILURE, result.code)
        for word in (*words, f'Install {package.NAME}', sys.executable):
            self.assertIn(word, result.details)

    def test_all_that_setup_cfg_names_are_found_and_load(self):
        result = entry_points.check()
        self.assertEqual(results.Code.SUCCESS, result.code)
        self.assertIn(f'loads {len(package.hooks())} ', result.details)
        self.assertIn(sys.executable, result.details)

    def test_one_that_is_not_found(self):
        self.expect({RULES: {'os-live-tune', 'another'}})
        self.assert_failure(f'another of {RULES} is not found')

    def test_one_that_does_not_load(self):
        self.useFixture(
            fixtures.MockPatchObject(
                metadata.EntryPoint, 'load', side_effect=ImportError('no lxml')
            )
        )
        self.expect({RULES: {'os-live-tune'}})
        self.assert_failure(f'os-live-tune of {RULES}: no lxml')

    def test_installed_without_any(self):
        self.expect({})
        self.assert_failure('no entry points')

    def test_those_of_others_do_not_matter(self):
        self.expect({RULES: {'os-live-tune'}})
        manager = mock.Mock(namespace=RULES)
        manager.entry_points_names.return_value = ['theirs', 'os-live-tune']
        self.useFixture(
            fixtures.MockPatchObject(
                entry_points.stevedore,
                'ExtensionManager',
                return_value=manager,
            )
        )
        self.assertEqual(results.Code.SUCCESS, entry_points.check().code)
