# SPDX-License-Identifier: Apache-2.0
"""What runs on each host, and the supervisor configuration made from it."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from lab import settings
from lab.hosts import Host
from lab.render import write

PATH = '/usr/sbin:/usr/bin:/sbin:/bin'
FACTORY = 'supervisor.rpcinterface:make_main_rpcinterface'


@dataclass(frozen=True)
class Service:
    name: str
    command: str
    configs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    is_nova: bool = False
    stop: str = 'TERM'
    patience: int = 5


def _uwsgi(
    host: Host,
    name: str,
    service: str,
    module: str,
    processes: int = 1,
    threads: int = 1,
) -> str:
    address = f'{host.address}:{settings.PORTS[service]}'
    options = {
        'master': '',
        'need-app': '',
        'die-on-term': '',
        'lazy-apps': '',
        'enable-threads': '',
        'processes': processes,
        'threads': threads,
        'buffer-size': 65535,
        'procname': name,
        'module': f'{module}:application',
        'http-socket': address,
        # uwsgi closes the connection after each answer, and resets it when it
        # did not say so or has left a part of the request unread.
        'add-header': "'Connection: close'",
        'post-buffering': 65536,
        'disable-logging': '',
    }
    words = ' '.join(
        f'--{name} {value}'.rstrip() for name, value in options.items()
    )
    return f'{settings.VENV}/bin/uwsgi {words}'


def _controller(host: Host) -> list[Service]:
    etc, run = host.etc, f'{settings.VENV}/bin'
    nova = f'--config-file {etc}/nova/nova.conf'
    rabbit = f'{etc}/rabbitmq'
    neutron = ('neutron/neutron.conf', 'neutron/ml2_conf.ini')
    neutron_files = ' '.join(f'--config-file {etc}/{name}' for name in neutron)
    return [
        Service(
            'mariadb',
            f'/usr/sbin/mariadbd --defaults-file={etc}/mariadb.cnf',
            ('mariadb.cnf', 'mariadb.sql'),
            patience=20,
        ),
        Service(
            'rabbitmq',
            '/usr/lib/rabbitmq/bin/rabbitmq-server',
            ('rabbitmq/rabbitmq.conf', 'rabbitmq/rabbitmq-env.conf'),
            {
                'HOME': f'{host.data}/rabbitmq',
                'RABBITMQ_CONF_ENV_FILE': f'{rabbit}/rabbitmq-env.conf',
                'RABBITMQ_CONFIG_FILE': f'{rabbit}/rabbitmq.conf',
                'RABBITMQ_ADVANCED_CONFIG_FILE': f'{rabbit}/none.config',
                'RABBITMQ_ENABLED_PLUGINS_FILE': f'{rabbit}/none.plugins',
                'RABBITMQ_MNESIA_BASE': f'{host.data}/rabbitmq/mnesia',
                'RABBITMQ_LOG_BASE': f'{host.data}/rabbitmq/log',
                'RABBITMQ_PID_FILE': f'{host.data}/rabbitmq/pid',
                'RABBITMQ_SERVER_START_ARGS': (
                    '-kernel inet_dist_use_interface {127,0,0,1}'
                ),
                # It would spin on both cores while it waits.
                'RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS': (
                    '+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none'
                ),
                'ERL_EPMD_ADDRESS': '127.0.0.1',
            },
            patience=20,
        ),
        Service(
            'keystone',
            _uwsgi(
                host, 'keystone', 'keystone', 'keystone.wsgi.api', processes=2
            ),
            ('keystone/keystone.conf',),
            {'OS_KEYSTONE_CONFIG_DIR': f'{etc}/keystone'},
        ),
        Service(
            'placement',
            _uwsgi(host, 'placement', 'placement', 'placement.wsgi.api'),
            ('placement/placement.conf',),
            {'OS_PLACEMENT_CONFIG_DIR': f'{etc}/placement'},
        ),
        Service(
            'glance',
            _uwsgi(host, 'glance', 'glance', 'glance.wsgi.api'),
            ('glance/glance-api.conf',),
            {'OS_GLANCE_CONFIG_DIR': f'{etc}/glance'},
        ),
        Service(
            'neutron-api',
            _uwsgi(
                host, 'neutron-api', 'neutron', 'neutron.wsgi.api', processes=2
            ),
            neutron,
            {
                'OS_NEUTRON_CONFIG_DIR': f'{etc}/neutron',
                'OS_NEUTRON_CONFIG_FILES': 'neutron.conf;ml2_conf.ini',
            },
        ),
        Service(
            'neutron-rpc-server',
            f'{run}/neutron-rpc-server {neutron_files}',
            neutron,
        ),
        Service(
            'nova-api',
            # Threads: a call that waits for a dead host holds one.
            _uwsgi(
                host,
                'nova-api',
                'nova',
                'nova.wsgi.osapi_compute',
                processes=2,
                threads=4,
            ),
            ('nova/nova.conf',),
            {'OS_NOVA_CONFIG_DIR': f'{etc}/nova'},
            is_nova=True,
        ),
        Service(
            'nova-conductor',
            f'{run}/nova-conductor {nova}',
            ('nova/nova.conf',),
            is_nova=True,
        ),
        Service(
            'nova-scheduler',
            f'{run}/nova-scheduler {nova}',
            ('nova/nova.conf',),
            is_nova=True,
        ),
    ]


def _compute(host: Host) -> list[Service]:
    run = f'{settings.VENV}/bin'
    database = '/run/openvswitch/db.sock'
    return [
        Service(
            'ovsdb-server',
            '/usr/sbin/ovsdb-server /run/openvswitch/conf.db'
            f' --remote=punix:{database}'
            ' --unixctl=/run/openvswitch/ovsdb.ctl -vsyslog:off',
        ),
        Service(
            'ovs-vswitchd',
            f'/usr/sbin/ovs-vswitchd unix:{database}'
            ' --unixctl=/run/openvswitch/vswitchd.ctl -vsyslog:off',
        ),
        Service(
            'libvirtd',
            '/usr/sbin/libvirtd --config /etc/libvirt/libvirtd.conf',
            ('libvirt/libvirtd.conf', 'libvirt/qemu.conf'),
            {'PATH': f'{host.folder}/bin:{PATH}'},
        ),
        Service(
            'neutron-ovs-agent',
            f'{run}/neutron-openvswitch-agent'
            f' --config-file {host.etc}/neutron/ovs-agent.ini',
            ('neutron/ovs-agent.ini',),
            # On TERM it hangs for long, and holds its port meanwhile.
            stop='KILL',
        ),
        Service(
            'nova-compute',
            f'{run}/nova-compute --config-file {host.etc}/nova/nova.conf',
            ('nova/nova.conf',),
            is_nova=True,
        ),
    ]


def services(host: Host) -> list[Service]:
    return _controller(host) if host.role == 'controller' else _compute(host)


def log_file(host: Host, service: str) -> Path:
    suffix = '' if host.role == 'controller' else f'-{host.name}'
    return settings.LOGS / f'{service}{suffix}.log'


def _fingerprint(
    host: Host, service: Service, versions: dict[str, str]
) -> str:
    """In the program's environment: supervisor restarts what changed."""
    digest = hashlib.sha256(versions['venv'].encode())
    for name in service.configs:
        digest.update((host.etc / name).read_bytes())
    if service.is_nova:
        digest.update(versions['nova'].encode())
    return digest.hexdigest()[:16]


def _program(host: Host, service: Service, versions: dict[str, str]) -> str:
    environment = {
        'PATH': f'{settings.VENV}/bin:{PATH}',
        'PYTHONWARNINGS': 'ignore',  # a page of them at each start
        **service.environment,
        'LAB_FINGERPRINT': _fingerprint(host, service, versions),
    }
    words = ','.join(
        f'{name}="{value}"' for name, value in environment.items()
    )
    return f"""
[program:{service.name}]
command = {service.command}
environment = {words}
directory = {host.data}
autostart = false
autorestart = true
startsecs = 1
stopsignal = {service.stop}
stopwaitsecs = {service.patience}
stopasgroup = true
killasgroup = true
redirect_stderr = true
stdout_logfile = {log_file(host, service.name)}
stdout_logfile_maxbytes = 20MB
stdout_logfile_backups = 1
"""


def write_supervisor(host: Host, versions: dict[str, str]) -> None:
    head = f"""# SPDX-License-Identifier: Apache-2.0
[supervisord]
logfile = {settings.LOGS}/supervisord-{host.name}.log
logfile_maxbytes = 5MB
pidfile = /run/supervisord.pid
childlogdir = {settings.LOGS}
minfds = 16384
user = root

[unix_http_server]
file = {host.socket}
chmod = 0600

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = {FACTORY}
"""
    programs = [
        _program(host, service, versions) for service in services(host)
    ]
    write(host.etc / 'supervisord.conf', head + ''.join(programs))
