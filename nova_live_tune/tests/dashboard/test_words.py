# SPDX-License-Identifier: Apache-2.0
"""Numbers and knobs in words."""

from django.test import SimpleTestCase

from nova_live_tune import tunables
from nova_live_tune.dashboard import words


class AmountTest(SimpleTestCase):
    def test_a_unit_that_fits(self):
        for value, unit, said in (
            (0, 'bytes/s', '0 bytes/s'),
            (0.04, 'KiB/s', '0.04 KiB/s'),
            (1023, 'bytes/s', '1023 bytes/s'),
            (10485760, 'bytes/s', '10 MiB/s'),
            (1536, 'KiB/s', '1.5 MiB/s'),
            (100, 'operations/s', '100 operations/s'),
            (5000, 'operations/s', '5000 operations/s'),
            (10**15, 'bytes/s', '909 TiB/s'),
            (38.84, '% of a core', '38.8 % of a core'),
        ):
            self.assertEqual(said, words.amount(value, unit))


class KnobTest(SimpleTestCase):
    def test_no_limit_is_said(self):
        quota, shares = tunables.CPU['quota'], tunables.CPU['shares']
        self.assertEqual('no limit', words.number(quota, -1))
        self.assertEqual('7', words.number(shares, 7))
        self.assertEqual('', words.number(quota, None))

    def test_a_quota_by_its_period(self):
        quota = tunables.CPU['quota']
        self.assertEqual(
            '150 % of a core', words.scaled(quota, 3000, {'period': 2000})
        )
        self.assertEqual('5 % of a core', words.scaled(quota, 5000, {}))
        self.assertEqual('', words.scaled(quota, -1, {}))

    def test_what_is_handy_already(self):
        average = tunables.INTERFACE['inbound_average']
        self.assertEqual('', words.scaled(average, 1023, {}))
        self.assertEqual('1 MiB/s', words.scaled(average, 1024, {}))

    def test_every_word_is_for_translators(self):
        said = words.said()
        for target in tunables.TARGETS:
            for knob in target:
                for word in (knob.title, knob.help, knob.unit):
                    self.assertIn(word, said)
