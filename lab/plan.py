# SPDX-License-Identifier: Apache-2.0
"""The tasks of `up`, and what each needs."""

import dataclasses
import functools
import uuid

from lab import (
    database,
    extension,
    health,
    horizon,
    hosts,
    kernel,
    network,
    packages,
    passwords,
    render,
    services,
    settings,
    ssh,
    state,
    supervisor,
    venvs,
)
from lab.hosts import COMPUTES, CONTROLLER, HOSTS, Host
from lab.shell import run
from lab.tasks import Task

# Started as early as they can be, and waited for when they are needed.
NEUTRON = ('neutron-api', 'neutron-rpc-server')
NOVA = ('nova-api', 'nova-conductor', 'nova-scheduler')
CINDER = ('cinder-api', 'cinder-scheduler', 'cinder-volume')
GUEST_BUILD = (settings.PYTHON, '-m', 'lab.guest.build', settings.GUEST)


def guest() -> None:
    run(GUEST_BUILD, cwd=settings.CLONE)


def keys() -> None:
    config = CONTROLLER.etc / 'keystone' / 'keystone.conf'
    manage = f'{settings.VENV}/bin/keystone-manage --config-file {config}'
    owner = '--keystone-user=root --keystone-group=root'
    for kind in ('fernet', 'credential'):
        folder = CONTROLLER.data / 'keystone' / f'{kind}-keys'
        if any(folder.glob('0')):
            continue
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        run(f'{manage} {kind}_setup {owner}'.split())


def versions(release: str) -> dict[str, str]:
    """What the services are made of."""
    return {
        'venv': venvs.digest(venvs.lock(release)),
        'nova': extension.version(release),
        'horizon': horizon.version(release),
    }


def configure(release: str) -> None:
    more = {
        'virt_type': kernel.virt_type(),
        'datapath_type': kernel.datapath_type(),
        'static': str(horizon.static(horizon.place(release))),
        # Kept, as a new one would end every session.
        'secret_key': passwords.password('horizon'),
    }
    ssh.introduce()
    for host in HOSTS:
        venvs.link(host.venv, venvs.place(release))
        identifier = uuid.uuid5(
            uuid.NAMESPACE_DNS, f'{passwords.password("nova")}{host.name}'
        )
        render.render(host, {**more, 'host_uuid': str(identifier)})
        services.write_supervisor(host, versions(release))
        if host.role == 'compute':
            render.give_identity(host, str(identifier))
            kernel.place_tc_standin(host)
    render.write_clouds()
    link = settings.LAB / 'bin' / 'openstack'
    link.parent.mkdir(exist_ok=True)
    if not link.is_symlink():
        link.symlink_to(settings.VENV / 'bin' / 'openstack')


def power_on(*wanted: Host) -> None:
    network.check_unused()
    for host in wanted:
        hosts.power_on(host)
    network.plug(*(host for host in wanted if host in COMPUTES))
    for host in wanted:
        supervisor.wait_until_up(host)
        supervisor.update(host)


def start(host: Host, *names: str) -> None:
    supervisor.start(host, names)
    health.wait(host, *names)


def switch(host: Host) -> None:
    start(host, 'ovsdb-server', 'ovs-vswitchd')
    kind = kernel.datapath_type()
    bridge = '--may-exist add-br br-data'
    bridge += f' -- set bridge br-data datapath_type={kind}'
    port = '--may-exist add-port br-data data0'
    hosts.run(
        host,
        ['ovs-vsctl', '--timeout=60', *bridge.split(), '--', *port.split()],
    )


def bootstrap() -> None:
    if state.is_done('bootstrap'):
        return
    url = settings.url('keystone') + '/v3'
    run(
        [
            *hosts.enter(CONTROLLER),
            settings.VENV / 'bin' / 'keystone-manage',
            '--config-file',
            CONTROLLER.etc / 'keystone' / 'keystone.conf',
            'bootstrap',
            '--bootstrap-password',
            passwords.password('admin'),
            '--bootstrap-region-id',
            settings.REGION,
            '--bootstrap-public-url',
            url,
            '--bootstrap-internal-url',
            url,
        ]
    )
    state.done('bootstrap')


def seed(module: str, *inputs: str) -> None:
    """Run once for each version of the module and of what it reads."""
    paths = [settings.HERE / f'{module}.py']
    version = state.digest(*paths) + ''.join(inputs)
    if state.is_done(module, version):
        return
    cloud = {'OS_CLIENT_CONFIG_FILE': str(settings.CLOUDS), 'no_proxy': '*'}
    run(
        [settings.VENV / 'bin' / 'python', '-m', f'lab.{module}'],
        cloud,
        cwd=settings.CLONE,
    )
    state.done(module, version)


def map_hosts() -> None:
    """All at once: two that map hosts would get in each other's way."""
    names = ' '.join(host.name for host in COMPUTES)
    if state.is_done('mapped-hosts', names):
        return
    config = CONTROLLER.etc / 'nova' / 'nova.conf'
    manage = f'{settings.VENV}/bin/nova-manage --config-file {config}'
    command = f'{manage} cell_v2 discover_hosts'.split()
    run([*hosts.enter(CONTROLLER), *command])
    state.done('mapped-hosts', names)


def resources() -> None:
    seed('resources', (settings.GUEST / 'version').read_text())


def tasks(release: str) -> list[Task]:
    on = functools.partial
    controller = on(on, start, CONTROLLER)
    found = [
        Task('Debian packages', packages.install),
        Task('tools (uv, supervisor)', venvs.tools, ('Debian packages',)),
        Task('guest image', guest, ('Debian packages',)),
        Task('is there KVM', kernel.virt_type, ('guest image',)),
        Task(
            'OpenStack from PyPI',
            on(venvs.openstack, release),
            ('tools (uv, supervisor)',),
        ),
        Task(
            'our package and patches into Nova',
            on(extension.install, release),
            ('OpenStack from PyPI',),
        ),
        Task(
            'configuration',
            on(configure, release),
            ('OpenStack from PyPI', 'is there KVM', 'database folder'),
        ),
        Task('database folder', database.prepare, ('Debian packages',)),
        Task('keys', keys, ('configuration',)),
        Task('hosts', on(power_on, *HOSTS), ('configuration',)),
        Task('mariadb', controller('mariadb'), ('hosts',)),
        Task('rabbitmq', controller('rabbitmq'), ('hosts',)),
        Task(
            'keystone', controller('keystone'), ('tables of keystone', 'keys')
        ),
        Task(
            'bootstrap of keystone', bootstrap, ('tables of keystone', 'keys')
        ),
        Task(
            'users and endpoints',
            on(seed, 'identity'),
            ('keystone', 'bootstrap of keystone'),
        ),
        Task(
            'placement',
            controller('placement'),
            ('tables of placement', 'keystone'),
        ),
        Task('glance', controller('glance'), ('tables of glance', 'keystone')),
        Task(
            'neutron begins',
            on(supervisor.start, CONTROLLER, NEUTRON),
            ('tables of neutron', 'rabbitmq'),
        ),
        Task(
            'neutron',
            controller(*NEUTRON),
            ('neutron begins', 'users and endpoints'),
        ),
        Task(
            'nova begins',
            on(supervisor.start, CONTROLLER, NOVA),
            ('tables of nova', 'rabbitmq'),
        ),
        Task(
            'nova',
            controller(*NOVA),
            ('nova begins', 'placement', 'users and endpoints'),
        ),
        Task(
            'cinder begins',
            on(supervisor.start, CONTROLLER, CINDER),
            ('tables of cinder', 'rabbitmq'),
        ),
        Task(
            'cinder',
            controller(*CINDER),
            ('cinder begins', 'users and endpoints'),
        ),
        Task(
            'networks, flavors, image, volume types',
            resources,
            ('neutron', 'nova', 'glance', 'cinder'),
        ),
    ]
    found += _horizon_tasks(release)
    for service in database.SYNCS:
        found.append(
            Task(
                f'tables of {service}',
                on(database.sync, service, release),
                ('mariadb', 'our package and patches into Nova'),
            )
        )
    for host in COMPUTES:
        found += _compute_tasks(host)
    computes = tuple(f'{host.name}: nova-compute' for host in COMPUTES)
    found.append(Task('hosts known to the cell', map_hosts, computes))
    return found


def _horizon_tasks(release: str) -> list[Task]:
    """Beside all others: nothing else waits for Horizon."""
    on = functools.partial
    return [
        Task(
            'Horizon from PyPI',
            on(horizon.install, release),
            # Much waits for that one, and nothing for this.
            ('OpenStack from PyPI',),
        ),
        Task(
            'our panel into Horizon',
            on(horizon.install_panel, release),
            ('Horizon from PyPI',),
        ),
        Task(
            "Horizon's styles and scripts",
            on(horizon.gather_static_files, release),
            ('our panel into Horizon', 'configuration'),
        ),
        Task(
            'horizon',
            on(start, CONTROLLER, 'horizon'),
            ("Horizon's styles and scripts", 'hosts'),
        ),
    ]


def tasks_of_host(host: Host) -> list[Task]:
    """To start one compute host of a lab that runs."""
    found = [Task('hosts', functools.partial(power_on, host))]
    found += _compute_tasks(host)
    known = {task.name for task in found}
    return [
        dataclasses.replace(task, needs=tuple(known.intersection(task.needs)))
        for task in found
    ]


def _compute_tasks(host: Host) -> list[Task]:
    on = functools.partial
    this = host.name
    return [
        Task(f'{this}: Open vSwitch', on(switch, host), ('hosts',)),
        Task(
            f'{this}: libvirt', on(start, host, 'libvirtd', 'sshd'), ('hosts',)
        ),
        Task(
            f"{this}: Neutron's agent",
            on(start, host, 'neutron-ovs-agent'),
            (f'{this}: Open vSwitch', 'neutron'),
        ),
        Task(
            f'{this}: nova-compute',
            on(start, host, 'nova-compute'),
            (f'{this}: libvirt', 'nova begins', 'neutron', 'placement'),
        ),
    ]
