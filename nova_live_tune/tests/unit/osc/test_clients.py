# SPDX-License-Identifier: Apache-2.0
from unittest import mock

import requests
import testtools
from keystoneauth1 import noauth, session

from nova_live_tune.client import api
from nova_live_tune.osc import clients


class ClientsTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.command = mock.Mock()
        self.cloud = self.command.app.client_manager.sdk_connection

    def test_each_command_has_a_client_of_its_own_cloud(self):
        client = clients.live_tune(self.command)
        self.assertIsInstance(client, api.LiveTune)
        self.assertIs(self.cloud.compute, client._compute)

    def test_widen(self):
        self.cloud.session = session.Session(noauth.NoAuth())
        http = self.cloud.session.session
        self.assertEqual(
            requests.adapters.DEFAULT_POOLSIZE,
            http.get_adapter('https://nova.example.org')._pool_maxsize,
        )
        clients.widen(self.command, 64)
        for url in ('http://nova.example.org', 'https://nova.example.org'):
            self.assertEqual(64, http.get_adapter(url)._pool_maxsize)
