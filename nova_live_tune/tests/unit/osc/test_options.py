# SPDX-License-Identifier: Apache-2.0
import argparse

import testtools
from osc_lib import exceptions

from nova_live_tune import tunables
from nova_live_tune.osc import options


class OptionsTest(testtools.TestCase):
    def _wanted(self, target, *words):
        parser = argparse.ArgumentParser()
        options.add(parser, target)
        return options.wanted(parser.parse_args(words), target)

    def test_every_knob_is_in_one_option(self):
        for target in tunables.TARGETS:
            knobs = [k for o in options.of(target) for k in o.knobs]
            self.assertEqual([*target.shorthands, *target], knobs)

    def test_flags(self):
        self.assertEqual(
            ['--quota', '--period', '--shares'],
            [option.flag for option in options.of(tunables.CPU)],
        )
        self.assertEqual(
            ['--rate', '--inbound', '--outbound'],
            [option.flag for option in options.of(tunables.INTERFACE)],
        )
        self.assertIn(
            '--total-bytes-sec-max-length',
            [option.flag for option in options.of(tunables.DISK)],
        )

    def test_help_has_every_unit_and_range(self):
        for target in tunables.TARGETS:
            parser = argparse.ArgumentParser(prog='')
            options.add(parser, target)
            text = ' '.join(parser.format_help().split())
            for knob in (*target.shorthands, *target):
                self.assertIn(knob.help, text)
                self.assertIn(knob.range, text)

    def test_nothing_wanted(self):
        for target in tunables.TARGETS:
            self.assertEqual({}, self._wanted(target))

    def test_values(self):
        self.assertEqual(
            {'quota': -1, 'shares': None},
            self._wanted(tunables.CPU, '--quota', '-1', '--shares', 'flavor'),
        )
        self.assertEqual(
            {'total_bytes_sec': 1024, 'total_iops_sec_max': 1000},
            self._wanted(
                tunables.DISK,
                *('--total-bytes-sec', '1K', '--total-iops-sec-max', '1K'),
            ),
        )

    def test_values_with_colons(self):
        for text, expected in (
            ('10M', {'average': 10240}),
            ('1M:2M', {'average': 1024, 'peak': 2048}),
            ('1M:2M:3M', {'average': 1024, 'peak': 2048, 'burst': 3072}),
            ('1M::3M', {'average': 1024, 'burst': 3072}),
            (':2M', {'peak': 2048}),
            (
                '1M:flavor:unlimited',
                {'average': 1024, 'peak': None, 'burst': 0},
            ),
            ('unlimited', {'average': 0}),
            ('flavor', {'average': None, 'peak': None, 'burst': None}),
        ):
            self.assertEqual(
                {
                    f'outbound_{name}': value
                    for name, value in expected.items()
                },
                self._wanted(tunables.INTERFACE, '--outbound', text),
            )

    def test_refusals_name_the_option_and_its_part(self):
        for words, expected in (
            (('--inbound', ':'), '--inbound : is not understood: give '),
            (('--inbound', '1:2:3:4'), 'give <average>[:<peak>[:<burst>]].'),
            (('--inbound', '1:x'), '--inbound: peak x is not understood'),
            (('--rate', 'x'), '--rate x is not understood'),
        ):
            error = self.assertRaises(
                exceptions.CommandError,
                *(self._wanted, tunables.INTERFACE, *words),
            )
            self.assertIn(expected, str(error))
