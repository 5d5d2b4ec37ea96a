# SPDX-License-Identifier: Apache-2.0
"""A lab's folder of the test's own."""

import pathlib
import tempfile
import unittest
from typing import Any
from unittest import mock

from lab import passwords, settings, state


class LabCase(unittest.TestCase):
    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.lab = pathlib.Path(folder.name)
        self.patch(settings, 'LAB', self.lab)
        self.patch(settings, 'LOGS', self.lab / 'logs')
        self.patch(state, 'FOLDER', self.lab / 'state')
        self.patch(passwords, 'FOLDER', self.lab / 'passwords')

    def patch(self, target: Any, name: str, value: Any) -> None:
        patcher = mock.patch.object(target, name, value)
        patcher.start()
        self.addCleanup(patcher.stop)
