# SPDX-License-Identifier: Apache-2.0
"""The panel needs no Nova."""

import importlib
import importlib.util
import pkgutil
import unittest

from nova_live_tune import dashboard


class AloneTest(unittest.TestCase):
    def test_every_module_loads_where_no_nova_is(self):
        self.assertIsNone(importlib.util.find_spec('nova'))
        prefix = f'{dashboard.__name__}.'
        found = list(pkgutil.walk_packages(dashboard.__path__, prefix))
        self.assertGreater(len(found), 12)
        for module in found:
            importlib.import_module(module.name)
