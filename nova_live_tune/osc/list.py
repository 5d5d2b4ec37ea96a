# SPDX-License-Identifier: Apache-2.0
"""``openstack server tune list``"""

from __future__ import annotations

import argparse
from typing import Any

from cliff.columns import FormattableColumn

from nova_live_tune.osc import clients, columns, failures, formats, tables

_COLUMNS = ('ID', 'Name', 'Status', 'Tuned')
_OF_ALL = ('Project ID', 'Host')


class ListTune(formats.Lister):
    """List the servers that have limits set live."""

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        parser.add_argument(
            '--all-projects',
            action='store_true',
            help='Those of all projects (admin only).',
        )
        parser.add_argument(
            '--host',
            metavar='<host>',
            help='Those on this compute host, of all projects (admin only).',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        wide = parsed_args.all_projects or bool(parsed_args.host)
        with failures.in_a_sentence():
            found = clients.live_tune(self).list(
                all_tenants=int(wide), host=parsed_args.host
            )
        shown = _COLUMNS + _OF_ALL if wide else _COLUMNS
        return shown, [_row(server)[: len(shown)] for server in found]


class _Tuned(FormattableColumn[Any]):
    """What is set live: sentences in a table, the API's form elsewhere."""

    def human_readable(self) -> str:
        return '\n'.join(tables.tuned(self._value))


def _row(server: dict[str, Any]) -> tuple[Any, ...]:
    return (
        server['id'],
        server['name'],
        server['status'],
        _Tuned(server['live_tune']),
        server['tenant_id'],
        columns.Optional(server.get('host')),
    )
