# SPDX-License-Identifier: Apache-2.0
import fractions

import testtools
from osc_lib import exceptions

from nova_live_tune import tunables
from nova_live_tune.osc import sizes

QUOTA, PERIOD = tunables.CPU['quota'], tunables.CPU['period']
RATE = tunables.INTERFACE.shorthands[0]
AVERAGE = tunables.INTERFACE['inbound_average']
BURST = tunables.INTERFACE['inbound_burst']
BYTES = tunables.DISK['total_bytes_sec']
OPERATIONS = tunables.DISK['total_iops_sec']
SIZE = tunables.DISK['size_iops_sec']
SECONDS = tunables.DISK['total_bytes_sec_max_length']

MEANT = (
    ('10', AVERAGE, 10),
    ('10K', AVERAGE, 10),
    ('10M', AVERAGE, 10240),
    ('10Mi', AVERAGE, 10240),
    ('10MiB', AVERAGE, 10240),
    ('1.5m', AVERAGE, 1536),
    ('1Gi', RATE, 1 << 20),
    ('4M', BURST, 4096),
    ('10M', BYTES, 10 << 20),
    ('0.5K', BYTES, 512),
    ('1T', BYTES, 1 << 40),
    ('4K', SIZE, 4096),
    ('2K', OPERATIONS, 2000),
    ('1.5k', OPERATIONS, 1500),
    ('5', SECONDS, 5),
    ('50000', QUOTA, 50000),
    ('-1', QUOTA, -1),
    ('unlimited', QUOTA, -1),
    ('unlimited', BYTES, 0),
    ('unlimited', RATE, 0),
    ('0', BYTES, 0),
    ('flavor', BYTES, None),
    ('flavor', RATE, None),
    ('flavor', PERIOD, None),
)
NOT_UNDERSTOOD = (
    ('', AVERAGE),
    ('ten', AVERAGE),
    ('10MB', AVERAGE),
    ('10Mbit', AVERAGE),
    ('10 M', AVERAGE),
    ('1.5', AVERAGE),
    ('0.0001M', AVERAGE),
    ('1e6', BYTES),
    ('0x10', BYTES),
    ('2Ki', OPERATIONS),
    ('5K', SECONDS),
    ('100K', QUOTA),
    ('unlimited', PERIOD),
    ('Flavor', BYTES),
    ('nan', BYTES),
)
NOT_ALLOWED = (
    ('500', QUOTA),
    ('-2', QUOTA),
    ('0', PERIOD),
    ('-1', BYTES),
    ('1' + '0' * 30, BYTES),
    ('8G', RATE),
)


class ParseTest(testtools.TestCase):
    def test_what_is_meant(self):
        for text, knob, expected in MEANT:
            with self.subTest(text):
                self.assertEqual(expected, sizes.parse(text, knob, '--x'))

    def _refused(self, text, knob):
        error = self.assertRaises(
            exceptions.CommandError, sizes.parse, text, knob, '--some-knob'
        )
        self.assertIn(f'--some-knob {text} is not ', str(error))
        self.assertNotIn('\n', str(error))
        return str(error)

    def test_what_nobody_understands(self):
        for text, knob in NOT_UNDERSTOOD:
            sentence = self._refused(text, knob)
            self.assertIn(f'a whole number of {knob.unit}', sentence)

    def test_what_the_knob_does_not_take(self):
        for text, knob in NOT_ALLOWED:
            self.assertIn(knob.range, self._refused(text, knob))

    def test_the_words_that_a_knob_takes_are_told(self):
        self.assertIn('unlimited or flavor', self._refused('x', BYTES))
        self.assertNotIn('unlimited', self._refused('x', PERIOD))
        self.assertIn('1M is 1024 KiB/s', self._refused('x', AVERAGE))
        self.assertIn(
            '1M is 1000000 operations/s', self._refused('x', OPERATIONS)
        )

    def test_percent(self):
        for text in ('12.5', '12.5%', '12.5 %'):
            self.assertEqual(
                fractions.Fraction(1, 8), sizes.parse_percent(text, '--x')
            )
        for text in ('', '0', '0.0', '-5', 'half', '5%%', '1e2'):
            error = self.assertRaises(
                exceptions.CommandError, sizes.parse_percent, text, '--x'
            )
            self.assertIn(f'--x {text} is not understood', str(error))


class ReadableTest(testtools.TestCase):
    def test_table(self):
        for value, knob, expected in (
            (-1, QUOTA, 'unlimited'),
            (0, BYTES, 'unlimited'),
            (100000, PERIOD, '100000'),
            (1023, AVERAGE, '1023'),
            (1536, AVERAGE, '1536 (1.5 MiB/s)'),
            (4096, BURST, '4096 (4 MiB)'),
            (10 << 20, BYTES, '10485760 (10 MiB/s)'),
            (200000, OPERATIONS, '200000'),
        ):
            self.assertEqual(expected, sizes.readable(value, knob))

    def test_measured(self):
        for value, unit, expected in (
            (33.6, '% of a core', '34 % of a core'),
            (0, 'bytes/s', '0 bytes/s'),
            (0.5, 'KiB/s', '512 bytes/s'),
            (9984, 'KiB/s', '9.75 MiB/s'),
            (3 << 40, 'bytes/s', '3 TiB/s'),
            (3 << 50, 'bytes/s', '3072 TiB/s'),
        ):
            self.assertEqual(expected, sizes.bare(value, unit))
