# SPDX-License-Identifier: Apache-2.0
"""Talk to a host's supervisord, over its Unix socket."""

import http.client
import socket
import time
import xmlrpc.client
from collections.abc import Iterable
from typing import Any

from lab.hosts import Host
from lab.shell import Failed

PATIENCE = 30
# supervisord is gone, or going, or cannot do it.
ERRORS = (OSError, http.client.HTTPException, xmlrpc.client.Error)
ALIVE = ('STARTING', 'RUNNING', 'STOPPING')


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__('localhost', timeout=PATIENCE)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        return _Connection(self.path)


def proxy(host: Host) -> Any:
    transport = _Transport(str(host.socket))
    return xmlrpc.client.ServerProxy('http://localhost', transport).supervisor


def wait_until_up(host: Host) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            proxy(host).getState()
            return
        except OSError:
            if time.monotonic() > end:
                raise SystemExit(
                    f"{host.name}'s supervisord does not answer."
                ) from None
            time.sleep(0.05)


def processes(host: Host) -> dict[str, dict[str, Any]]:
    return {info['name']: info for info in proxy(host).getAllProcessInfo()}


def process(host: Host, name: str) -> dict[str, Any]:
    info: dict[str, Any] = proxy(host).getProcessInfo(name)
    return info


def update(host: Host) -> None:
    """Take over a changed configuration; what it does not touch runs on."""
    server = proxy(host)
    [[added, changed, removed]] = server.reloadConfig()
    old = [*changed, *removed]
    for name in old:
        server.stopProcessGroup(name, False)
    _wait_until_stopped(host, old)
    for name in old:
        server.removeProcessGroup(name)
    for name in (*added, *changed):
        server.addProcessGroup(name)


def _wait_until_stopped(host: Host, names: list[str]) -> None:
    end = time.monotonic() + PATIENCE
    while any(processes(host)[name]['statename'] in ALIVE for name in names):
        if time.monotonic() > end:
            raise Failed(f'{host.name} cannot stop one of {", ".join(names)}.')
        time.sleep(0.05)


def start(host: Host, names: Iterable[str]) -> None:
    known = processes(host)
    for name in names:
        if known[name]['statename'] not in ('RUNNING', 'STARTING'):
            proxy(host).startProcess(name, False)


def stop(host: Host, names: list[str]) -> None:
    known = processes(host)
    for name in names:
        if known[name]['statename'] in ('RUNNING', 'STARTING'):
            proxy(host).stopProcess(name, False)
    _wait_until_stopped(host, names)
