# SPDX-License-Identifier: Apache-2.0
"""Talk to a guest; run by lab/probe.py inside a compute host's namespaces.

talk.py wait ADDRESS SECONDS    until it answers, or so long
talk.py run ADDRESS LINE        the line's output, and its exit status
talk.py send ADDRESS            a stream towards the guest
talk.py receive ADDRESS         a stream from the guest

A stream ends with this program's standard input: no signal reaches it through
the PID namespace, and it shall not outlive whoever started it.
"""

import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator

PORT = 7777
CHUNK = 1 << 16
TIMEOUT = 5
# One that starts: ask often, for what came too early is not answered later.
IMPATIENT = 0.5
# A guest that is off says nothing any more: ask, and be sure after 30 s.
KEEPALIVE = {
    socket.TCP_KEEPIDLE: 10,
    socket.TCP_KEEPINTVL: 5,
    socket.TCP_KEEPCNT: 4,
}
STATUS = b'\nstatus '


def connect(
    address: str, line: str, timeout: float = TIMEOUT
) -> socket.socket:
    connection = socket.create_connection((address, PORT), timeout)
    connection.settimeout(None)
    connection.sendall(line.encode() + b'\n')
    return connection


def chunks(connection: socket.socket) -> Iterator[bytes]:
    while chunk := connection.recv(CHUNK):
        yield chunk


def wait(address: str, seconds: str) -> int:
    end = time.monotonic() + float(seconds)
    while True:
        try:
            status, problem = run(address, 'true', IMPATIENT), ''
        except OSError as error:
            status, problem = os.EX_UNAVAILABLE, str(error)
        if status == os.EX_OK or time.monotonic() > end:
            print(problem, file=sys.stderr)
            return status
        time.sleep(0.1)


def run(address: str, line: str, timeout: float = TIMEOUT) -> int:
    """The guest's exit status comes as the last line, after the output."""
    whole = f'({line}); printf "\\nstatus %s" $?'
    with connect(address, whole, timeout) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in KEEPALIVE.items():
            connection.setsockopt(socket.IPPROTO_TCP, option, value)
        output, found, status = b''.join(chunks(connection)).rpartition(STATUS)
    sys.stdout.buffer.write(output)
    return int(status) if found else os.EX_PROTOCOL


def end_with_input() -> None:
    def wait() -> None:
        sys.stdin.read()
        os._exit(os.EX_OK)

    threading.Thread(target=wait, daemon=True).start()


def send(address: str) -> int:
    end_with_input()
    with connect(address, 'exec cat >/dev/null') as connection:
        while True:
            connection.sendall(bytes(CHUNK))


def receive(address: str) -> int:
    end_with_input()
    with connect(address, 'exec dd if=/dev/zero bs=64k') as connection:
        for _ in chunks(connection):
            pass
    return os.EX_PROTOCOL


ACTIONS: dict[str, Callable[..., int]] = {
    'wait': wait,
    'run': run,
    'send': send,
    'receive': receive,
}

if __name__ == '__main__':
    sys.exit(ACTIONS[sys.argv[1]](*sys.argv[2:]))
