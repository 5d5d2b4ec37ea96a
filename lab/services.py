# SPDX-License-Identifier: Apache-2.0
"""The configuration of a host's supervisord, made from what runs there."""

import hashlib
from pathlib import Path

from lab import on_compute, on_controller, settings
from lab.hosts import Host
from lab.render import write
from lab.service import PATH, Service

FACTORY = 'supervisor.rpcinterface:make_main_rpcinterface'
TABLES = {
    'controller': on_controller.services,
    'compute': on_compute.services,
}


def services(host: Host) -> list[Service]:
    return TABLES[host.role](host)


def log_file(host: Host, service: str) -> Path:
    suffix = '' if host.role == 'controller' else f'-{host.name}'
    return settings.LOGS / f'{service}{suffix}.log'


def _fingerprint(
    host: Host, service: Service, versions: dict[str, str]
) -> str:
    """In the program's environment: supervisor restarts what changed."""
    digest = hashlib.sha256(versions[service.software].encode())
    for name in service.configs:
        digest.update((host.etc / name).read_bytes())
    if service.is_nova:
        digest.update(versions['nova'].encode())
        digest.update(bytes(host.venv.readlink()))
    return digest.hexdigest()[:16]


def _program(host: Host, service: Service, versions: dict[str, str]) -> str:
    environment = {
        'PATH': f'{host.venv}/bin:{PATH}',
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
