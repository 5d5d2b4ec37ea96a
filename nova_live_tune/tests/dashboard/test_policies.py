# SPDX-License-Identifier: Apache-2.0
"""The rules in Horizon's policy engine."""

import pathlib
import tempfile

from django.conf import settings
from django.test import override_settings
from openstack_auth import policy as engine

from nova_live_tune.dashboard import policies
from nova_live_tune.tests.dashboard import base

_ALL = (policies.SHOW, policies.RESET, *policies.SET.values())


class PoliciesTest(base.PanelTest):
    def setUp(self):
        super().setUp()
        engine.reset()
        self.addCleanup(engine.reset)

    def _allowed(self, *roles):
        self.be(*roles)
        return {
            rule
            for rule in _ALL
            if policies.allowed(self.request, rule, self.server)
        }

    def test_who_may_what(self):
        self.assertEqual(set(_ALL), self._allowed('admin'))
        self.assertEqual(set(_ALL), self._allowed('member', 'reader'))
        self.assertEqual({policies.SHOW}, self._allowed('reader'))
        self.assertEqual(set(), self._allowed('auditor'))

    def test_an_operator_changes_them_where_novas_are(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        changed = folder / 'nova_policy.yaml'
        changed.write_text(f'"{policies.SHOW}": "role:auditor"\n')
        files = {**settings.POLICY_FILES, policies.SCOPE: str(changed)}
        with override_settings(POLICY_FILES=files):
            self.assertEqual({policies.SHOW}, self._allowed('auditor'))

    def test_they_are_looked_for_where_novas_are(self):
        for places in (settings.POLICY_FILES, settings.POLICY_DIRS):
            self.assertEqual(places['compute'], places[policies.SCOPE])

    def test_an_operators_own_setting_stays(self):
        files = {'live_tune': 'my.yaml', 'compute': 'nova_policy.yaml'}
        with override_settings(POLICY_FILES=files, POLICY_DIRS={}):
            policies.register()
            self.assertEqual('my.yaml', settings.POLICY_FILES['live_tune'])
