# SPDX-License-Identifier: Apache-2.0
import argparse
import contextlib
import io
import itertools
from unittest import mock

import testtools
from osc_lib import exceptions

from nova_live_tune.client import errors
from nova_live_tune.osc import watch

SERVER = '3dc9f2d6-4a0a-4fae-8ae7-3f2c6432414e'
LIVE_TUNE = {
    'cpu': {'effective': {'quota': 50000, 'period': 100000}},
    'interfaces': [],
    'disks': [],
}
SECOND = 10**9


def _observed(seconds):
    """A guest that has used a quarter of its time so far."""
    cpu = {
        'at': f'2026-11-21T16:40:{seconds:02}.000000Z',
        'vcpu_times': [seconds * SECOND // 4],
        'periods': seconds * 10,
        'throttled_periods': seconds * 2,
    }
    return {**LIVE_TUNE, 'cpu': {**LIVE_TUNE['cpu'], 'observed': cpu}}


class WatchTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.client = mock.Mock()
        self.client.show.side_effect = map(_observed, itertools.count())
        for target, double in (
            ('clients.live_tune', lambda command: self.client),
            ('time.sleep', self._sleep),
            ('time.monotonic', lambda: self.now),
        ):
            patched = mock.patch(f'nova_live_tune.osc.watch.{target}', double)
            patched.start()
            self.addCleanup(patched.stop)
        self.now = 0
        self.patience = 99

    def _sleep(self, seconds):
        self.now += seconds
        if self.now > self.patience:
            raise KeyboardInterrupt

    def _watch(self, **options):
        command = watch.WatchTune(mock.Mock(stdout=io.StringIO()), None)
        given = {'interval': 1.0, 'count': None, 'format': 'plain', **options}
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            command.take_action(argparse.Namespace(server=SERVER, **given))
        lines = command.app.stdout.getvalue().splitlines()
        return [line.partition(' ')[2] for line in lines], err.getvalue()

    def test_an_interrupt_ends_it_well(self):
        self.patience = 3
        lines, err = self._watch()
        both = [
            'cpu busiest vCPU: 25 of 50 % of a core',
            'cpu throttled: 20 % of periods',
        ]
        self.assertEqual((both * 3, ''), (lines, err))

    def test_so_many_looks(self):
        lines, _ = self._watch(count=5)
        self.assertEqual(5 * 2, len(lines))

    def _older(self):
        def show(server_id, observed=False):
            if observed:
                raise errors.TooOld()
            return LIVE_TUNE

        self.client.show.side_effect = show

    def test_an_older_extension(self):
        self._older()
        self.client.diagnostics.side_effect = (
            {'cpu0_time': number * SECOND // 4} for number in range(99)
        )
        lines, err = self._watch(count=2)
        self.assertEqual(
            (['cpu busiest vCPU: 25 of 50 % of a core'] * 2, ''), (lines, err)
        )

    def test_without_the_right_to_see_the_use(self):
        self._older()
        self.client.diagnostics.side_effect = errors.Refused(403, 'Not you.')
        lines, err = self._watch(count=2)
        self.assertEqual(
            ['cpu busiest vCPU: at most 50 % of a core'] * 2, lines
        )
        self.assertEqual(
            'What the server uses cannot be seen: Not you.\n', err
        )

    def test_a_server_that_goes_ends_it_with_a_sentence(self):
        self.client.show.side_effect = (
            LIVE_TUNE,
            errors.Refused(404, 'Gone.'),
        )
        error = self.assertRaises(exceptions.CommandError, self._watch)
        self.assertEqual('Gone.', str(error))

    def test_no_sense(self):
        for options in (
            {'interval': 0.1}, {'interval': float('nan')}, {'count': 0},
        ):  # fmt: skip
            self.assertRaises(exceptions.CommandError, self._watch, **options)
