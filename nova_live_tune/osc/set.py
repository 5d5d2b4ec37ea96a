# SPDX-License-Identifier: Apache-2.0
"""``openstack server tune cpu set``, ``interface set`` and ``disk set``"""

from __future__ import annotations

import argparse
import fractions
from typing import Any

from osc_lib import exceptions

from nova_live_tune import tunables
from nova_live_tune.osc import change, clients, devices, options, sizes, terms
from nova_live_tune.osc.change import Changed
from nova_live_tune.tunables import Target, Wanted


class _Set(change.Change):
    TITLE = 'Setting'
    TARGET: Target

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        options.add(parser, self.TARGET)
        terms.add_duration(parser)
        return parser

    def prepare(self, parsed_args: argparse.Namespace) -> None:
        self._wanted = options.wanted(parsed_args, self.TARGET)
        if not self._wanted:
            flags = ', '.join(o.flag for o in options.of(self.TARGET))
            raise exceptions.CommandError(
                f'There is nothing to set: give at least one of {flags}.'
            )

    def change(self, server_id: str) -> list[Changed]:
        wanted = self.wanted(server_id)
        entry = clients.live_tune(self).set(
            server_id,
            self.TARGET,
            self.selector(server_id),
            wanted,
            **self.terms,
        )
        names = [
            name
            for asked in wanted
            for name in self._shorthands().get(asked, (asked,))
        ]
        return [self.changed(self.TARGET, entry, names)]

    def wanted(self, server_id: str) -> Wanted:
        """Return what to set on this server."""
        return self._wanted

    def selector(self, server_id: str) -> int | str | None:
        """Return which of this server's devices to set it on."""
        return None

    def _shorthands(self) -> dict[str, tuple[str, ...]]:
        return {s.name: s.knobs for s in self.TARGET.shorthands}


class SetCpu(_Set):
    """Set the CPU limits of running servers.

    The quota is of each vCPU: 50 percent of a server with 4 vCPUs are two
    whole CPUs.
    """

    TARGET = tunables.CPU

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--percent',
            metavar='<percent>',
            help='The quota as a part of each vCPU, of the period that is '
            'given or in effect.',
        )
        parser.add_argument(
            '--unlimited', action='store_true', help='No quota.'
        )
        return parser

    def prepare(self, parsed_args: argparse.Namespace) -> None:
        args = parsed_args
        given = [args.quota, args.percent, args.unlimited or None]
        if len(given) - given.count(None) > 1:
            raise exceptions.CommandError(
                'Give one of --quota, --percent and --unlimited.'
            )
        self._part: fractions.Fraction | None = None
        if args.percent is not None:
            self._part = sizes.parse_percent(args.percent, '--percent')
        if args.percent is not None or args.unlimited:
            args.quota = sizes.UNLIMITED
        super().prepare(args)

    def wanted(self, server_id: str) -> Wanted:
        if self._part is None:
            return self._wanted
        period = self._wanted.get('period') or self._period(server_id)
        quota = round(period * self._part)
        if not self.TARGET['quota'].accepts(quota):
            raise exceptions.CommandError(
                f'--percent makes a quota of {quota}, which is not allowed: '
                f'give {self.TARGET["quota"].range}.'
            )
        return {**self._wanted, 'quota': quota}

    def _period(self, server_id: str) -> int:
        """Return the period that will stand: in effect, or the flavor's."""
        cpu = clients.live_tune(self).show(server_id)['cpu']
        sources = [cpu['flavor'], self.TARGET.defaults()]
        if 'period' not in self._wanted:
            sources = [cpu['effective'] or {}, cpu['tuned'], *sources]
        return next(int(s['period']) for s in sources if 'period' in s)


class _SetDevice(_Set):
    HOW = ''

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        name = str(self.TARGET.selector)
        parser.add_argument(name, metavar=f'<{name}>', help=self.HOW)
        return parser

    def prepare(self, parsed_args: argparse.Namespace) -> None:
        super().prepare(parsed_args)
        self._given = getattr(parsed_args, str(self.TARGET.selector))


class SetInterface(_SetDevice):
    """Set the rates of a network interface of running servers.

    Inbound is towards the guest. Plain numbers are KiB/s; 10M is 10 MiB/s.
    """

    TARGET = tunables.INTERFACE
    HOW = (
        'Interface: its position (1, 2, ...), port ID, port name, fixed IP or '
        'MAC address.'
    )

    def selector(self, server_id: str) -> int | str:
        return devices.interface(
            clients.connection(self), server_id, self._given
        )


class SetDisk(_SetDevice):
    """Set the I/O limits of a disk of running servers.

    Plain numbers are bytes or operations a second; 10M is 10 MiB/s, or ten
    million operations.
    """

    TARGET = tunables.DISK
    HOW = 'Disk: its device (vda), volume ID or volume name.'

    def selector(self, server_id: str) -> str:
        return devices.disk(clients.connection(self), server_id, self._given)
