# SPDX-License-Identifier: Apache-2.0
import datetime

import testtools
from oslo_utils import fixture as time_fixture

from nova_live_tune import clock

NOON = datetime.datetime(2026, 11, 21, 12)


class ClockTest(testtools.TestCase):
    def test_it_is_oslos(self):
        time = self.useFixture(time_fixture.TimeFixture(NOON))
        self.assertEqual('2026-11-21T12:00:00Z', clock.to_text(clock.now()))
        time.advance_time_seconds(0.5)
        self.assertEqual(0.5, clock.now() % 1)

    def test_a_text_has_whole_seconds(self):
        self.assertEqual('1970-01-01T00:00:01Z', clock.to_text(1.9))
