# SPDX-License-Identifier: Apache-2.0
"""What the commands that change servers have in common."""

from __future__ import annotations

import abc
import argparse
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from osc_lib import exceptions

from nova_live_tune.osc import (
    bulk,
    clients,
    columns,
    formats,
    progress,
    servers,
    tables,
    terms,
)
from nova_live_tune.osc.servers import Server
from nova_live_tune.tunables import Target

#: One row for each device that was changed; Message has what went wrong.
COLUMNS = (
    'Server',
    'Device',
    'Result',
    'Effective',
    'Expires At',
    'Message',
)
#: The same of a dry run.
_PLANNED = tuple('Changes' if c == 'Effective' else c for c in COLUMNS)
_WOULD_BE = {bulk.DONE: 'would be done', bulk.FAILED: 'would fail'}

#: As shells have it of a command that an interrupt has ended.
_INTERRUPTED = 130
_PARALLEL, _MOST = 8, 256

#: A device's name, what is in effect on it or would change, and its entry in
#: the read-back.
Changed = tuple[str, Any, Mapping[str, Any]]


class Change(formats.Lister):
    """A change to one server or to many, and a report of it."""

    #: What is done, for the progress bar.
    TITLE = ''

    def get_parser(self, prog_name: str) -> Any:
        parser = super().get_parser(prog_name)
        servers.add_several(parser)
        parser.add_argument(
            '--parallel',
            metavar='<number>',
            type=int,
            default=_PARALLEL,
            help=f'How many servers at a time, 1..{_MOST} (default: '
            f'{_PARALLEL}).',
        )
        terms.add(parser)
        return parser

    @abc.abstractmethod
    def change(self, server_id: str) -> list[Changed]:
        """Change one server; may be called from several threads."""

    @abc.abstractmethod
    def prepare(self, parsed_args: argparse.Namespace) -> None:
        """Understand the command line, before anything is changed."""

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        self.terms = terms.given(parsed_args)
        self.prepare(parsed_args)
        if not 1 <= parsed_args.parallel <= _MOST:
            raise exceptions.CommandError(
                f'--parallel {parsed_args.parallel} is not allowed: give '
                f'1..{_MOST}.'
            )
        chosen = servers.chosen(clients.connection(self), parsed_args)
        clients.widen(self, parsed_args.parallel)
        with progress.bar(self.TITLE, len(chosen)) as told:
            self._report = bulk.run(
                chosen, self._change, parsed_args.parallel, told
            )
        if len(chosen) == 1 and not self._report.complete:
            raise exceptions.CommandError(self._report.outcomes[0].message)
        if parsed_args.dry_run:
            return _PLANNED, list(_rows(self._report, _WOULD_BE))
        return COLUMNS, list(_rows(self._report, {}))

    def run(self, parsed_args: argparse.Namespace) -> int:
        super().run(parsed_args)
        if self._report.complete:
            return 0
        self.log.error(self._report.sentence)
        return _INTERRUPTED if self._report.interrupted else 1

    def changed(
        self, target: Target, entry: Any, names: Iterable[str] | None = None
    ) -> Changed:
        """Describe a device that was changed, or would be.

        :param names: the knobs that were asked for; None for all that matter
        """
        device = tables.device(target, entry)
        if 'changes' in entry:
            return device, tables.changes(target, entry), entry
        return device, tables.effective(target, entry, names), entry

    def _change(self, server: Server) -> list[Changed]:
        return self.change(
            server.id or servers.find(clients.connection(self), server.label)
        )


def _rows(
    report: bulk.Report, words: Mapping[str, str]
) -> Iterator[tuple[Any, ...]]:
    """Return the rows of a report.

    :param words: what results are called, if not by their names
    """
    for outcome in report.outcomes:
        for device, effective, entry in outcome.answer or [
            ('', columns.Numbers((), None), {})
        ]:
            yield (
                outcome.server.label,
                device,
                words.get(outcome.result, outcome.result),
                effective,
                columns.Optional(entry.get('expires_at')),
                outcome.message or entry.get('not_in_effect') or '',
            )
