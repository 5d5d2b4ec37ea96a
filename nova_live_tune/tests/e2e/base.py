# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the lab, and a real server in it."""

import atexit
import functools
import os
import subprocess
from typing import Any

import testtools

from lab import settings, virsh
from lab.probe import Guest
from lab.tenant import Tenant, touched


@functools.cache
def start_lab() -> None:
    """Start it if need be; a running one is brought up to date."""
    release = os.environ.get('NOVA_RELEASE', settings.DEFAULT_RELEASE)
    command = [settings.PYTHON, '-m', 'lab', 'up', '--release', release]
    subprocess.run(command, check=True, cwd=settings.CLONE)


def reported(host: str, domain: str, limits: dict[str, Any]) -> dict[str, Any]:
    """What virsh says of everything, in the read-back's order."""
    return {
        'cpu': virsh.cpu(host, domain),
        'interfaces': [
            virsh.interface(host, domain, nic['mac_address'])
            for nic in limits['interfaces']
        ],
        'disks': [
            virsh.disk(host, domain, disk['device'])
            for disk in limits['disks']
        ],
    }


def effective(limits: dict[str, Any]) -> dict[str, Any]:
    """What the API says of everything."""
    return {
        'cpu': limits['cpu']['effective'],
        'interfaces': [nic['effective'] for nic in limits['interfaces']],
        'disks': [disk['effective'] for disk in limits['disks']],
    }


class Shared:
    """The server of all classes that leave it as it was."""

    server: Any = None

    @classmethod
    def get(cls, tenant: Tenant) -> Any:
        """It; anew at first, and where a test that failed has left it broken.

        :returns: an active server of this tenant
        """
        compute = tenant.connection.compute
        if cls.server and compute.get_server(cls.server).status == 'ACTIVE':
            return cls.server
        cls.delete()
        cls.server = tenant.boot('e2e-shared')
        atexit.register(cls.delete)
        return cls.server

    @classmethod
    def delete(cls) -> None:
        server, cls.server = cls.server, None
        if server:
            Tenant().delete(server)


class LabTest(testtools.TestCase):
    """A test against the lab, as the tenant who owns what it makes."""

    #: Whether it stops hosts, or changes what runs on them.
    SHAKES_HOSTS = False

    tenant: Tenant

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        start_lab()
        if cls.SHAKES_HOSTS:
            Shared.delete()
        cls.tenant = Tenant()


class ServerTest(LabTest):
    """Its tests share one server; each leaves it as it was."""

    #: Whether no other class may have it: a start takes the guest a while.
    ALONE = False

    server: Any
    guest: Guest

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        if cls.ALONE:
            cls.server = cls.tenant.boot(f'e2e-{cls.__name__}')
            cls.addClassCleanup(cls.tenant.delete, cls.server)
        else:
            cls.server = Shared.get(cls.tenant)
        cls.guest = cls.enterClassContext(cls.tenant.guest(cls.server))
        cls.guest.wait()

    def tune(self, body: dict[str, Any]) -> dict[str, Any]:
        """Set limits for the time of the test; the answer's one entry."""
        reset = {'resetLiveTune': None}
        self.addCleanup(self.tenant.tune, self.server, reset)
        return touched(self.tenant.tune(self.server, body))

    def limits(self) -> dict[str, Any]:
        return self.tenant.limits(self.server)

    def post(self, body: Any, tenant: Tenant | None = None) -> Any:
        """A server action's raw response, whatever it is."""
        compute = (tenant or self.tenant).connection.compute
        return compute.post(f'/servers/{self.server.id}/action', json=body)

    def reported(self) -> dict[str, Any]:
        return reported(self.guest.host, self.server.id, self.limits())

    def effective(self) -> dict[str, Any]:
        return effective(self.limits())
