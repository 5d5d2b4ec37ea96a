# SPDX-License-Identifier: Apache-2.0
from unittest import mock

from nova import exception
from oslotest import base

from nova_live_tune.checks import results, versions


def connect(libvirt, qemu):
    """What connects to libvirt, with its numbers for versions."""
    return lambda: mock.Mock(
        getLibVersion=lambda: libvirt, getVersion=lambda: qemu
    )


class VersionsTest(base.BaseTestCase):
    def test_what_runs(self):
        self.assertEqual(
            {'libvirt': '9.0.0', 'QEMU': '7.2.22'},
            versions.found(connect(9000000, 7002022)),
        )

    def test_todays(self):
        result = versions.check(connect(9000000, 7002022))
        self.assertEqual(results.Code.SUCCESS, result.code)
        self.assertIn('libvirt 9.0.0 and QEMU 7.2.22', result.details)

    def test_just_new_enough(self):
        result = versions.check(connect(2004000, 2006000))
        self.assertEqual(results.Code.SUCCESS, result.code)

    def test_too_old(self):
        result = versions.check(connect(2003009, 7002022))
        self.assertEqual(results.Code.FAILURE, result.code)
        self.assertIn('libvirt 2.3.9', result.details)
        self.assertIn('Upgrade to libvirt 2.4.0 at', result.details)

    def test_both_too_old(self):
        result = versions.check(connect(2003009, 2005090))
        self.assertIn('libvirt 2.4.0 and QEMU 2.6.0 at', result.details)

    def test_no_answer(self):
        result = versions.check(
            mock.Mock(side_effect=exception.HypervisorUnavailable('no socket'))
        )
        self.assertEqual(results.Code.FAILURE, result.code)
        self.assertIn('no socket', result.details)
        self.assertIn('Start it', result.details)
