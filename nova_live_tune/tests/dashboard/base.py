# SPDX-License-Identifier: Apache-2.0
"""What the tests of the panel share: a server, and the cloud behind it."""

from datetime import datetime, timezone
from unittest import mock

import requests_mock
from django.urls import reverse
from openstack_auth import utils as auth
from openstack_dashboard import api
from openstack_dashboard.test import helpers

from nova_live_tune import tunables

PORT = '5a1e2f3c-0b1d-4c6e-9f7a-8b9c0d1e2f3a'
VOLUME = '0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b'
_OBSERVED = '/os-live-tune?observed=true'
AJAX = {'HTTP_X_REQUESTED_WITH': 'XMLHttpRequest'}


def entry(target, effective=None, **more):
    """A device's part of a read-back, with nothing set."""
    values = {**target.defaults(), **(effective or {})}
    if target is tunables.CPU:
        values.setdefault('shares', 1024)
    return {
        'flavor': {},
        'tuned': {},
        'effective': target.nest(values),
        'not_in_effect': None,
        **more,
    }


def read_back(cpu=None, nic=None, disk=None):
    """A read-back, with what is given in the place of what is usual."""
    names = {
        'index': 1,
        'port_id': PORT,
        'mac_address': 'fa:16:3e:00:00:01',
    }
    volume = {'device': 'vdb', 'volume_id': VOLUME, 'boot_index': -1}
    root = {'device': 'vda', 'volume_id': None, 'boot_index': 0}
    return {
        'cpu': {**entry(tunables.CPU), **(cpu or {})},
        'interfaces': [{**names, **entry(tunables.INTERFACE), **(nic or {})}],
        'disks': [
            {**root, **entry(tunables.DISK), **(disk or {})},
            {**volume, **entry(tunables.DISK)},
        ],
    }


class PanelTest(helpers.TestCase):
    """A tenant's member looks at a server of the project's."""

    def setUp(self):
        super().setUp()
        self.nova = self.enterContext(requests_mock.Mocker())
        # As Horizon's addresses do when they are first looked at.
        auth.patch_middleware_get_user()
        self.be('member', 'reader')
        self.server = self.servers.first()
        self.server.tenant_id = self.tenant.id
        self.server.status = 'ACTIVE'
        self._mock(api.nova, 'server_get', self.server)
        port = mock.Mock(
            id=PORT, network_id='n', fixed_ips=[{'ip_address': '192.0.2.7'}]
        )
        port.name = 'front'
        self._mock(api.nova, 'is_feature_available', False)
        self._mock(api.neutron, 'is_extension_supported', True)
        self._mock(api.neutron, 'port_list', [port])
        network = mock.Mock(id='n', name_or_id='blue')
        self._mock(api.neutron, 'network_list', [network])
        volume = mock.Mock()
        volume.name = 'books'
        self._mock(api.cinder, 'volume_get', volume)

    def _mock(self, module, name, answer):
        self.enterContext(mock.patch.object(module, name, return_value=answer))

    def be(self, *roles, project=None):
        """Log in anew, with these roles only."""
        self._setup_user(
            roles=[{'id': role, 'name': role} for role in roles],
            tenant_id=project or self.tenant.id,
        )
        self.request.user = auth.get_user(self.request)

    def answer(self, method, path, answer, status=200):
        """Let Nova answer so; return what it is asked."""
        if status >= 400:
            answer = {'fault': {'code': status, 'message': answer}}
        endpoint = api.base.url_for(self.request, 'compute')
        url = f'{endpoint}/servers/{self.server.id}{path}'
        return self.nova.request(method, url, json=answer, status_code=status)

    def shows(self, **devices):
        """Let Nova answer with a read-back."""
        return self.answer(
            'GET', '/os-live-tune', {'live_tune': read_back(**devices)}
        )

    def has_used(self, at, cpu=None, root=None, limits=None):
        """Let Nova say what was used until then.

        :param at: seconds
        :param cpu: counters of it; None where nobody can tell
        :param root: those of the root disk
        :param limits: those of the CPU
        """
        moment = datetime.fromtimestamp(at, timezone.utc)
        when = moment.strftime('%Y-%m-%dT%H:%M:%S.%fZ')
        found = read_back(limits)
        for part in (found['cpu'], *found['interfaces'], *found['disks']):
            part['observed'] = None
        found['cpu']['observed'] = cpu and {'at': when, **cpu}
        found['disks'][0]['observed'] = root and {'at': when, **root}
        self.answer('GET', _OBSERVED, {'live_tune': found})

    def is_older(self):
        """Let Nova's extension not know how to say what was used."""
        self.answer('GET', _OBSERVED, "'observed' was unexpected", 400)

    def url(self, name, *device):
        return reverse(
            f'horizon:project:live_tune:{name}',
            args=[self.server.id, *device],
        )

    def get(self, name, *device):
        return self.client.get(self.url(name, *device), **AJAX)

    def post(self, name, *device, **data):
        return self.client.post(self.url(name, *device), data, **AJAX)
