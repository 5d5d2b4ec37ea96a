# SPDX-License-Identifier: Apache-2.0
import importlib

import fixtures
import testtools

from nova_live_tune.api import compat


class Controller:
    """Stands for any controller."""


class ValidatedTest(testtools.TestCase):
    def _mark(self, validated):
        """Mark the controller on a Nova that has this to do so."""
        self.addCleanup(importlib.reload, compat)
        mark = fixtures.MonkeyPatch('nova.api.validation.validated', validated)
        with mark:
            return importlib.reload(compat).validated(Controller)

    def test_a_nova_that_asks_for_a_mark_gets_its_own(self):
        marked = []
        self.assertIsNone(self._mark(marked.append))
        self.assertEqual([Controller], marked)

    def test_an_older_nova_asks_for_none(self):
        marked = self._mark(fixtures.MonkeyPatch.delete)
        self.assertIs(Controller, marked)
