# SPDX-License-Identifier: Apache-2.0
from unittest import mock

import fixtures
import nova.conf
from nova import exception
from oslo_config import fixture as config
from oslotest import base

from nova_live_tune.checks import local, results


class LibvirtError(Exception):
    pass


class LocalTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.conf = self.useFixture(config.Config(nova.conf.CONF))
        self.libvirt = mock.Mock(libvirtError=LibvirtError)
        self.useFixture(
            fixtures.MockPatchObject(local, 'binding', lambda: self.libvirt)
        )


class AbsenceTest(LocalTestCase):
    def absence(self, compute_driver):
        self.conf.config(compute_driver=compute_driver)
        return local.absence()

    def test_a_compute_host(self):
        self.assertIsNone(self.absence('libvirt.LibvirtDriver'))

    def test_another_service_of_novas(self):
        self.assertIn('no compute_driver', self.absence(None))

    def test_another_driver(self):
        self.assertIn(
            'ironic.IronicDriver', self.absence('ironic.IronicDriver')
        )

    def test_no_libvirt(self):
        self.libvirt = None
        self.assertIn('not installed', self.absence('libvirt.LibvirtDriver'))


class OnlyTest(LocalTestCase):
    def test_a_compute_host_is_checked(self):
        self.conf.config(compute_driver='libvirt.LibvirtDriver')
        result = results.warning('this')
        self.assertIs(result, local.only(lambda: result))

    def test_another_machine_is_not_and_says_why(self):
        result = local.only(lambda: results.failure('never'))
        self.assertEqual(results.Code.SUCCESS, result.code)
        self.assertIn('no compute_driver: nothing to check', result.details)


class ConnectTest(LocalTestCase):
    def test_it_can_change_nothing(self):
        self.conf.config(group='libvirt', connection_uri='qemu:///its')
        connection = local.connect()
        self.libvirt.openReadOnly.assert_called_once_with('qemu:///its')
        self.assertIs(self.libvirt.openReadOnly.return_value, connection)

    def test_no_answer(self):
        self.libvirt.openReadOnly.side_effect = LibvirtError('no socket')
        error = self.assertRaises(
            exception.HypervisorUnavailable, local.connect
        )
        self.assertEqual('no socket', str(error))
