# SPDX-License-Identifier: Apache-2.0
import unittest
from unittest import mock

from lab.guest import ping


class TestPing(unittest.TestCase):
    def setUp(self) -> None:
        with mock.patch.object(ping.socket, 'socket'):
            self.pinger = ping.Pinger('::1')
        self.pinger.sent = [n / 10 for n in range(10)]

    def hear(self, number: int, count: int, kind: int = ping.REPLY) -> None:
        words = ping.HEADER.pack(kind, 0, 0, number, count & 0xFFFF)
        self.pinger.socket.recv.return_value = words
        self.pinger.receive()

    def test_counts_from_the_first_answer(self) -> None:
        self.pinger.answered = {2, 3, 6, 7, 9}
        result = self.pinger.result()
        self.assertEqual((8, 3), (result['sent'], result['lost']))
        self.assertAlmostEqual(0.3, result['silence'])

    def test_answers_to_others_do_not_count(self) -> None:
        self.hear(self.pinger.number ^ 1, 9)
        self.hear(self.pinger.number, 9, ping.REQUEST)
        self.assertEqual(set(), self.pinger.answered)

    def test_numbers_that_wrap(self) -> None:
        """An hour of pings is more than the header can count."""
        self.pinger.sent = [0.0] * 70000
        for count in (69999, 65535):
            self.hear(self.pinger.number, count)
        self.assertEqual({69999, 65535}, self.pinger.answered)
