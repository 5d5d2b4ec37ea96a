# SPDX-License-Identifier: Apache-2.0
from unittest import mock

import fixtures
import oslo_messaging as messaging
from nova import rpc
from oslo_messaging.rpc import client
from oslo_serialization import jsonutils
from oslotest import base

from nova_live_tune.compute import devices, rpcapi
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tests.unit import fakes


class RpcApiTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MockPatchObject
        self.client = self.useFixture(patch(rpc, 'get_client')).mock
        self.router = self.useFixture(patch(rpc, 'ClientRouter')).mock
        self.prepare = self.router.return_value.client.return_value.prepare
        self.call = self.prepare.return_value.call
        self.api = rpcapi.API()
        self.instance = fakes.instance()

    def sent(self):
        """What was called, with what, but for the instance."""
        (_, method), arguments = self.call.call_args
        instance = arguments.pop('instance')
        self.assertEqual(self.instance.uuid, instance.uuid)
        # The host reads the rest anew; saving time on the way.
        self.assertEqual({'uuid'}, instance.obj_what_changed())
        return method, arguments

    def test_namespace_beside_novas_on_its_topic(self):
        self.api.read('context', self.instance, 0, [])
        (target,) = self.client.call_args[0]
        self.assertEqual('live_tune', target.namespace)
        self.assertEqual('1.1', target.version)
        self.assertEqual('compute', target.topic)

    def test_the_message_goes_to_the_host_in_the_instances_cell(self):
        self.api.read('context', self.instance, 0, [])
        self.router.return_value.client.assert_called_once_with('context')
        self.prepare.assert_called_once_with(server='here')

    def test_one_client_serves_all(self):
        for _ in range(2):
            self.api.read('context', self.instance, 0, [])
        self.client.assert_called_once_with(mock.ANY, serializer=mock.ANY)

    def test_tune_and_plan(self):
        for method in ('tune', 'plan'):
            self._test_asking(method)

    def _test_asking(self, asked):
        device, terms = fakes.nic(), Terms(True, 60, 3)
        outcome = getattr(self.api, asked)(
            'context',
            self.instance,
            'setInterface',
            [(device, {'inbound_peak': None})],
            terms,
        )
        self.assertIs(self.call.return_value, outcome)
        method, arguments = self.sent()
        self.assertEqual(asked, method)
        self.assertEqual('setInterface', arguments['action'])
        sent = jsonutils.loads(jsonutils.dumps(arguments['terms']))
        self.assertEqual(terms, Terms.from_primitive(sent))
        ((primitive, wanted),) = jsonutils.loads(
            jsonutils.dumps(arguments['jobs'])
        )
        self.assertEqual({'inbound_peak': None}, wanted)
        self.assertEqual(device, devices.Device.from_primitive(primitive))

    def test_read(self):
        device = fakes.disk()
        answer = self.api.read(
            'context', self.instance, 3, [(device, {'read_iops_sec': 5})]
        )
        self.assertIs(self.call.return_value, answer)
        method, arguments = self.sent()
        self.assertEqual('read', method)
        self.assertEqual(3, arguments['generation'])
        self.assertEqual(
            [(device.to_primitive(), {'read_iops_sec': 5})],
            arguments['devices'],
        )
        self.assertIs(False, arguments['observed'])

    def test_read_observed(self):
        self.api.read('context', self.instance, 3, [], observed=True)
        _, arguments = self.sent()
        self.assertIs(True, arguments['observed'])

    def test_report(self):
        answer = self.api.report('context', 'there', 15)
        self.assertIs(self.call.return_value, answer)
        self.router.return_value.client.assert_called_once_with('context')
        self.prepare.assert_called_once_with(
            server='there', timeout=15, version='1.0'
        )
        self.call.assert_called_once_with('context', 'report')


class KindTest(base.BaseTestCase):
    def test_an_error_of_this_process(self):
        error = messaging.MessagingTimeout('slow')
        self.assertEqual('MessagingTimeout', rpcapi.kind(error))

    def test_an_error_of_the_hosts(self):
        error = client.RemoteError('NoSuchMethod', 'report')
        self.assertEqual('NoSuchMethod', rpcapi.kind(error))
