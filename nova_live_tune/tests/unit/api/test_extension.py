# SPDX-License-Identifier: Apache-2.0
import functools

import fixtures
from nova.api.openstack import wsgi
from oslotest import base

from nova_live_tune.api import controller, extension


def _make_controller(main, action_controllers):
    raise AssertionError('Nova calls it later')


class ExtendTest(base.BaseTestCase):
    def test_actions_are_added_once(self):
        servers = functools.partial(_make_controller, None, [object])
        extension.extend(servers)
        extension.extend(servers)
        self.assertEqual(
            [object, controller.LiveTuneController], servers.args[1]
        )

    def test_routes_are_resources(self):
        # They connect to the message bus.
        for api in ('nova.compute.api.API', 'nova_live_tune.compute.api.API'):
            self.useFixture(fixtures.MockPatch(api))
        servers = functools.partial(_make_controller, None, [])
        routes = dict(extension.extend(servers))
        self.assertEqual(
            {'/servers/{server_id}/os-live-tune', '/os-live-tune'}, set(routes)
        )
        for methods in routes.values():
            ((method, (make, action)),) = methods.items()
            self.assertEqual('GET', method)
            resource = make()
            self.assertIsInstance(resource, wsgi.Resource)
            self.assertTrue(hasattr(resource.controller, action))
