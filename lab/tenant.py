# SPDX-License-Identifier: Apache-2.0
"""A user of the lab's cloud who is no admin: servers, and their limits."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openstack
from openstack import exceptions

from lab import settings
from lab.probe import Guest, Nic, host_of

CLOUD = 'lab-demo'
IMAGE = 'lab-guest'
FLAVOR = 'lab.small'
# Nova's own, of every host that has no other.
ZONE = 'nova'
NETWORKS = ('net1', 'net2')
PATIENCE = 120


class Tenant:
    def __init__(self, cloud: str = CLOUD) -> None:
        os.environ.setdefault('OS_CLIENT_CONFIG_FILE', str(settings.CLOUDS))
        self.connection = openstack.connect(cloud=cloud)

    def boot(
        self,
        name: str,
        networks: tuple[str, ...] = NETWORKS,
        flavor: str = FLAVOR,
        host: str = '',
        **root: Any,
    ) -> Any:
        """A server with a NIC on each network, once it is active.

        Its root disk is made from the lab's image, unless `root` says what
        else it boots from. Only an admin may name the compute host.
        """
        connection = self.connection
        found = [connection.network.find_network(net) for net in networks]
        found_flavor = connection.compute.find_flavor(
            flavor, ignore_missing=False
        )
        more = root or {'image_id': self.image_id()}
        if host:
            more['availability_zone'] = f'{ZONE}:{host}'
        server = connection.compute.create_server(
            name=name,
            flavor_id=found_flavor.id,
            networks=[{'uuid': network.id} for network in found],
            **more,
        )
        try:
            return connection.compute.wait_for_server(
                server, wait=PATIENCE, interval=0.5
            )
        except exceptions.ResourceFailure as error:
            fault = connection.compute.get_server(server).fault
            self.delete(server)
            raise exceptions.SDKException(f'{error}: {fault}') from error
        except BaseException:
            self.delete(server)
            raise

    def image_id(self) -> str:
        find = self.connection.image.find_image
        return str(find(IMAGE, ignore_missing=False).id)

    def delete(self, server: Any) -> None:
        compute = self.connection.compute
        compute.delete_server(server, ignore_missing=True)
        compute.wait_for_delete(server, interval=0.5, wait=PATIENCE)

    @contextmanager
    def server(self, name: str, **kwargs: Any) -> Iterator[Any]:
        server = self.boot(name, **kwargs)
        try:
            yield server
        finally:
            self.delete(server)

    def guest(self, server: Any) -> Guest:
        """The way to the guest; its NICs in the order of the read-back."""
        nics = [
            Nic(interface['port_id'], interface['mac_address'])
            for interface in self.limits(server)['interfaces']
        ]
        return Guest(host_of(server.id), server.id, nics)

    def tune(self, server: Any, body: dict[str, Any]) -> dict[str, Any]:
        """One server action of ours; the answer's body."""
        return self._call('post', f'/servers/{server.id}/action', json=body)

    def limits(self, server: Any, query: str = '') -> dict[str, Any]:
        url = f'/servers/{server.id}/os-live-tune{query}'
        read_back: dict[str, Any] = self._call('get', url)['live_tune']
        return read_back

    def observed(self, server: Any) -> dict[str, Any]:
        """The read-back with what was used so far."""
        return self.limits(server, '?observed=true')

    def _call(self, method: str, url: str, **kwargs: Any) -> dict[str, Any]:
        response = getattr(self.connection.compute, method)(url, **kwargs)
        exceptions.raise_from_response(response)
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer


def touched(answer: dict[str, Any]) -> dict[str, Any]:
    """Of the answer to a set action, the entry of its one device."""
    [entry] = (e for name, e in answer.items() if name != 'generation')
    found: dict[str, Any] = entry
    return found
