# SPDX-License-Identifier: Apache-2.0
import pathlib
import re
from importlib import metadata

from oslotest import base

from nova_live_tune.checks import package

_PATCHES = pathlib.Path(__file__).parents[4] / 'patches'


class PackageTest(base.BaseTestCase):
    def test_version(self):
        self.assertEqual(metadata.version(package.NAME), package.VERSION)

    def test_hooks_are_those_that_the_patches_make_nova_ask_for(self):
        added = '\n'.join(
            line
            for patch in _PATCHES.glob('common/*.patch')
            for line in patch.read_text().splitlines()
            if line.startswith('+')
        )
        asked = set(re.findall(r"'(nova\.[\w.]+)'", added))
        asked.add('nova.api.extra_spec_validators')
        self.assertEqual(asked, set(package.hooks()))
        for names in package.hooks().values():
            self.assertEqual({'os-live-tune'}, names)
