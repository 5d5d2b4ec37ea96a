# SPDX-License-Identifier: Apache-2.0
"""MariaDB's folder, and each service's tables."""

import shutil

from lab import hosts, passwords, render, settings, state, venvs
from lab.hosts import COMPUTES, CONTROLLER
from lab.shell import run

ETC = CONTROLLER.etc
KEYSTONE = f'keystone-manage --config-file {ETC}/keystone/keystone.conf'
PLACEMENT = f'placement-manage --config-file {ETC}/placement/placement.conf'
NOVA = f'nova-manage --config-file {ETC}/nova/nova.conf'
CINDER = f'cinder-manage --config-file {ETC}/cinder/cinder.conf'
NEUTRON = ' '.join(
    f'--config-file {ETC}/neutron/{name}'
    for name in ('neutron.conf', 'ml2_conf.ini')
)

# service: its databases and the commands that make its tables.
SYNCS = {
    'keystone': (
        ['keystone'],
        [f'{KEYSTONE} db_sync'],
    ),
    'placement': (
        ['placement'],
        [f'{PLACEMENT} db sync'],
    ),
    'glance': (
        ['glance'],
        [f'glance-manage --config-file {ETC}/glance/glance-api.conf db_sync'],
    ),
    'neutron': (['neutron'], [f'neutron-db-manage {NEUTRON} upgrade heads']),
    'nova': (
        ['nova_api', 'nova', 'nova_cell0'],
        [
            f'{NOVA} api_db sync',
            f'{NOVA} cell_v2 map_cell0',
            f'{NOVA} db sync',
            f'{NOVA} cell_v2 create_cell --name cell1',
        ],
    ),
    'cinder': (['cinder'], [f'{CINDER} db sync']),
}
CELL_EXISTS = 2

MARIADB = CONTROLLER.data / 'mariadb'
FOLDERS = (
    MARIADB,
    *(CONTROLLER.data / name for name in ('rabbitmq', 'glance', 'volumes')),
)


def is_prepared() -> bool:
    if not state.is_done('mariadb', passwords.version()):
        return False
    synced = all(state.was_done(f'sync-{service}') for service in SYNCS)
    half_lost = state.was_done('identity') and not synced
    return not half_lost and all(path.is_dir() for path in FOLDERS)


def prepare() -> None:
    """A new database knows no guests, so the compute hosts forget theirs."""
    if is_prepared():
        return
    state.forget_all_of(
        'mariadb', 'sync-', 'bootstrap', 'identity', 'resources', 'mapped-'
    )
    for path in FOLDERS:
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
    for host in COMPUTES:
        render.forget_guests(host)
    run(
        [
            'mariadb-install-db',
            '--no-defaults',
            f'--datadir={MARIADB}',
            '--user=root',
            '--auth-root-authentication-method=normal',
            '--skip-test-db',
        ]
    )
    state.done('mariadb', passwords.version())


def sync(service: str, release: str) -> None:
    step = f'sync-{service}'
    version = venvs.digest(venvs.lock(release))
    if state.is_done(step, version):
        return
    databases, commands = SYNCS[service]
    if not state.was_done(step):
        _recreate(
            databases
        )  # a first sync that was broken off cannot be resumed
    for command in commands:
        name, *arguments = command.split()
        run(
            [
                *hosts.enter(CONTROLLER),
                settings.VENV / 'bin' / name,
                *arguments,
            ],
            accept=(0, CELL_EXISTS) if 'create_cell' in command else (0,),
        )
    state.done(step, version)


def _recreate(databases: list[str]) -> None:
    statements = ''.join(
        f'DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name};'
        for name in databases
    )
    socket = f'--socket={CONTROLLER.data}/mariadb.sock'
    run(['mariadb', '--no-defaults', socket, '--user=root', '-e', statements])
