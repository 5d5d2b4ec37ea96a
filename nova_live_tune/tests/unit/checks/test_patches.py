# SPDX-License-Identifier: Apache-2.0
from unittest import mock

from oslotest import base

from nova_live_tune.checks import patches, results
from nova_live_tune.patching import gnu_patch, status, tree


class PatchesTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.patch(tree, 'installed', '/site')
        self.inspect = self.patch(status, 'inspect')

    def patch(self, module, name, value=None):
        patched = mock.patch.object(module, name, return_value=value)
        self.addCleanup(patched.stop)
        return patched.start()

    def check(self, state, detail='It is so.', release='2026.2'):
        self.inspect.return_value = status.Status(
            '34.0.0', release, state, '1.0+abc', detail
        )
        result = patches.check()
        self.inspect.assert_called_once_with('/site')
        self.assertIn('Nova 34.0.0', result.details)
        self.assertIn('/site', result.details)
        return result

    def assert_advised(self, result, code, state, advice):
        self.assertEqual(code, result.code)
        self.assertIn(f'is {state}: It is so.', result.details)
        self.assertIn(advice, result.details)

    def test_applied(self):
        result = self.check('applied')
        self.assertEqual(results.Code.SUCCESS, result.code)
        self.assertIn('(2026.2)', result.details)
        self.assertIn('series 1.0+abc', result.details)

    def test_unpatched(self):
        self.assert_advised(
            self.check('unpatched'),
            results.Code.FAILURE,
            'unpatched',
            'Run nova-live-tune-patch apply',
        )

    def test_outdated(self):
        self.assert_advised(
            self.check('outdated'),
            results.Code.WARNING,
            'outdated',
            'Run nova-live-tune-patch apply',
        )

    def test_interrupted(self):
        self.assert_advised(
            self.check('interrupted'),
            results.Code.FAILURE,
            'interrupted',
            'apply, or revert',
        )

    def test_foreign_without_the_hunk(self):
        result = self.check('foreign', 'It is so.\n@@ -1,2 +1,3 @@\n+x')
        self.assert_advised(
            result,
            results.Code.FAILURE,
            'foreign',
            'nova-live-tune-patch check',
        )
        self.assertNotIn('@@', result.details)

    def test_a_release_that_there_is_no_series_for(self):
        result = self.check('unpatched', release=None)
        self.assert_advised(
            result, results.Code.FAILURE, 'unpatched', 'Upgrade'
        )
        self.assertIn('no series for it', result.details)
        self.assertNotIn('apply', result.details)

    def test_no_gnu_patch(self):
        self.inspect.side_effect = gnu_patch.Missing('GNU patch is missing.')
        self.patch(tree, 'version', '34.0.0')
        result = patches.check()
        self.assertEqual(results.Code.WARNING, result.code)
        self.assertIn('34.0.0', result.details)
        self.assertIn('GNU patch is missing.', result.details)
