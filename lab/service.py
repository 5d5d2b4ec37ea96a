# SPDX-License-Identifier: Apache-2.0
"""One process that a host runs, and how it is started and stopped."""

from dataclasses import dataclass, field
from pathlib import Path

from lab import settings
from lab.hosts import Host

PATH = '/usr/sbin:/usr/bin:/sbin:/bin'


@dataclass(frozen=True)
class Service:
    name: str
    command: str
    configs: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    is_nova: bool = False
    #: Whose change is an upgrade to it (plan.versions).
    software: str = 'venv'
    stop: str = 'TERM'
    patience: int = 5


def uwsgi(
    host: Host,
    name: str,
    service: str,
    module: str,
    processes: int = 1,
    threads: int = 1,
    arguments: str = '',
    venv: Path | None = None,
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
    if arguments:
        options['pyargv'] = f"'{arguments}'"
    words = ' '.join(
        f'--{name} {value}'.rstrip() for name, value in options.items()
    )
    return f'{venv or host.venv}/bin/uwsgi {words}'
