# SPDX-License-Identifier: Apache-2.0
"""Ping a guest; run by lab/reach.py inside a compute host's namespaces.

ping.py ADDRESS: says when the first answer came, pings until its standard
input ends, and prints how many were sent and lost, and the longest silence.
"""

import contextlib
import json
import os
import select
import socket
import struct
import sys
import time

INTERVAL = 0.05
LAST_WAIT = 1.0
PATIENCE = 60.0
REQUEST, REPLY = 128, 129
HEADER = struct.Struct('!BBHHH')


class Pinger:
    def __init__(self, address: str) -> None:
        self.socket = socket.socket(
            socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6
        )
        self.address = socket.getaddrinfo(address, None)[0][-1]
        self.number = os.getpid() & 0xFFFF
        self.sent: list[float] = []
        self.answered: set[int] = set()

    def send(self) -> None:
        count = len(self.sent)
        words = HEADER.pack(REQUEST, 0, 0, self.number, count & 0xFFFF)
        self.sent.append(time.monotonic())
        # No neighbour, no route: lost, like one that nobody answers.
        with contextlib.suppress(OSError):
            self.socket.sendto(words, self.address)

    def receive(self) -> None:
        kind, _, _, number, low = HEADER.unpack_from(self.socket.recv(1500))
        if kind == REPLY and number == self.number:
            last = len(self.sent) - 1
            self.answered.add(last - ((last - low) & 0xFFFF))

    def listen(self, seconds: float) -> bool:
        """For so long, or until standard input has ended."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            files = [self.socket.fileno(), sys.stdin.fileno()]
            ready, _, _ = select.select(files, [], [], left)
            if files[0] in ready:
                self.receive()
            if files[1] in ready:
                return False
        return True

    def drain(self) -> None:
        end = time.monotonic() + LAST_WAIT
        while (left := end - time.monotonic()) > 0:
            if select.select([self.socket], [], [], left)[0]:
                self.receive()

    def result(self) -> dict[str, float]:
        """From the first that was answered: before, no way was known yet."""
        first = min(self.answered)
        sent = len(self.sent) - first
        return {
            'sent': sent,
            'lost': sent - len(self.answered),
            'silence': longest_gap([self.sent[n] for n in self.answered]),
        }


def longest_gap(moments: list[float]) -> float:
    moments = sorted(moments)
    gaps = (b - a for a, b in zip(moments, moments[1:], strict=False))
    return max(gaps, default=0.0)


def main(address: str) -> None:
    pinger = Pinger(address)
    while not pinger.answered:
        pinger.send()
        if not pinger.listen(INTERVAL):
            return
        if pinger.sent[-1] - pinger.sent[0] > PATIENCE:
            return
    print('answers', flush=True)
    while pinger.listen(INTERVAL):
        pinger.send()
    pinger.drain()
    print(json.dumps(pinger.result()))


if __name__ == '__main__':
    main(*sys.argv[1:])
