# SPDX-License-Identifier: Apache-2.0
import contextlib
import subprocess

from lab import policy_rc
from lab.tests.base import LabCase

THEIRS = '#!/bin/sh\nexit 0\n'
DENIED = 101


class TestPolicy(LabCase):
    def setUp(self) -> None:
        super().setUp()
        self.policy = self.lab / 'policy-rc.d'
        self.patch(policy_rc, 'POLICY', self.policy)

    def test_denies_and_goes(self) -> None:
        with policy_rc.nothing_starts():
            done = subprocess.run([self.policy, 'epmd.socket', 'start'])
            self.assertEqual(DENIED, done.returncode)
        self.assertFalse(self.policy.exists())

    def test_theirs_comes_back(self) -> None:
        self.policy.write_text(THEIRS)
        with policy_rc.nothing_starts():
            self.assertEqual(policy_rc.DENY, self.policy.read_text())
        self.assertEqual(THEIRS, self.policy.read_text())

    def test_comes_back_after_a_failure(self) -> None:
        self.policy.write_text(THEIRS)
        with (
            contextlib.suppress(KeyboardInterrupt),
            policy_rc.nothing_starts(),
        ):
            raise KeyboardInterrupt
        self.assertEqual(THEIRS, self.policy.read_text())

    def test_comes_back_after_a_kill(self) -> None:
        self.policy.write_text(THEIRS)
        policy_rc.nothing_starts().__enter__()
        policy_rc.restore()
        self.assertEqual(THEIRS, self.policy.read_text())
        self.assertEqual([self.policy], list(self.lab.glob('policy*')))

    def test_theirs_stays_when_nothing_was_installed(self) -> None:
        self.policy.write_text(THEIRS)
        policy_rc.restore()
        self.assertEqual(THEIRS, self.policy.read_text())
