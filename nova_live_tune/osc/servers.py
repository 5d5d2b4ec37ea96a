# SPDX-License-Identifier: Apache-2.0
"""Which servers a command is for: those it names, or all that fit."""

from __future__ import annotations

import argparse
import dataclasses
from typing import Any

from osc_lib import exceptions
from osc_lib.cli import parseractions

from nova_live_tune.osc import devices, failures

FILTERS = ('project', 'host', 'flavor', 'properties')


@dataclasses.dataclass(frozen=True)
class Server:
    """A server that was named, and may not have been looked up yet.

    :ivar label: what its user knows it by
    :ivar id: None until it is looked up
    """

    label: str
    id: str | None = None


def add_one(parser: argparse.ArgumentParser) -> None:
    """Give a command the server that it is for."""
    parser.add_argument(
        'server', metavar='<server>', help='Server (name or ID).'
    )


def add_several(parser: argparse.ArgumentParser) -> None:
    """Give a command the servers that it is for."""
    parser.add_argument(
        'servers',
        metavar='<server>',
        nargs='*',
        help='Server (name or ID); or several of them.',
    )
    parser.add_argument(
        '--project',
        metavar='<project>',
        help='All servers of this project (name or ID) instead.',
    )
    parser.add_argument(
        '--host',
        metavar='<host>',
        help='All servers on this compute host instead (admin only).',
    )
    parser.add_argument(
        '--flavor',
        metavar='<flavor>',
        help='All servers of this flavor (name or ID) instead.',
    )
    parser.add_argument(
        '--property',
        metavar='<key=value>',
        action=parseractions.KeyValueAction,
        dest='properties',
        help='All servers with this property instead; repeat it for those '
        'that have them all. What is given of --project, --host, --flavor '
        'and --property has to fit together.',
    )


def find(connection: Any, given: str) -> str:
    """Return the ID of a server.

    :raises CommandError: if there is none, or several, of that name
    """
    if devices.is_uuid(given):
        # Whether it is there, the request itself will tell.
        return given
    with failures.in_a_sentence():
        found = connection.compute.find_server(given)
    if found is None:
        raise exceptions.CommandError(
            f'There is no server with a name or ID of {given}.'
        )
    return str(found.id)


def chosen(connection: Any, args: argparse.Namespace) -> list[Server]:
    """Return the servers that a command line names.

    :raises CommandError: if it names none
    """
    filtered = any(getattr(args, name) for name in FILTERS)
    if filtered and args.servers:
        raise exceptions.CommandError(
            'Give either servers or --project, --host, --flavor and '
            '--property, not both.'
        )
    if not filtered:
        if not args.servers:
            raise exceptions.CommandError(
                'Name a server; or give --project, --host, --flavor or '
                '--property.'
            )
        return [Server(given) for given in dict.fromkeys(args.servers)]
    with failures.in_a_sentence():
        return _labelled(_Filter(connection, args).servers())


def _labelled(found: list[Any]) -> list[Server]:
    if not found:
        raise exceptions.CommandError('There is no server that fits.')
    names = [server.name for server in found]
    return [
        Server(s.name if names.count(s.name) == 1 else s.id, s.id)
        for s in found
    ]


class _Filter:
    """Asks Nova for the servers that fit, and looks at them again.

    Nova ignores filters that a caller may not use, and more servers than were
    meant must not be changed.
    """

    def __init__(self, connection: Any, args: argparse.Namespace) -> None:
        self._connection = connection
        self._host = args.host
        self._properties = args.properties or {}
        self._project = self._flavor = None
        if args.project:
            self._project = self._find_project(args.project)
        if args.flavor:
            self._flavor = connection.compute.find_flavor(
                args.flavor, ignore_missing=False
            )

    def servers(self) -> list[Any]:
        query: dict[str, Any] = {}
        own = self._connection.current_project_id
        if self._host or self._project not in (None, own):
            query['all_projects'] = True
        if self._project:
            query['project_id'] = self._project
        if self._host:
            query['compute_host'] = self._host
        if self._flavor:
            query['flavor'] = self._flavor.id
        listed = self._connection.compute.servers(**query)
        return [server for server in listed if self._fits(server)]

    def _find_project(self, given: str) -> str:
        own = self._connection.current_project
        if given in (own.id, own.name):
            return str(own.id)
        found = self._connection.identity.find_project(
            given, ignore_missing=False
        )
        return str(found.id)

    def _fits(self, server: Any) -> bool:
        metadata = server.metadata or {}
        return (
            self._host in (None, server.compute_host)
            and self._project in (None, server.project_id)
            and self._fits_flavor(server.flavor)
            and self._properties.items() <= metadata.items()
        )

    def _fits_flavor(self, flavor: Any) -> bool:
        if self._flavor is None:
            return True
        # From microversion 2.47 on, Nova names it; before, it gives the ID.
        if flavor.original_name:
            return bool(flavor.original_name == self._flavor.name)
        return bool(flavor.id == self._flavor.id)
