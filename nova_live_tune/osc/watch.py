# SPDX-License-Identifier: Apache-2.0
"""``openstack server tune watch``"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import sys
import time
from collections.abc import Iterator
from typing import Any

from osc_lib import exceptions
from osc_lib.command import command

from nova_live_tune.client import api, sampling, usage
from nova_live_tune.osc import clients, drawing, failures, servers

_INTERVAL, _LEAST = 2.0, 0.5


class WatchTune(command.Command):
    """Watch what a server uses beside its limits, until Ctrl-C.

    Draws bars on a terminal, and writes a line for each limit otherwise. With
    a CPU quota it shows in how many of the periods that was used up. Where the
    cloud's extension does not tell what servers use, Nova's diagnostics do,
    but by default to admins alone; who may not read them sees the limits.
    """

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        servers.add_one(parser)
        parser.add_argument(
            '--interval',
            metavar='<seconds>',
            type=float,
            default=_INTERVAL,
            help=f'Seconds between two looks (default: {_INTERVAL:g}).',
        )
        parser.add_argument(
            '--count',
            metavar='<number>',
            type=int,
            help='End after so many looks.',
        )
        parser.add_argument(
            '-f',
            '--format',
            choices=sorted(drawing.FORMATS),
            help='The output format; bars on a terminal, otherwise plain, '
            'unless this says otherwise. json is one object to a line.',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        args = parsed_args
        _check(args)
        server_id = servers.find(clients.connection(self), args.server)
        watched = _Watched(clients.live_tune(self), server_id)
        looks = itertools.islice(_looks(watched, args.interval), args.count)
        drawn = args.format or ('bars' if sys.stdout.isatty() else 'plain')
        canvas = drawing.FORMATS[drawn](args.server, self.app.stdout)
        # An interrupt is how one ends this, not an error.
        with contextlib.suppress(KeyboardInterrupt), failures.in_a_sentence():
            _draw(looks, canvas)


def _draw(looks: Iterator[drawing.Look], canvas: drawing.Canvas) -> None:
    with canvas:
        for look in looks:
            canvas.draw(look)


def _check(args: argparse.Namespace) -> None:
    if not args.interval >= _LEAST:
        raise exceptions.CommandError(
            f'--interval {args.interval:g} is not allowed: give {_LEAST:g} '
            'seconds or more.'
        )
    if args.count is not None and args.count < 1:
        raise exceptions.CommandError(
            f'--count {args.count} is not allowed: give 1 or more.'
        )


class _Watched:
    """A server, and its counters as they were at the last look."""

    def __init__(self, client: api.LiveTune, server_id: str) -> None:
        self._client = client
        self._id = server_id
        self._before: sampling.Sample | None = None

    def look(self) -> drawing.Look:
        now = sampling.look(self._client, self._id, time.monotonic)
        gauges = usage.gauges(self._before, now.sample, now.live_tune)
        self._before = now.sample
        reason = now.refusal.sentence if now.refusal else ''
        return drawing.Look(now.live_tune, gauges, reason)


def _looks(watched: _Watched, interval: float) -> Iterator[drawing.Look]:
    """Look again and again; it takes two looks to see what is used."""
    first = watched.look()
    if first.reason:
        yield first
    while True:
        time.sleep(interval)
        yield watched.look()
