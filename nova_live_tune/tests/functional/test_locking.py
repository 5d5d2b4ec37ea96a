# SPDX-License-Identifier: Apache-2.0
from oslo_concurrency import lockutils

from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.test_missing import BODIES


class LockingTest(base.OneServerTestBase):
    def _is_locked(self):
        try:
            with lockutils.lock(self.server['id'], blocking=False):
                return False
        except lockutils.AcquireLockFailedException:
            return True

    def test_limits_are_read_and_set_under_the_lock_that_nova_takes(self):
        locked = {}

        def watch(name):
            locked.setdefault(name, set()).add(self._is_locked())

        self.domain(self.server).calls.watch = watch
        for action, body in BODIES.items():
            self.set(self.server, action, body)
        # A getter and a setter for each kind of device, and the second copy.
        self.assertEqual(7, len(locked), locked)
        self.assertEqual([{True}] * 7, list(locked.values()))
        self.assertFalse(self._is_locked())
