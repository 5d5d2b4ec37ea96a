# SPDX-License-Identifier: Apache-2.0
"""What the functional tests share: a server on Nova's fake libvirt."""

import copy
import gc
import math
import pathlib

import fixtures
import nova.conf

# nova.service of 2025.1 uses it, and leaves its import to others.
import webob.dec  # noqa: F401
from lxml import etree
from nova import context as nova_context
from nova import extension_hooks, objects, service
from nova.tests import fixtures as nova_fixtures
from nova.tests.functional.libvirt import base
from oslo_serialization import jsonutils
from oslo_utils.fixture import uuidsentinel as uuids

from nova_live_tune import bounds
from nova_live_tune.compute import hooks
from nova_live_tune.tests.functional import databases
from nova_live_tune.tests.functional.fake import domain, images
from nova_live_tune.virt.libvirt import xml

databases.save_work()
# Nor need all that is loaded by now be looked through again and again.
gc.freeze()
gc.set_threshold(20_000)

CONF = nova.conf.CONF

READ_BACK = '/servers/{}/os-live-tune'
ACTION = '/servers/{}/action'

PORTS = (
    nova_fixtures.NeutronFixture.port_1,
    nova_fixtures.NeutronFixture.port_with_resource_request,
)
VOLUME = uuids.volume
#: Extra specs with which a tenant may set whatever he likes.
UNBOUNDED = {
    f'{bounds.NAMESPACE}:{name}': '0'
    for name in bounds.names()
    if name.startswith('max_')
}
GENERATION = 'live_tune:generation'
MARK = 'live_tune:set'
#: How much longer than Nova's tests these wait for a server's state: there it
#: is 5 s, and these share the machine with the lab.
PATIENCE = 20


class RequestsMixin:
    """Sends requests, and checks what comes back."""

    def act(self, server, action, body, api=None):
        """Send a server action; return the response, whatever it is."""
        return self.post(server, {action: body}, api)

    def post(self, server, body, api=None):
        return (api or self.api).api_request(
            ACTION.format(server['id']),
            method='POST',
            body=jsonutils.dumps(body),
        )

    def set(self, server, action, body, api=None):
        """Send a server action that shall succeed; return its answer."""
        response = self.act(server, action, body, api)
        self.assertEqual(202, response.status_code, response.text)
        return response.json()

    def show(self, server, api=None, query=''):
        response = (api or self.api).api_request(
            READ_BACK.format(server['id']) + query
        )
        self.assertEqual(200, response.status_code, response.text)
        return response.json()['live_tune']

    def assert_refused(self, response, status, *words):
        """Check an error's status, and that its sentence has these words."""
        self.assertEqual(status, response.status_code, response.text)
        ((_, fault),) = response.json().items()
        self.assertEqual(status, fault['code'])
        for word in words:
            self.assertIn(str(word), fault['message'])

    def limits(self, server):
        """The read-back without the count of the changes."""
        shown = self.show(server)
        del shown['generation']
        return shown

    def last_action(self, server):
        """The newest instance action, with its events."""
        newest = self.admin_api.get_instance_actions(server['id'])[0]
        return self.admin_api.get_instance_action_details(
            server['id'], newest['request_id']
        )


class LiveTuneTestBase(RequestsMixin, base.ServersTestBase):
    """Base of all tests that need a libvirt host; it starts none."""

    microversion = 'latest'
    #: The version of the host's cgroups.
    CGROUPS = 2
    #: Whether what the flavor says of a limit bounds the tenant.
    BOUNDED = False
    #: Whether there is the API of version 2, too.
    LEGACY_API = False

    def setUp(self):
        # A machine that is busy for a minute has no host that is down.
        self.flags(service_down_time=3600)
        super().setUp()
        self.flags(rpc_response_timeout=200)
        self.wait_for_services_to_end()
        self.domains = self.useFixture(domain.DomainsFixture(self.CGROUPS))
        self.useFixture(images.DiskQosFixture())
        # Where the ports ask for bandwidth of their own, a host has to have
        # it; here they are just two ports.
        for port in self.neutron._ports.values():
            port.pop('resource_request', None)

    def _setup_services(self):
        if not self.LEGACY_API:
            self.leave_legacy_api_out()
        super()._setup_services()

    def leave_legacy_api_out(self):
        """Spare tests that do not ask it a second router with all routes."""
        whole = pathlib.Path(CONF.wsgi.api_paste_config)
        lines = whole.read_text().splitlines(keepends=True)
        file = pathlib.Path(self.useFixture(fixtures.TempDir()).path, 'ini')
        file.write_text(''.join(x for x in lines if not x.startswith('/v2/+')))
        self.flags(api_paste_config=str(file), group='wsgi')

    def wait_for_services_to_end(self):
        """Let a service's shutdown end before its test does.

        From 2026.2 it has a thread of its own, which by the default of Nova's
        tests nobody waits for; one that comes late closes the process's thread
        pools for every later test. Up to 20 s are for that alone: Nova waits
        no longer for tasks in progress. 2026.1 sleeps for all of it instead.
        """
        if hasattr(service.Service, '_run_manager_graceful_shutdown'):
            self.flags(manager_shutdown_timeout=20)

    def _wait_for_server_parameter(
        self, server, expected_params, max_retries=10, **options
    ):
        return super()._wait_for_server_parameter(
            server, expected_params, max_retries * PATIENCE, **options
        )

    def start_without_extension(self, *hostname):
        """Start a compute host whose nova-compute has no endpoint of ours."""
        collect = extension_hooks.collect

        def without(namespace, *arguments):
            if namespace == 'nova.compute.rpc_endpoints':
                return ()
            return collect(namespace, *arguments)

        with fixtures.MonkeyPatch('nova.extension_hooks.collect', without):
            self.start_compute(*hostname)

    def boot(self, extra_specs=None, ports=PORTS):
        """Start a server with a root and an ephemeral disk."""
        return self._create_server(
            flavor_id=self.flavor(extra_specs),
            networks=[{'port': p['id']} for p in ports],
        )

    def flavor(self, extra_specs=None, **resources):
        sizes = {'disk': 1, 'ephemeral': 1, **resources}
        specs = {} if self.BOUNDED else UNBOUNDED
        return self._create_flavor(
            extra_spec={**specs, **(extra_specs or {})}, **sizes
        )

    def add_volume(self, server, qos=None):
        """Attach a volume, with front-end QoS specs."""
        self.give_volume_qos(qos)
        self.attach_volume(server)

    def attach_volume(self, server):
        self._attach_volumes(server, [VOLUME])
        self.notifier.wait_for_versioned_notifications(
            'instance.volume_attach.end'
        )

    def give_volume_qos(self, qos):
        info = copy.deepcopy(self.cinder.VOLUME_CONNECTION_INFO)
        info[VOLUME] = {
            'driver_volume_type': 'fake',
            'data': {'qos_specs': qos},
        }
        self.cinder.VOLUME_CONNECTION_INFO = info

    def domain(self, server):
        """The server's domain, on its own host if others have one too."""
        found = {
            host: candidate
            for host, compute in self.computes.items()
            for candidate in self._domains_of(compute)
            if candidate.UUIDString() == server['id']
        }
        if not found:
            raise AssertionError(f'no domain of {server["id"]}')
        if len(found) == 1:
            return next(iter(found.values()))
        return found[self.host(server)]

    @staticmethod
    def _domains_of(compute):
        return compute.driver._host.get_connection()._vms.values()

    def host(self, server):
        return self.admin_api.get_server(server['id'])['OS-EXT-SRV-ATTR:host']

    def live(self, server):
        return self.domain(server).limits_of(domain.LIVE)

    def config(self, server):
        return self.domain(server).limits_of(domain.CONFIG)

    def in_cell(self):
        """A context that reaches the database of the servers."""
        return nova_context.target_cell(
            nova_context.get_admin_context(), self.cell_mappings['cell1']
        )

    def instance(self, in_cell, server):
        return objects.Instance.get_by_uuid(
            in_cell, server['id'], expected_attrs=['system_metadata']
        )

    def record(self, server):
        """What of the instance's system_metadata is ours."""
        with self.in_cell() as in_cell:
            metadata = self.instance(in_cell, server).system_metadata
        return {k: v for k, v in metadata.items() if 'tune' in k}

    def kept(self, server):
        """The limits that are kept, without their count and their mark."""
        record = self.record(server)
        return {k: v for k, v in record.items() if k not in (GENERATION, MARK)}

    def generation(self, server):
        return int(self.record(server).get(GENERATION, 0))

    def second_copy(self, server, flags=0):
        """The copy in the domain's metadata, in the record's words."""
        text = self.domain(server).XMLDesc(flags)
        copied = xml.kept(etree.fromstring(text))
        if copied is None:
            return {}
        entries = {f'live_tune:{k}': v for k, v in copied.entries.items()}
        mark = {MARK: '1'} if entries else {}
        return {**entries, **mark, GENERATION: str(copied.generation)}

    def reconciler(self, host='compute1'):
        return hooks._ours(self.computes[host].manager).reconciler

    def tick(self, whole=True):
        """Let every host look at its guests, as its periodic task does.

        :param whole: whether it is time for a pass over all of them
        """
        for host, compute in self.computes.items():
            if whole:
                self.reconciler(host)._last_pass = -math.inf
            hooks.reconcile_limits(
                compute.manager, nova_context.get_admin_context()
            )

    def standing(self, server):
        """All that a request may change."""
        return {
            'live': self.live(server),
            'config': self.config(server),
            'record': self.record(server),
            'second copy': self.second_copy(server),
        }

    def assert_nothing_changed(self, server, before):
        self.assertEqual(before, self.standing(server))


class OneServerTestBase(LiveTuneTestBase):
    """A host and one running server."""

    EXTRA_SPECS = None

    def setUp(self):
        super().setUp()
        self.start_compute()
        self.server = self.boot(self.EXTRA_SPECS)

    def calls(self):
        """What is called of libvirt's setters from now on."""
        seen = []

        def watch(name):
            if name.startswith('set'):
                seen.append(name)

        self.domain(self.server).calls.watch = watch
        return seen

    def set_task_state(self, task_state):
        with self.in_cell() as in_cell:
            instance = self.instance(in_cell, self.server)
            instance.task_state = task_state
            instance.save()
