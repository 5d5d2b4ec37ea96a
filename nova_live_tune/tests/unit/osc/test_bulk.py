# SPDX-License-Identifier: Apache-2.0
import threading
from unittest import mock

import testtools

from nova_live_tune.client import errors
from nova_live_tune.osc import bulk
from nova_live_tune.osc.servers import Server

SERVERS = [Server(f's{number}') for number in range(6)]


class RunTest(testtools.TestCase):
    def _run(self, operate, parallel=3, told=lambda: None):
        return bulk.run(SERVERS, operate, parallel, told)

    def test_all_in_the_order_that_they_were_named_in(self):
        told = mock.Mock()
        report = self._run(lambda server: server.label.upper(), told=told)
        self.assertTrue(report.complete)
        self.assertEqual(
            ['S0', 'S1', 'S2', 'S3', 'S4', 'S5'],
            [outcome.answer for outcome in report.outcomes],
        )
        self.assertEqual(6, told.call_count)
        self.assertEqual('6 of 6 servers done.', report.sentence)

    def test_so_many_at_a_time(self):
        # None of them goes on before three have come.
        barrier = threading.Barrier(3, timeout=30)
        report = self._run(lambda server: barrier.wait())
        self.assertTrue(report.complete)

    def test_a_failure_is_told_and_the_others_are_done(self):
        def operate(server):
            if server.label == 's2':
                raise errors.Refused(409, 'It is locked.')
            if server.label == 's3':
                raise KeyError('surprise')

        report = self._run(operate)
        self.assertFalse(report.complete)
        self.assertEqual('4 of 6 servers done, 2 failed.', report.sentence)
        self.assertEqual(
            [
                (bulk.FAILED, 'It is locked.'),
                (bulk.FAILED, "KeyError: 'surprise'"),
            ],
            [(o.result, o.message) for o in report.outcomes[2:4]],
        )

    def test_an_interrupt_waits_for_what_was_asked_for(self):
        begun, go_on = threading.Event(), threading.Event()

        def operate(server):
            if server.label == 's1':
                begun.set()
                go_on.wait(30)
            return server.label

        def told():
            # In the main thread, where Python raises interrupts.
            begun.wait(30)
            threading.Timer(0.2, go_on.set).start()
            raise KeyboardInterrupt

        report = self._run(operate, parallel=1, told=told)
        self.assertTrue(report.interrupted)
        done, left = report.outcomes[:2], report.outcomes[2:]
        self.assertEqual(['s0', 's1'], [o.answer for o in done])
        self.assertEqual({bulk.NOT_BEGUN}, {o.result for o in left})
        self.assertEqual(
            'Interrupted: 2 of 6 servers done, 4 not begun.', report.sentence
        )

    def test_a_second_interrupt_waits_for_nothing(self):
        begun, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def operate(server):
            if server.label == 's1':
                begun.set()
                go_on.wait(30)

        def told():
            begun.wait(30)
            raise KeyboardInterrupt

        with mock.patch.object(
            bulk.futures, 'wait', side_effect=KeyboardInterrupt
        ):
            report = self._run(operate, parallel=1, told=told)
        results = [outcome.result for outcome in report.outcomes]
        self.assertEqual([bulk.DONE, bulk.UNKNOWN], results[:2])
        self.assertEqual(
            'Interrupted: 1 of 6 servers done, 4 not begun, 1 unknown.',
            report.sentence,
        )
        self.assertIn('read its limits back', report.outcomes[1].message)
