# SPDX-License-Identifier: Apache-2.0
"""What happens to a server in its life, done to a real one in the lab."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any

from lab import health, hosts, power, supervisor
from lab.probe import Guest, Nic, host_of
from lab.resources import IMAGE
from lab.tenant import Tenant
from lab.volumes import Volumes

PATIENCE = 240
BIGGER = 'lab.bigger'
SERVICE = 'nova-compute'


def until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f'{what} after {PATIENCE} s')
        time.sleep(0.5)


def settled(compute: Any, server: Any, status: str = 'ACTIVE') -> Any:
    """The server anew, once nobody works on it any more.

    openstacksdk's own waiting believes the status that it saw last.
    """
    now = server

    def arrived() -> bool:
        nonlocal now
        now = compute.get_server(server.id)
        if now.status == 'ERROR' != status:
            raise AssertionError(f'{now.name}: {now.fault}')
        return now.task_state is None and now.status == status

    until(arrived, f'{server.name} is not {status}')
    return now


@dataclasses.dataclass
class Subject:
    """A server, its owner, and the cloud's admin."""

    name: str
    tenant: Tenant = dataclasses.field(default_factory=Tenant)
    admin: Tenant = dataclasses.field(
        default_factory=lambda: Tenant('lab-admin')
    )
    server: Any = None

    def __post_init__(self) -> None:
        self.compute = self.tenant.connection.compute
        self.clouds = self.admin.connection.compute
        self.server = self.server or self.tenant.boot(self.name)

    @property
    def host(self) -> hosts.Host:
        """Where its domain runs, as libvirt says."""
        return hosts.find(host_of(self.server.id))

    def wait(self, status: str = 'ACTIVE') -> None:
        self.server = settled(self.compute, self.server, status)

    def until(self, condition: Callable[[], bool]) -> None:
        until(condition, self.name)

    def guest(self) -> Guest:
        return self.tenant.guest(self.server)

    def wait_for_guest(self) -> None:
        """Until the guest has started, and answers."""
        # A plain Nova knows the NICs, too.
        interfaces = self.compute.server_interfaces(self.server)
        nics = [Nic(each.port_id, each.mac_addr) for each in interfaces]
        with Guest(self.host.name, self.server.id, nics) as guest:
            guest.wait()

    def confirm(self) -> None:
        self.wait('VERIFY_RESIZE')
        self.compute.confirm_server_resize(self.server)
        self.wait()

    def service(self, host: hosts.Host) -> Any:
        return next(self.clouds.services(binary=SERVICE, host=host.name))

    def wait_for_service(self, host: hosts.Host, state: str) -> None:
        self.until(lambda: self.service(host).state == state)


@contextlib.contextmanager
def stopped(host: hosts.Host, service: str) -> Iterator[None]:
    """A host without one of its services, for a while."""
    supervisor.proxy(host).stopProcess(service)
    try:
        yield
    finally:
        supervisor.start(host, [service])
        health.wait(host, service)


def soft_reboot(subject: Subject) -> None:
    # Or it would not heed ACPI, and be rebooted hard.
    subject.wait_for_guest()
    subject.compute.reboot_server(subject.server, 'SOFT')
    subject.wait()


def hard_reboot(subject: Subject) -> None:
    subject.compute.reboot_server(subject.server, 'HARD')
    subject.wait()


def stop_and_start(subject: Subject) -> None:
    subject.compute.stop_server(subject.server)
    subject.wait('SHUTOFF')
    _start(subject)


def shutdown_in_the_guest(subject: Subject) -> None:
    with subject.guest() as guest:
        guest.wait()
        guest.power_off()
    subject.wait('SHUTOFF')
    _start(subject)


def _start(subject: Subject) -> None:
    subject.compute.start_server(subject.server)
    subject.wait()


def pause(subject: Subject) -> None:
    subject.compute.pause_server(subject.server)
    subject.wait('PAUSED')
    subject.compute.unpause_server(subject.server)
    subject.wait()


def suspend(subject: Subject) -> None:
    subject.compute.suspend_server(subject.server)
    subject.wait('SUSPENDED')
    subject.compute.resume_server(subject.server)
    subject.wait()


def rescue(subject: Subject) -> None:
    subject.compute.rescue_server(subject.server)
    subject.wait('RESCUE')


def unrescue(subject: Subject) -> None:
    subject.compute.unrescue_server(subject.server)
    subject.wait()


def snapshot(subject: Subject) -> None:
    image = subject.compute.create_server_image(
        subject.server, f'{subject.name}-snapshot', wait=True, timeout=PATIENCE
    )
    subject.wait()
    subject.tenant.connection.image.delete_image(image.id)


def rebuild(subject: Subject) -> None:
    image = subject.tenant.connection.image.find_image(IMAGE)
    subject.compute.rebuild_server(subject.server, image=image.id)
    subject.wait()


def shelve(subject: Subject) -> None:
    subject.compute.shelve_server(subject.server)
    subject.wait('SHELVED_OFFLOADED')
    subject.compute.unshelve_server(subject.server)
    subject.wait()


def _resize(subject: Subject, name: str) -> None:
    flavor = subject.compute.find_flavor(name, ignore_missing=False)
    subject.compute.resize_server(subject.server, flavor)


def resize_and_revert(subject: Subject) -> None:
    _resize(subject, BIGGER)
    subject.wait('VERIFY_RESIZE')
    subject.compute.revert_server_resize(subject.server)
    subject.wait()


def resize(subject: Subject) -> None:
    _resize(subject, BIGGER)
    subject.confirm()


def cold_migration(subject: Subject) -> None:
    subject.clouds.migrate_server(subject.server)
    subject.confirm()


def live_migration_there_and_back(subject: Subject) -> None:
    first = subject.host
    for _ in range(2):
        _live_migrate(subject, 'auto')
    if subject.host != first:
        raise AssertionError(f'{subject.host.name}, not {first.name}')


def live_block_migration(subject: Subject) -> None:
    _live_migrate(subject, True)


def _live_migrate(subject: Subject, block: Any) -> None:
    before = subject.host
    subject.clouds.live_migrate_server(subject.server, block_migration=block)
    subject.wait()
    if subject.host == before:
        raise AssertionError(f'it is still on {before.name}')


def evacuation(subject: Subject) -> None:
    host = subject.host
    power.pull_plug(host)
    service = subject.service(host)
    subject.clouds.update_service_forced_down(service, forced=True)
    try:
        subject.wait_for_service(host, 'down')
        subject.clouds.evacuate_server(subject.server)
        # Since microversion 2.95 it waits for its owner there.
        subject.wait('SHUTOFF')
        _start(subject)
    finally:
        power.start(host)
        subject.clouds.update_service_forced_down(service, forced=False)
        subject.wait_for_service(host, 'up')


def attach_and_detach_a_nic(subject: Subject) -> None:
    network = subject.tenant.connection.network.find_network('net1')
    nic = subject.compute.create_server_interface(
        subject.server, net_id=network.id
    )
    _wait_for_nics(subject, 3)
    subject.compute.delete_server_interface(nic, server=subject.server)
    _wait_for_nics(subject, 2)


def _wait_for_nics(subject: Subject, count: int) -> None:
    def there() -> bool:
        return (
            len(subject.tenant.limits(subject.server)['interfaces']) == count
        )

    subject.until(there)


def attach_and_detach_a_volume(subject: Subject) -> None:
    with Volumes(subject.tenant).attached(subject.server):
        pass


def restart_of_nova_compute(subject: Subject) -> None:
    power.restart(subject.host, SERVICE)


def restart_of_libvirtd(subject: Subject) -> None:
    power.restart(subject.host, 'libvirtd')


def killed_guest(subject: Subject) -> None:
    power.kill_guest(subject.host, subject.server.id)
    subject.wait('SHUTOFF')
    _start(subject)


def reboot_of_the_host(subject: Subject) -> None:
    host = subject.host
    power.pull_plug(host)
    power.start(host)
    subject.wait_for_service(host, 'up')
    subject.wait()


Operation = tuple[str, Callable[[Subject], None]]

#: What is done to a server, and to no host. In its order all of a group can be
#: done to one server, and the groups at once to one each. The live migrations
#: come last: of several, Neutron's binding may keep a former `migrating_to`,
#: and its agent then leaves a port alone that is plugged anew.
OF_SERVERS: tuple[tuple[Operation, ...], ...] = (
    (
        ('soft reboot', soft_reboot),
        ('hard reboot', hard_reboot),
        ('stop, start', stop_and_start),
        ('shutdown in the guest, start', shutdown_in_the_guest),
        ("kill -9 of the guest's QEMU, start", killed_guest),
        ('pause, unpause', pause),
        ('suspend, resume', suspend),
    ),
    (
        ('rescue (and during it)', rescue),
        ('unrescue', unrescue),
        ('snapshot', snapshot),
        ('rebuild', rebuild),
        ('shelve with offload, unshelve', shelve),
        ('attach, detach another NIC', attach_and_detach_a_nic),
        ('attach, detach another volume', attach_and_detach_a_volume),
    ),
    (
        ('cold migration', cold_migration),
        ('resize, revert', resize_and_revert),
        ('resize, confirm', resize),
        ('live migration there and back', live_migration_there_and_back),
        ('live block migration', live_block_migration),
    ),
)
#: Those of a host befall all of its servers.
OF_HOSTS: tuple[Operation, ...] = (
    ('restart of nova-compute', restart_of_nova_compute),
    ('restart of libvirtd', restart_of_libvirtd),
    ('reboot of the host', reboot_of_the_host),
    ('evacuation', evacuation),
)
