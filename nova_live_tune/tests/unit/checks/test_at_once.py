# SPDX-License-Identifier: Apache-2.0
import threading
import time

from oslotest import base

from nova_live_tune.checks import at_once


class AskTest(base.BaseTestCase):
    def test_all_answer(self):
        names = [str(number) for number in range(3 * at_once.THREADS)]
        questions = {name: lambda name=name: name * 2 for name in names}
        self.assertEqual(
            {name: name * 2 for name in names}, at_once.ask(questions, 60)
        )

    def test_several_at_once(self):
        barrier = threading.Barrier(at_once.THREADS, timeout=60)
        questions = {
            str(number): barrier.wait for number in range(at_once.THREADS)
        }
        self.assertEqual(at_once.THREADS, len(at_once.ask(questions, 120)))

    def test_one_that_never_answers(self):
        ever = threading.Event()
        self.addCleanup(ever.set)
        before = time.monotonic()
        answers = at_once.ask({'a': ever.wait, 'b': lambda: 'yes'}, 1)
        self.assertEqual({'b': 'yes'}, answers)
        self.assertLess(time.monotonic() - before, 30)

    def test_nobody(self):
        self.assertEqual({}, at_once.ask({}, 60))
