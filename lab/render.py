# SPDX-License-Identifier: Apache-2.0
"""The configuration files: lab/etc/<role>/ filled in, per host."""

import json
import shutil
import string
from pathlib import Path

from lab import passwords, settings
from lab.hosts import CONTROLLER, HOSTS, Host

SHIPPED = {
    'glance/glance-api-paste.ini': 'etc/glance/glance-api-paste.ini',
    'neutron/api-paste.ini': 'etc/neutron/api-paste.ini',
    'nova/api-paste.ini': 'etc/nova/api-paste.ini',
    'cinder/api-paste.ini': 'etc/cinder/api-paste.ini',
    'cinder/resource_filters.json': 'etc/cinder/resource_filters.json',
}

# libvirtd does not start without the accounts that Debian's build names, even
# when its configuration names others. The packages that add them bring daemons
# to start.
ACCOUNTS = {
    'passwd': [
        'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin'
    ],
    'group': ['libvirt-qemu:x:64055:', 'kvm:x:64056:'],
}
# sshd lets nobody in, with a key neither, whose account the machine locked.
SHADOW = 'root:*:1::::::\n'


def values(host: Host) -> dict[str, str]:
    urls = {f'{name}_url': settings.url(name) for name in settings.PORTS}
    return {
        **urls,
        **passwords.everyone(),
        'address': host.address,
        'move_address': host.move_address,
        'controller': CONTROLLER.address,
        'name': host.name,
        'folder': str(host.folder),
        'etc': str(host.etc),
        'data': str(host.data),
        'venv': str(host.venv),
        'lab': str(settings.LAB),
        'region': settings.REGION,
        'metrics_port': str(settings.METRICS_PORT),
    }


def write(path: Path, text: str) -> None:
    """Only what changed, and readable by root alone: passwords are in it."""
    if path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(text)


def render(host: Host, more: dict[str, str]) -> None:
    source = settings.HERE / 'etc' / host.role
    known = {**values(host), **more}
    for path in source.rglob('*'):
        if path.is_file():
            text = string.Template(path.read_text()).substitute(known)
            write(host.etc / path.relative_to(source), text)
    write(host.etc / 'hosts', _hosts_file())
    for name in ACCOUNTS:
        write(host.etc / name, _accounts(name))
        (host.etc / name).chmod(0o644)
    write(host.etc / 'shadow', SHADOW)
    for name in ('nova/instances', 'neutron'):
        (host.data / name).mkdir(parents=True, exist_ok=True)
    if host is CONTROLLER:
        (host.data / 'cinder').mkdir(exist_ok=True)
        sessions = host.data / 'horizon' / 'sessions'
        sessions.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, shipped in SHIPPED.items():
            write(host.etc / name, (settings.VENV / shipped).read_text())


def _accounts(name: str) -> str:
    lines = Path('/etc', name).read_text().splitlines()
    present = {line.partition(':')[0] for line in lines}
    for line in ACCOUNTS[name]:
        if line.partition(':')[0] not in present:
            lines.append(line)
    return '\n'.join(lines) + '\n'


def _hosts_file() -> str:
    lines = ['127.0.0.1 localhost', '::1 localhost']
    lines += [f'{host.address} {host.name}' for host in HOSTS]
    return '\n'.join(lines) + '\n'


def write_clouds() -> None:
    """JSON is YAML too, and the standard library can write it."""
    clouds = {
        f'lab-{user}': _cloud(user) for user in ('admin', 'demo', 'reader')
    }
    write(settings.CLOUDS, json.dumps({'clouds': clouds}, indent=2) + '\n')


def _cloud(user: str) -> dict[str, object]:
    return {
        'region_name': settings.REGION,
        'auth': {
            'auth_url': settings.url('keystone') + '/v3',
            'username': user,
            'password': passwords.password(user),
            'project_name': 'demo',
            'user_domain_name': 'Default',
            'project_domain_name': 'Default',
        },
    }


def forget_guests(host: Host) -> None:
    """Nova's files of them, and libvirt's."""
    shutil.rmtree(host.data, ignore_errors=True)
    shutil.rmtree(host.etc / 'libvirt' / 'qemu', ignore_errors=True)


def give_identity(host: Host, identifier: str) -> None:
    """Nova keeps it in a file, and refuses to start on a host that lost it."""
    path = host.data / 'nova' / 'compute_id'
    if not path.exists():
        write(path, identifier + '\n')
