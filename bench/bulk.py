# SPDX-License-Identifier: Apache-2.0
"""How long many servers take, against raw requests side by side.

    python3 -m bench.bulk [--servers N] [--parallel P] [--rounds R]

Runs in the lab's virtual environment, with the lab up. It boots N paused
guests without a network, and sets their CPU quota by the openstack command
and by as many plain requests on as many connections, in turns. What counts is
the ratio of the fastest of each, since whatever else the machine does can only
add; the command's time is that of its whole process, with start, login and
report. All that was made is deleted in the end.
"""

import argparse
import contextlib
import sys
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent import futures
from typing import Any

import requests
from requests import adapters

from lab.tenant import Tenant
from nova_live_tune.tests.e2e import shell

BOUND = 3
ADMIN = 'lab-admin'
#: Guests that never run need no more.
FLAVOR = {'vcpus': 1, 'ram': 64, 'disk': 1}
#: How many boot at a time.
BOOTING = 4
PATIENCE = 600
RETRIES = 5
#: Without a network; the first microversion that can say so.
NO_NETWORK = '2.37'
UNLIMITED = {'instances': -1, 'cores': -1, 'ram': -1}
CPU_RATIO = 256.0


@contextlib.contextmanager
def flavor(admin: Any) -> Iterator[Any]:
    made = admin.compute.create_flavor(name=f'bench-{uuid.uuid4()}', **FLAVOR)
    try:
        yield made
    finally:
        admin.compute.delete_flavor(made)


@contextlib.contextmanager
def quota(admin: Any, project: str) -> Iterator[None]:
    """Let the project have as many servers as it likes."""
    before = admin.compute.get_quota_set(project)
    kept = {name: before[name] for name in UNLIMITED}
    admin.compute.update_quota_set(project, **UNLIMITED)
    try:
        yield
    finally:
        admin.compute.update_quota_set(project, **kept)


@contextlib.contextmanager
def processors(admin: Any) -> Iterator[None]:
    """Let the hosts take as many vCPUs as there are guests."""
    with contextlib.ExitStack() as stack:
        for provider in admin.placement.resource_providers():
            stack.callback(_allow(admin, provider, CPU_RATIO))
        yield


def _allow(admin: Any, provider: Any, ratio: float) -> Any:
    """Set how many vCPUs a CPU may be; return what takes that back."""
    path = f'/resource_providers/{provider.id}/inventories/VCPU'
    inventory = admin.placement.get(path).json()
    before = inventory['allocation_ratio']
    inventory['allocation_ratio'] = ratio
    answer = admin.placement.put(path, json=inventory)
    answer.raise_for_status()
    return lambda: before == ratio or _allow(admin, provider, before)


class Guests:
    """Paused servers, made and deleted a few at a time."""

    def __init__(self, tenant: Tenant, flavor: Any) -> None:
        self._compute = tenant.connection.compute
        # A busy API drops a connection now and then.
        self._compute.connect_retries = RETRIES
        self._body = {
            'name': flavor.name,
            'imageRef': tenant.image_id(),
            'flavorRef': flavor.id,
            'networks': 'none',
        }

    def boot(self) -> str:
        answer = self._compute.post(
            '/servers', json={'server': self._body}, microversion=NO_NETWORK
        )
        answer.raise_for_status()
        server_id = str(answer.json()['server']['id'])
        self._wait(server_id, 'ACTIVE')
        self._compute.pause_server(server_id)
        self._wait(server_id, 'PAUSED')
        return server_id

    def _wait(self, server_id: str, status: str) -> None:
        server = self._compute.get_server(server_id)
        self._compute.wait_for_server(
            server, status=status, interval=1, wait=PATIENCE
        )

    def delete_all(self) -> None:
        query = {'name': self._body['name']}
        with futures.ThreadPoolExecutor(BOOTING) as executor:
            list(executor.map(self._delete, self._compute.servers(**query)))

    def _delete(self, server: Any) -> None:
        self._compute.delete_server(server, ignore_missing=True)
        self._compute.wait_for_delete(server, interval=1, wait=PATIENCE)


@contextlib.contextmanager
def guests(tenant: Tenant, admin: Any, count: int) -> Iterator[list[str]]:
    """Boot servers; yields their ids."""
    with contextlib.ExitStack() as stack:
        project = tenant.connection.current_project_id
        stack.enter_context(quota(admin, project))
        stack.enter_context(processors(admin))
        made = Guests(tenant, stack.enter_context(flavor(admin)))
        stack.callback(made.delete_all)
        executor = stack.enter_context(futures.ThreadPoolExecutor(BOOTING))
        yield list(executor.map(lambda _: made.boot(), range(count)))


class Raw:
    """Plain requests on so many connections."""

    def __init__(self, tenant: Tenant, parallel: int) -> None:
        compute = tenant.connection.compute
        self._url = compute.get_endpoint()
        self._parallel = parallel
        self._session = requests.Session()
        self._session.headers['X-Auth-Token'] = compute.get_token()
        adapter = adapters.HTTPAdapter(pool_maxsize=parallel)
        self._session.mount('http://', adapter)

    def set(self, ids: Sequence[str], quota: int) -> None:
        with futures.ThreadPoolExecutor(self._parallel) as executor:
            list(executor.map(lambda one: self._ask(one, quota), ids))

    def _ask(self, server_id: str, quota: int) -> None:
        body = {'setCpuQuota': {'quota': quota}}
        url = f'{self._url}/servers/{server_id}/action'
        self._session.post(url, json=body).raise_for_status()


def by_command(ids: Sequence[str], quota: int, parallel: int) -> None:
    options = ('--quota', quota, '--parallel', parallel)
    done = shell.run(*shell.TUNE, 'cpu', 'set', *ids, *options)
    if done.status or done.stdout.count(' done ') != len(ids):
        raise RuntimeError(done.stderr or done.stdout)


def seconds(call: Any, *arguments: Any) -> float:
    begun = time.perf_counter()
    call(*arguments)
    return time.perf_counter() - begun


def measure(
    tenant: Tenant, ids: Sequence[str], parallel: int, rounds: int
) -> tuple[float, float]:
    """Return the fewest seconds of raw requests, and of the command."""
    raw = Raw(tenant, parallel)
    plain, command = [], []
    for turn in range(rounds):
        step = 1000 * turn
        plain.append(seconds(raw.set, ids, 50000 + step))
        command.append(seconds(by_command, ids, 20000 + step, parallel))
        start = seconds(shell.run, *shell.TUNE, 'cpu', 'set', '--help')
        print(
            f'round {turn + 1}: raw {plain[-1]:.1f} s, the command '
            f'{command[-1]:.1f} s; just to start and help, {start:.1f} s',
            flush=True,
        )
    return min(plain), min(command)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--servers', type=int, default=100)
    parser.add_argument('--parallel', type=int, default=16)
    parser.add_argument('--rounds', type=int, default=5)
    arguments = parser.parse_args()
    count, parallel = arguments.servers, arguments.parallel
    tenant, admin = Tenant(), Tenant(ADMIN).connection
    with guests(tenant, admin, count) as ids:
        plain, command = measure(tenant, ids, parallel, arguments.rounds)
    ratio = command / plain
    print(f'{count} servers, {parallel} connections: raw {plain:.1f} s,')
    print(f'the command {command:.1f} s; ratio {ratio:.2f}, bound {BOUND}')
    return 0 if ratio <= BOUND else 1


if __name__ == '__main__':
    sys.exit(main())
