# SPDX-License-Identifier: Apache-2.0
import os
import sys
from unittest import mock

from lab import shell
from lab.tests.base import LabCase

OF_TOX = (
    'PIP_CONSTRAINT',
    'UV_CONSTRAINT',
    'UV_COMPILE_BYTECODE',
    'UV_LINK_MODE',
)


class TestRun(LabCase):
    def told(self, name: str, more: dict[str, str]) -> str:
        code = f'import os; print(os.environ.get({name!r}))'
        return shell.run([sys.executable, '-c', code], more).strip()

    @mock.patch.dict(
        os.environ, {**dict.fromkeys(OF_TOX, 'theirs'), 'KEPT': 'yes'}
    )
    def test_what_tox_tells_installers_is_left_out(self) -> None:
        for name in OF_TOX:
            self.assertEqual('None', self.told(name, {}))
        self.assertEqual('yes', self.told('KEPT', {}))
        self.assertEqual('mine', self.told('KEPT', {'KEPT': 'mine'}))

    def test_what_was_said_is_in_the_error(self) -> None:
        code = 'import sys; print("why"); sys.exit(3)'
        command = [sys.executable, '-c', code]
        with self.assertRaisesRegex(shell.Failed, 'ended with 3:\nwhy'):
            shell.run(command)
        self.assertEqual('why\n', shell.run(command, accept=(0, 3)))
