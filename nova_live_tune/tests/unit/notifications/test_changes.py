# SPDX-License-Identifier: Apache-2.0
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.notifications import changes
from nova_live_tune.notifications.changes import Change
from nova_live_tune.tests.unit import fakes

_BEFORE = {'quota': -1, 'period': 100000, 'shares': 100}


class AskedTest(base.BaseTestCase):
    def test_what_is_named(self):
        wanted = {'quota': 5000, 'shares': None}
        self.assertEqual(
            [Change(fakes.cpu(), {}, wanted)],
            changes.asked([(fakes.cpu(), wanted)]),
        )

    def test_a_whole_device_is_named_in_short(self):
        wanted = dict.fromkeys(tunables.DISK.names)
        self.assertEqual(
            [Change(fakes.disk(), {}, {})],
            changes.asked([(fakes.disk(), wanted)]),
        )

    def test_all_knobs_with_a_value_are_named(self):
        wanted = dict.fromkeys(tunables.INTERFACE.names, 800)
        ((change),) = changes.asked([(fakes.nic(), wanted)])
        self.assertEqual(wanted, change.after)


class MadeTest(base.BaseTestCase):
    def _made(self, wanted, reported):
        return changes.made([(fakes.cpu(), wanted)], [_BEFORE], [reported])

    def test_as_libvirt_reports_it(self):
        reported = {**_BEFORE, 'quota': 5000}
        self.assertEqual(
            [Change(fakes.cpu(), {'quota': -1}, {'quota': 5000})],
            self._made({'quota': 5001}, reported),
        )

    def test_what_is_set_to_what_it_was_is_there(self):
        self.assertEqual(
            [Change(fakes.cpu(), {'shares': 100}, {'shares': 100})],
            self._made({'shares': 100}, _BEFORE),
        )

    def test_what_changed_with_it_is_there(self):
        after = {**_BEFORE, 'quota': 5000, 'shares': 7}
        (change,) = self._made({'quota': 5000}, after)
        self.assertEqual({'quota': -1, 'shares': 100}, change.before)
        self.assertEqual({'quota': 5000, 'shares': 7}, change.after)

    def test_what_was_taken_back_and_had_not_been_set_is_not(self):
        wanted = dict.fromkeys(tunables.CPU.names)
        self.assertEqual([], self._made(wanted, _BEFORE))

    def test_a_device_without_limits_to_take_back(self):
        jobs = [(fakes.nic(), dict.fromkeys(tunables.INTERFACE.names))]
        self.assertEqual([], changes.made(jobs, [None], [None]))
