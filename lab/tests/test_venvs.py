# SPDX-License-Identifier: Apache-2.0
import importlib.util
import pathlib
import py_compile

from lab import venvs
from lab.tests.base import LabCase

SITE = 'lib/python3.11/site-packages'


class TestShareBytecode(LabCase):
    def source(self, venv: str, name: str) -> pathlib.Path:
        path = self.lab / venv / SITE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text('"""A module."""\n')
        return path

    def compiled(self, source: pathlib.Path) -> pathlib.Path:
        return pathlib.Path(importlib.util.cache_from_source(str(source)))

    def share(self) -> None:
        venvs.share_bytecode(self.lab / 'ours', self.lab / 'plain')

    def test_what_both_have_is_compiled_in_both(self) -> None:
        ours = self.source('ours', 'package/module.py')
        plain = self.source('plain', 'package/module.py')
        py_compile.compile(str(ours))
        self.share()
        self.assertTrue(self.compiled(plain).samefile(self.compiled(ours)))

    def test_a_package_that_the_other_lacks_stays_away(self) -> None:
        py_compile.compile(str(self.source('ours', 'package/module.py')))
        self.source('plain', 'other/module.py')
        self.share()
        self.assertFalse((self.lab / 'plain' / SITE / 'package').exists())
