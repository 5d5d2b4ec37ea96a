# SPDX-License-Identifier: Apache-2.0
"""A bar on a terminal, and none in a pipe."""

import contextlib
import io
from unittest import mock

import testtools

from nova_live_tune.osc import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


class BarTest(testtools.TestCase):
    def _drawn(self, out, err, total):
        with contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch('sys.stdout', out))
            stack.enter_context(mock.patch('sys.stderr', err))
            terminal = mock.patch.dict('os.environ', {'TERM': 'xterm'})
            stack.enter_context(terminal)
            told = stack.enter_context(progress.bar('Setting', total))
            for _ in range(total):
                told()
        return out.getvalue(), err.getvalue()

    def test_on_a_terminal_it_counts_and_then_is_gone(self):
        out, err = self._drawn(Terminal(), Terminal(), 3)
        self.assertEqual('', out)
        self.assertIn('Setting', err)
        self.assertIn('3/3', err)
        # The cursor is shown again, and the line deleted.
        self.assertIn('\x1b[?25h', err)
        self.assertTrue(err.endswith('\x1b[2K'), err[-20:])

    def test_none_in_a_pipe(self):
        for out, err in (
            (io.StringIO(), Terminal()),
            (Terminal(), io.StringIO()),
        ):
            self.assertEqual(('', ''), self._drawn(out, err, 3))

    def test_none_for_one(self):
        self.assertEqual(('', ''), self._drawn(Terminal(), Terminal(), 1))
