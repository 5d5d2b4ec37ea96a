# SPDX-License-Identifier: Apache-2.0
"""Is each service really there: asked the way its users ask it."""

import datetime
import functools
import http
import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

from lab import hosts, passwords, settings, supervisor, tasks
from lab.hosts import COMPUTES, CONTROLLER, Host
from lab.services import log_file
from lab.shell import Failed

SECONDS = 180
RESTARTS = 3
LOG_LINES = 15
# No proxy that the user's environment may name can reach the lab.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# Of those that a command of their own asks.
QUESTIONS = {
    'ovsdb-server': 'ovs-vsctl --timeout=10 --no-wait show',
    'ovs-vswitchd': (
        'ovs-appctl --timeout=10 --target=/run/openvswitch/vswitchd.ctl'
        ' version'
    ),
    'libvirtd': 'virsh --readonly list --uuid',
}


def request(url: str, token: str = '', body: object = None) -> tuple[Any, Any]:
    headers = {
        'Content-Type': 'application/json',
        'Accept': 'application/json',
    }
    if token:
        headers['X-Auth-Token'] = token
    data = None if body is None else json.dumps(body).encode()
    asked = urllib.request.Request(url, data, headers)
    with _OPENER.open(asked, timeout=20) as answer:
        return answer.headers, json.loads(answer.read())


@functools.cache
def token() -> str:
    """One for all questions: a new one costs more than the answers."""
    domain = {'name': 'Default'}
    user = {
        'name': 'admin',
        'domain': domain,
        'password': passwords.password('admin'),
    }
    auth = {
        'identity': {'methods': ['password'], 'password': {'user': user}},
        'scope': {'project': {'name': 'demo', 'domain': domain}},
    }
    headers, _ = request(
        settings.url('keystone') + '/v3/auth/tokens', '', {'auth': auth}
    )
    return str(headers['X-Subject-Token'])


def answers(service: str) -> None:
    try:
        request(settings.url(service) + '/')
    except urllib.error.HTTPError as answer:
        if (
            answer.code != http.HTTPStatus.MULTIPLE_CHOICES
        ):  # the list of versions
            raise


def shows_login() -> None:
    """The page with the form, made of styles and scripts that are there."""
    with _OPENER.open(settings.url('horizon') + '/', timeout=20) as answer:
        if b'name="password"' not in answer.read():
            raise LookupError('Horizon shows no form to log in with')


def greets(service: str, words: bytes = b'') -> None:
    """MariaDB speaks first; RabbitMQ answers the header of its protocol."""
    address = (CONTROLLER.address, settings.PORTS[service])
    with socket.create_connection(address, 5) as connection:
        connection.settimeout(5)
        connection.sendall(words)
        if not connection.recv(1):
            raise ConnectionError(f'{service} hung up')


def reported(service: str, host: Host, when: str) -> None:
    """A report from before the process's start counts for nothing.

    Both are in whole seconds: one of the same second may be its
    predecessor's last, since none reports before it has lived for one.
    """
    started = supervisor.process(host, service)['start']
    moment = datetime.datetime.fromisoformat(when).replace(
        tzinfo=datetime.timezone.utc
    )
    if moment.timestamp() <= started:
        raise LookupError(f'{service} on {host.name} has not reported yet')


def nova_reports(service: str, host: Host) -> None:
    query = f'binary={service}&host={host.name}'
    url = f'{settings.url("nova")}/v2.1/os-services?{query}'
    found = request(url, token())[1]['services']
    if not found or not found[0]['updated_at']:
        raise LookupError(f'Nova knows no {service} on {host.name} yet')
    reported(service, host, found[0]['updated_at'])


def compute_reports(service: str, host: Host) -> None:
    """Up, and Placement knows what there is on it."""
    nova_reports(service, host)
    url = f'{settings.url("placement")}/resource_providers?name={host.name}'
    if not request(url, token())[1]['resource_providers']:
        raise LookupError(f'Placement knows no {host.name} yet')


def responds(service: str, host: Host) -> None:
    try:
        hosts.run(host, QUESTIONS[service].split())
    except subprocess.CalledProcessError as problem:
        raise LookupError(problem.stdout.strip()) from None


def agent_reports(service: str, host: Host) -> None:
    url = f'{settings.url("neutron")}/v2.0/agents?host={host.name}'
    found = request(url, token())[1]['agents']
    if not found:
        raise LookupError(f'Neutron knows no agent on {host.name} yet')
    reported(service, host, found[0]['heartbeat_timestamp'])


def cinder_reports(service: str, host: Host) -> None:
    url = f'{settings.url("cinder")}/v3/os-services?binary={service}'
    found = request(url, token())[1]['services']
    if not found or not found[0]['updated_at']:
        raise LookupError(f'Cinder knows no {service} yet')
    reported(service, host, found[0]['updated_at'])


def backend_reports() -> None:
    """Up, and the scheduler knows what room there is for volumes."""
    cinder_reports('cinder-volume', CONTROLLER)
    url = f'{settings.url("cinder")}/v3/scheduler-stats/get_pools'
    if not request(url, token())[1]['pools']:
        raise LookupError('The scheduler knows no place for volumes yet')


Check = Callable[[], object]
AMQP = b'AMQP\x00\x00\x09\x01'


def checks() -> dict[tuple[Host, str], Check]:
    found: dict[tuple[Host, str], Check] = {
        (CONTROLLER, 'mariadb'): lambda: greets('mariadb'),
        (CONTROLLER, 'rabbitmq'): lambda: greets('rabbitmq', AMQP),
        (CONTROLLER, 'keystone'): lambda: answers('keystone'),
        (CONTROLLER, 'placement'): lambda: answers('placement'),
        (CONTROLLER, 'glance'): lambda: answers('glance'),
        (CONTROLLER, 'neutron-api'): lambda: answers('neutron'),
        (CONTROLLER, 'nova-api'): lambda: answers('nova'),
        (CONTROLLER, 'cinder-api'): lambda: answers('cinder'),
        (CONTROLLER, 'cinder-volume'): backend_reports,
        (CONTROLLER, 'horizon'): shows_login,
    }
    for service in ('nova-conductor', 'nova-scheduler'):
        found[CONTROLLER, service] = _later(nova_reports, service, CONTROLLER)
    found[CONTROLLER, 'cinder-scheduler'] = _later(
        cinder_reports, 'cinder-scheduler', CONTROLLER
    )
    for host in COMPUTES:
        for service in QUESTIONS:
            found[host, service] = _later(responds, service, host)
        found[host, 'nova-compute'] = _later(
            compute_reports, 'nova-compute', host
        )
        found[host, 'neutron-ovs-agent'] = _later(
            agent_reports, 'neutron-ovs-agent', host
        )
    return found


def _later(
    check: Callable[[str, Host], None], service: str, host: Host
) -> Check:
    return lambda: check(service, host)


def wait(host: Host, *services: str) -> None:
    known = checks()
    for service in services:
        _wait_for(host, service, known.get((host, service), lambda: None))


def _wait_for(host: Host, service: str, check: Check) -> None:
    end = time.monotonic() + SECONDS
    starts: set[int] = set()
    while True:
        try:
            starts.add(_started(host, service))
            check()
            return
        except (*supervisor.ERRORS, LookupError, ValueError) as problem:
            if len(starts) > RESTARTS:
                raise Failed(
                    complaint(host, service, 'it keeps ending')
                ) from None
            if time.monotonic() > end:
                late = f'after {SECONDS} s: {problem}'
                raise Failed(complaint(host, service, late)) from None
        if tasks.given_up.wait(0.5):
            raise Failed(f'{service} on {host.name} is not waited for')


def _started(host: Host, service: str) -> int:
    info = supervisor.process(host, service)
    if info['statename'] == 'FATAL':
        raise Failed(
            complaint(host, service, 'it ends as soon as it is started')
        )
    if info['statename'] != 'RUNNING':
        raise LookupError(f'supervisor says {info["statename"]}')
    return int(info['start'])


def complaint(host: Host, service: str, problem: object) -> str:
    log = log_file(host, service)
    lines = (
        log.read_text(errors='replace').splitlines() if log.exists() else []
    )
    said = '\n'.join(f'    {line}' for line in lines[-LOG_LINES:])
    return (
        f'{service} on {host.name} is not ready: {problem}\n'
        f'The end of {log}:\n{said}'
    )
