# SPDX-License-Identifier: Apache-2.0
import os
import sys

from nova import test

from nova_live_tune.tests import modes


class ConcurrencyModeTest(test.NoDBTestCase):
    """These tests run in the concurrency mode that was asked for."""

    def test_mode_is_the_one_asked_for(self):
        threads = os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] == 'True'
        self.assertEqual(threads, modes.is_threading())
        if threads:
            self.assertNotIn('eventlet', sys.modules)
        else:
            from eventlet import patcher

            self.assertTrue(patcher.is_monkey_patched('thread'))
