# SPDX-License-Identifier: Apache-2.0
"""``openstack server tune unset``"""

from __future__ import annotations

import argparse
from typing import Any

from osc_lib import exceptions

from nova_live_tune.osc import change, clients, devices, tables
from nova_live_tune.osc.change import Changed


class UnsetTune(change.Change):
    """Take limits of running servers back to what the flavor says."""

    TITLE = 'Unsetting'

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--cpu', action='store_true', help='Those of the CPU.'
        )
        parser.add_argument(
            '--interface',
            metavar='<interface>',
            action='append',
            default=[],
            help='Those of this network interface (repeat for several).',
        )
        parser.add_argument(
            '--disk',
            metavar='<disk>',
            action='append',
            default=[],
            help='Those of this disk (repeat for several).',
        )
        parser.add_argument('--all', action='store_true', help='All of them.')
        return parser

    def prepare(self, parsed_args: argparse.Namespace) -> None:
        args = parsed_args
        self._args = args
        if bool(args.cpu or args.interface or args.disk) == args.all:
            raise exceptions.CommandError(
                'Give either --all, or what to take back: --cpu, --interface '
                'or --disk.'
            )

    def change(self, server_id: str) -> list[Changed]:
        client = clients.live_tune(self)
        selection = self._selection(server_id)
        reset = client.reset(server_id, selection, **self.terms)
        return [
            self.changed(target, entry)
            for target, entry in tables.entries(reset)
        ]

    def _selection(self, server_id: str) -> dict[str, Any] | None:
        args, connection = self._args, clients.connection(self)
        if args.all:
            return None
        found: dict[str, Any] = {
            'cpu': args.cpu,
            'interfaces': [
                devices.interface(connection, server_id, given)
                for given in args.interface
            ],
            'disks': [
                devices.disk(connection, server_id, given)
                for given in args.disk
            ],
        }
        return {name: chosen for name, chosen in found.items() if chosen}
