# SPDX-License-Identifier: Apache-2.0
import argparse

import testtools
from osc_lib import exceptions

from nova_live_tune import tunables
from nova_live_tune.osc import columns, terms


def given(*words):
    parser = argparse.ArgumentParser()
    terms.add(parser)
    terms.add_duration(parser)
    return terms.given(parser.parse_args(words))


class TermsTest(testtools.TestCase):
    def test_none(self):
        self.assertEqual({}, given())

    def test_all(self):
        self.assertEqual(
            {'duration': 60, 'generation': 0, 'dry_run': True},
            given('--duration', '60', '--generation', '0', '--dry-run'),
        )

    def test_durations(self):
        for text, seconds in (
            ('60', 60),
            ('90s', 90),
            ('15m', 900),
            ('12h', 43200),
            ('7d', 604800),
        ):
            self.assertEqual(seconds, given('--duration', text)['duration'])

    def test_what_is_none(self):
        for text in ('', '59', '8d', '1.5h', '-60', 'h', '1w', '60 s'):
            error = self.assertRaises(
                exceptions.CommandError, given, f'--duration={text}'
            )
            self.assertIn(f'--duration {text} is not allowed', str(error))
            self.assertIn('60..604800 seconds', str(error))


class ChangesTest(testtools.TestCase):
    def test_a_line_for_each(self):
        changes = {
            'shares': {'from': None, 'to': 5},
            'quota': {'from': -1, 'to': 5000},
        }
        cell = columns.Changes(tunables.CPU, changes)
        self.assertEqual(
            'quota unlimited -> 5000\nshares unknown -> 5',
            cell.human_readable(),
        )
        self.assertEqual(changes, cell.machine_readable())

    def test_none(self):
        cell = columns.Changes(tunables.CPU, {})
        self.assertEqual('nothing', cell.human_readable())
