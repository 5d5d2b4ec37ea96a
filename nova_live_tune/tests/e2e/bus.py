# SPDX-License-Identifier: Apache-2.0
"""What nova-compute tells the world: on the message bus, and to Prometheus."""

import contextlib
import json
import os
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from typing import Any

from lab import hosts, passwords, settings
from nova_live_tune.tests.e2e import shell

#: Runs in the lab's virtual environment, which has kombu. The queue is its
#: own, so that it takes nothing from other consumers, and ends with it.
LISTENS = """
import json, os
import kombu

with kombu.Connection(os.environ['BUS']) as connection:
    channel = connection.channel()
    queue = channel.queue_declare(exclusive=True).queue
    for level in ('info', 'error'):
        key = f'versioned_notifications.{level}'
        channel.queue_bind(queue, 'nova', key)

    def tell(message):
        print(json.loads(message.body)['oslo.message'], flush=True)

    channel.basic_consume(queue, no_ack=True, callback=tell)
    print('"listening"', flush=True)
    while True:
        connection.drain_events()
"""
PREFIX = 'instance.live_tune.'


class Bus:
    """The notifications of live tuning since it was made."""

    def __init__(self, listener: 'subprocess.Popen[str]') -> None:
        self._listener = listener
        self._seen: list[dict[str, Any]] = []
        assert listener.stdout is not None
        first = listener.stdout.readline()
        if not first:
            raise ConnectionError('the message bus cannot be listened to')
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._listener.stdout is not None
        for line in self._listener.stdout:
            notification = json.loads(line)
            if notification['event_type'].startswith(PREFIX):
                self._seen.append(notification)

    def of(self, server_id: str) -> list[dict[str, Any]]:
        """Those of one server, in their order."""
        return [seen for seen in self._seen if data(seen)['uuid'] == server_id]

    def wait(
        self, server_id: str, phase: str, seconds: float, since: int = 0
    ) -> Any:
        """Wait until the newest one of a server is of this phase.

        :param since: how many are older
        :returns: the notification
        """
        end = time.monotonic() + seconds
        while True:
            seen = self.of(server_id)[since:][-1:]
            if seen and seen[0]['event_type'] == f'{PREFIX}{phase}':
                return seen[0]
            if time.monotonic() > end:
                raise TimeoutError(f'no {phase}; the last one is {seen}')
            time.sleep(0.05)


def data(notification: dict[str, Any]) -> dict[str, Any]:
    """What is in a payload."""
    found: dict[str, Any] = notification['payload']['nova_object.data']
    return found


def knobs(notification: dict[str, Any]) -> dict[tuple[str, str], Any]:
    """By target and knob, the limits before and after."""
    return {
        (change['target'], knob['name']): (knob['before'], knob['after'])
        for change in _inner(data(notification)['changes'])
        for knob in _inner(change['knobs'])
    }


def _inner(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [item['nova_object.data'] for item in listed]


@contextlib.contextmanager
def listen() -> Iterator[Bus]:
    address = f'{hosts.CONTROLLER.address}:{settings.PORTS["rabbitmq"]}'
    password = passwords.password('rabbitmq')
    with subprocess.Popen(
        [shell.binary('python'), '-c', LISTENS],
        env={**os.environ, 'BUS': f'amqp://openstack:{password}@{address}//'},
        stdout=subprocess.PIPE,
        text=True,
    ) as listener:
        try:
            yield Bus(listener)
        finally:
            listener.terminate()


def scrape(host: hosts.Host) -> dict[str, float]:
    """What nova-compute of a host counts, by name and labels."""
    url = f'http://{host.address}:{settings.METRICS_PORT}/metrics'
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=30) as response:
        lines = response.read().decode().splitlines()
    pairs = (x.rsplit(' ', 1) for x in lines if not x.startswith('#'))
    return {name: float(number) for name, number in pairs}
