# SPDX-License-Identifier: Apache-2.0
import contextlib
import io
import sys
import unittest
from unittest import mock

from lab import __main__ as main
from lab import hosts, power
from lab.shell import Failed

HOST = hosts.COMPUTES[0]


class TestCommands(unittest.TestCase):
    def befalls(self, *words: str) -> list[object]:
        """Which of lab/power.py was called, and with what."""
        with (
            mock.patch.object(sys, 'argv', ['lab', *words]),
            mock.patch.object(main, 'power') as called,
        ):
            main.befall(main.arguments())
        [(name, given, _)] = called.method_calls
        return [name, *given]

    def test_of_a_host(self) -> None:
        self.assertEqual(['pull_plug', HOST], self.befalls('kill', HOST.name))
        self.assertEqual(['start', HOST], self.befalls('start', HOST.name))

    def test_of_a_service(self) -> None:
        for name in ('kill', 'restart'):
            self.assertEqual(
                [name, HOST, 'libvirtd'],
                self.befalls(name, HOST.name, 'libvirtd'),
            )

    def test_what_lacks(self) -> None:
        for words in (['start'], ['restart', HOST.name], []):
            with contextlib.redirect_stderr(io.StringIO()):
                self.assertRaises(SystemExit, self.befalls, *words)

    def test_the_controller_stays(self) -> None:
        for befall in (power.pull_plug, power.start):
            with self.assertRaisesRegex(Failed, 'no compute host'):
                befall(hosts.CONTROLLER)
