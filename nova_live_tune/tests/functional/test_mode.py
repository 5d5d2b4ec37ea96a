# SPDX-License-Identifier: Apache-2.0
import os
import sys

from nova import monkey_patch, test, utils


class ConcurrencyModeTest(test.NoDBTestCase):
    """These tests run in the concurrency mode that was asked for."""

    def test_mode_is_the_one_asked_for(self):
        threads = os.environ['OS_NOVA_DISABLE_EVENTLET_PATCHING'] == 'True'
        self.assertEqual(threads, utils.concurrency_mode_threading())
        self.assertEqual(not threads, monkey_patch.is_patched())
        if threads:
            self.assertNotIn('eventlet', sys.modules)
        else:
            from eventlet import patcher

            self.assertTrue(patcher.is_monkey_patched('thread'))
