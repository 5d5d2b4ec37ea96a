# SPDX-License-Identifier: Apache-2.0
"""The command that tells Horizon of the panel."""

import contextlib
import io
import pathlib
import tempfile
import unittest

from nova_live_tune.dashboard import __main__ as command
from nova_live_tune.dashboard import enabled

_NAME = '_1640_project_live_tune.py'


class CommandTest(unittest.TestCase):
    def setUp(self):
        super().setUp()
        self.horizon = self.enterContext(tempfile.TemporaryDirectory())
        self.folder = pathlib.Path(self.horizon, 'local', 'enabled')

    def _run(self, name):
        said = io.StringIO()
        with (
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            code = command.main([name, '--path', self.horizon])
        return code, said.getvalue()

    def test_enable_and_disable(self):
        self.folder.mkdir(parents=True)
        code, said = self._run('enable')
        self.assertEqual((0, True), (code, 'collectstatic' in said))
        [home] = enabled.__path__
        self.assertEqual(
            pathlib.Path(home, _NAME).read_text(),
            (self.folder / _NAME).read_text(),
        )
        for _ in range(2):
            self.assertEqual(0, self._run('disable')[0])
        self.assertEqual([], list(self.folder.iterdir()))

    def test_no_horizon_there(self):
        code, said = self._run('enable')
        self.assertEqual(1, code)
        self.assertIn('is not there: give --path.', said)

    def test_the_installed_horizon(self):
        folder = command._folder(None)
        self.assertTrue((folder.parent / 'local_settings.py.example').exists())
