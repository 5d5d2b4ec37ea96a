# SPDX-License-Identifier: Apache-2.0
import argparse
import io
import subprocess

import testtools

from nova_live_tune.osc import columns, formats

NAMES = ('Name', 'Not In Effect')
NASTY = '$(exit 1) "`\'\\ \n*'


class ShellTest(testtools.TestCase):
    def _emitted(self, rows, prefix=''):
        out = io.StringIO()
        args = argparse.Namespace(prefix=prefix)
        formats.Shell().emit_list(NAMES, rows, out, args)
        return out.getvalue()

    def test_variables_are_numbered_by_row(self):
        self.assertEqual(
            "x_name_1=a\nx_not_in_effect_1=''\n"
            'x_name_2=5\nx_not_in_effect_2=b\n',
            self._emitted([('a', None), (5, 'b')], 'x_'),
        )

    def test_a_shell_takes_every_value_for_what_it_is(self):
        script = self._emitted([(NASTY, None)]) + 'printf %s "$name_1"'
        said = subprocess.check_output(['sh', '-euc', script], text=True)
        self.assertEqual(NASTY, said)


class MachineTest(testtools.TestCase):
    def test_nested_values_where_a_format_has_none(self):
        cell = columns.Numbers((), {})
        self.assertEqual({}, formats._machine(cell, structured=True))
        self.assertEqual('{}', formats._machine(cell, structured=False))
        for value in (5, None, 'x'):
            cell = columns.Optional(value)
            self.assertEqual(value, formats._machine(cell, structured=False))
