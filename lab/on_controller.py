# SPDX-License-Identifier: Apache-2.0
"""What the controller runs."""

from lab import horizon, settings, state
from lab.hosts import Host
from lab.service import PATH, Service, uwsgi


def services(host: Host) -> list[Service]:
    return [
        _mariadb(host),
        _rabbitmq(host),
        *_shared(host),
        *_neutron(host),
        *_nova(host),
        *_cinder(host),
        _horizon(host),
    ]


def _mariadb(host: Host) -> Service:
    return Service(
        'mariadb',
        f'/usr/sbin/mariadbd --defaults-file={host.etc}/mariadb.cnf',
        ('mariadb.cnf', 'mariadb.sql'),
        patience=20,
    )


def _rabbitmq(host: Host) -> Service:
    etc, data = f'{host.etc}/rabbitmq', f'{host.data}/rabbitmq'
    return Service(
        'rabbitmq',
        '/usr/lib/rabbitmq/bin/rabbitmq-server',
        ('rabbitmq/rabbitmq.conf', 'rabbitmq/rabbitmq-env.conf'),
        {
            'HOME': data,
            'RABBITMQ_CONF_ENV_FILE': f'{etc}/rabbitmq-env.conf',
            'RABBITMQ_CONFIG_FILE': f'{etc}/rabbitmq.conf',
            'RABBITMQ_ADVANCED_CONFIG_FILE': f'{etc}/none.config',
            'RABBITMQ_ENABLED_PLUGINS_FILE': f'{etc}/none.plugins',
            'RABBITMQ_MNESIA_BASE': f'{data}/mnesia',
            'RABBITMQ_LOG_BASE': f'{data}/log',
            'RABBITMQ_PID_FILE': f'{data}/pid',
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
    )


def _shared(host: Host) -> list[Service]:
    """What Nova and Neutron both stand on."""
    etc = host.etc
    return [
        Service(
            'keystone',
            # One process, whose cache then knows of every change.
            uwsgi(host, 'keystone', 'keystone', 'keystone.wsgi.api', 1, 4),
            ('keystone/keystone.conf',),
            {'OS_KEYSTONE_CONFIG_DIR': f'{etc}/keystone'},
        ),
        Service(
            'placement',
            uwsgi(host, 'placement', 'placement', 'placement.wsgi.api'),
            ('placement/placement.conf',),
            {'OS_PLACEMENT_CONFIG_DIR': f'{etc}/placement'},
        ),
        Service(
            'glance',
            uwsgi(host, 'glance', 'glance', 'glance.wsgi.api'),
            ('glance/glance-api.conf',),
            {'OS_GLANCE_CONFIG_DIR': f'{etc}/glance'},
        ),
    ]


def _neutron(host: Host) -> list[Service]:
    configs = ('neutron/neutron.conf', 'neutron/ml2_conf.ini')
    files = ' '.join(f'--config-file {host.etc}/{name}' for name in configs)
    return [
        Service(
            'neutron-api',
            uwsgi(host, 'neutron-api', 'neutron', 'neutron.wsgi.api', 2),
            configs,
            {
                'OS_NEUTRON_CONFIG_DIR': f'{host.etc}/neutron',
                'OS_NEUTRON_CONFIG_FILES': 'neutron.conf;ml2_conf.ini',
            },
        ),
        Service(
            'neutron-rpc-server',
            f'{host.venv}/bin/neutron-rpc-server {files}',
            configs,
        ),
    ]


#: Their API lets eventlet take the place of threads.
EVENTLET = ('2025.1', '2025.2')


def _nova(host: Host) -> list[Service]:
    # Processes and threads: a call that waits for a dead host holds one.
    many = (4, 1) if state.release() in EVENTLET else (1, 8)
    config = ('nova/nova.conf',)
    file = f'--config-file {host.etc}/nova/nova.conf'
    api = Service(
        'nova-api',
        uwsgi(host, 'nova-api', 'nova', 'nova.wsgi.osapi_compute', *many),
        (*config, 'nova/policy.yaml'),
        {'OS_NOVA_CONFIG_DIR': f'{host.etc}/nova'},
        is_nova=True,
    )
    others = [
        Service(name, f'{host.venv}/bin/{name} {file}', config, is_nova=True)
        for name in ('nova-conductor', 'nova-scheduler')
    ]
    return [api, *others]


def _cinder(host: Host) -> list[Service]:
    config = ('cinder/cinder.conf',)
    file = f'--config-file {host.etc}/cinder/cinder.conf'
    run = f'{host.venv}/bin'
    return [
        Service(
            'cinder-api',
            # Threads: an attachment waits for cinder-volume.
            uwsgi(host, 'cinder-api', 'cinder', 'cinder.wsgi.api', 1, 4, file),
            config,
        ),
        Service('cinder-scheduler', f'{run}/cinder-scheduler {file}', config),
        Service(
            'cinder-volume',
            f'{run}/cinder-volume {file}',
            config,
            {'PATH': f'{settings.NFS}:{run}:{PATH}'},
        ),
    ]


def _horizon(host: Host) -> Service:
    venv = horizon.place(state.release())
    serve = uwsgi(
        host,
        'horizon',
        'horizon',
        'openstack_dashboard.wsgi',
        # A page asks for the next while Keystone or Nova take their time.
        threads=8,
        venv=venv,
    )
    return Service(
        'horizon',
        f'{serve} --static-map /static={horizon.static(venv)}',
        ('horizon/local_settings.py', 'nova/policy.yaml'),
        software='horizon',
    )
