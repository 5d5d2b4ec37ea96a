# SPDX-License-Identifier: Apache-2.0
"""The lab's database, past Nova."""

import contextlib
import subprocess
import time
from collections.abc import Iterator

from lab.hosts import CONTROLLER

CLIENT = (
    'mariadb',
    '--no-defaults',
    f'--socket={CONTROLLER.data}/mariadb.sock',
    '--user=root',
    '--batch',
    '--skip-column-names',
    '--unbuffered',
)
TABLE = 'instance_system_metadata'
PATIENCE = 60


def sql(statement: str) -> list[str]:
    """Run a statement; its rows as text."""
    done = subprocess.run(
        [*CLIENT, 'nova', '-e', statement],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()


def lose_what_is_kept(server_id: str) -> None:
    """What a stale writer of the instance does."""
    sql(
        f"DELETE FROM {TABLE} WHERE instance_uuid = '{server_id}' "
        "AND `key` LIKE 'live_tune:%'"
    )


@contextlib.contextmanager
def no_saving(server_id: str) -> Iterator[None]:
    """Let nobody change system_metadata; reading goes on."""
    with subprocess.Popen(
        [*CLIENT, 'nova'],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        print(
            f'BEGIN; SELECT COUNT(*) FROM {TABLE} WHERE instance_uuid = '
            f"'{server_id}' FOR UPDATE;",
            file=client.stdin,
            flush=True,
        )
        client.stdout.readline()
        try:
            yield
        finally:
            client.stdin.close()


def waiting() -> list[str]:
    """The connections that wait to change system_metadata."""
    return sql(
        'SELECT id FROM information_schema.processlist WHERE info LIKE '
        f"'UPDATE {TABLE}%' OR info LIKE 'INSERT INTO {TABLE}%'"
    )


def wait_for_a_save() -> None:
    end = time.monotonic() + PATIENCE
    while not waiting():
        if time.monotonic() > end:
            raise TimeoutError('nobody saves')
        time.sleep(0.1)


def fail_the_save() -> None:
    for connection in waiting():
        sql(f'KILL QUERY {connection}')
