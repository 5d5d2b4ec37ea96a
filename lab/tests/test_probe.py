# SPDX-License-Identifier: Apache-2.0
import unittest
from unittest import mock

from lab import hosts, probe

FIRST, SECOND = hosts.COMPUTES[:2]


class TestHostsThatAreOff(unittest.TestCase):
    def setUp(self) -> None:
        for name, value in (
            ('first_process', lambda host: 7 if host is SECOND else None),
            ('find', {host.name: host for host in hosts.HOSTS}.get),
        ):
            patcher = mock.patch.object(hosts, name, value)
            patcher.start()
            self.addCleanup(patcher.stop)

    def test_no_program_ends_for_one(self) -> None:
        with self.assertRaisesRegex(probe.Unreachable, 'compute1 is off'):
            probe.on(FIRST.name, 'true')

    def test_a_server_is_looked_for_on_the_others(self) -> None:
        with mock.patch.object(probe, 'on', return_value='one\ntwo\n'):
            self.assertEqual(SECOND.name, probe.host_of('two'))
            self.assertRaises(probe.Unreachable, probe.host_of, 'three')

    def test_what_went_with_its_host_needs_no_cleaning(self) -> None:
        with mock.patch.object(probe, 'on') as on:
            for host, last in ((FIRST, 'up'), (SECOND, 'prb')):
                with probe.plugged(host.name, 'br', 'prb', 1):
                    pass
                self.assertEqual(last, on.call_args.args[-1])
