# SPDX-License-Identifier: Apache-2.0
"""``openstack server tune show``"""

from __future__ import annotations

import argparse
from typing import Any

from nova_live_tune.osc import clients, failures, formats, servers, tables


class ShowTune(formats.Lister):
    """Show the limits of a server.

    Flavor is what its flavor (or a volume's QoS) asks for, Tuned what was set
    live and is kept, Effective what its host reports now.
    """

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        servers.add_one(parser)
        table = parser.add_mutually_exclusive_group()
        table.add_argument(
            '--long',
            action='store_true',
            help='Also the knobs that nobody has asked for, and the '
            'generation of the limits, which --generation takes.',
        )
        table.add_argument(
            '--bounds',
            action='store_true',
            help='Instead of the limits: how far those can be set who may '
            'not exceed bounds; of what is not listed, without an end.',
        )
        table.add_argument(
            '--observed',
            action='store_true',
            help='Instead of the limits: what the server has used, as '
            'counters that grow since its guest was started.',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        server_id = servers.find(clients.connection(self), parsed_args.server)
        client, observed = clients.live_tune(self), parsed_args.observed
        with failures.in_a_sentence():
            live_tune = client.show(server_id, observed=observed)
            if parsed_args.bounds:
                return tables.BOUNDS, list(tables.bounds(live_tune))
        if observed:
            return tables.OBSERVED, list(tables.observed(live_tune))
        rows = list(tables.shown(live_tune, parsed_args.long))
        if not parsed_args.long:
            return tables.SHOWN, rows
        generation = live_tune.get('generation')
        titles = (*tables.SHOWN, 'Generation')
        return titles, [(*row, generation) for row in rows]
