# SPDX-License-Identifier: Apache-2.0
"""Lists in every format that a single object has: those for shells too."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from cliff import columns
from cliff.formatters import base
from osc_lib.command import command
from stevedore import extension

#: Formats with nested values.
_STRUCTURED = ('json', 'yaml')


class Shell(base.ListFormatter):
    """Variables that are numbered by their row, from 1 on.

    cliff's own format for shells takes no lists.
    """

    def add_argument_group(self, parser: argparse.ArgumentParser) -> None:
        group = parser.add_argument_group(
            title='shell formatter',
            description='a format a UNIX shell can parse (variable_1=value)',
        )
        group.add_argument(
            '--prefix',
            metavar='PREFIX',
            default='',
            help='add a prefix to all variable names',
        )

    def emit_list(
        self,
        column_names: Sequence[str],
        data: Iterable[Sequence[Any]],
        stdout: TextIO,
        parsed_args: argparse.Namespace,
    ) -> None:
        for number, row in enumerate(data, 1):
            for column, cell in zip(column_names, row):
                name = re.sub(r'\W', '_', column.lower())
                value = shlex.quote('' if cell is None else str(cell))
                stdout.write(f'{parsed_args.prefix}{name}_{number}={value}\n')


def _machine(cell: Any, structured: bool) -> Any:
    if isinstance(cell, columns.FormattableColumn):
        cell = cell.machine_readable()
    if not structured and isinstance(cell, (dict, list)):
        return json.dumps(cell)
    return cell


class Lister(command.Lister):
    """A list that shells can take too.

    What is in it are words in a table, and in all other formats plain values,
    as JSON where a format has no nested ones.
    """

    def _load_formatter_plugins(self) -> Any:
        manager = super()._load_formatter_plugins()
        shell = extension.Extension('shell', None, Shell, Shell())
        manager.extensions.append(shell)
        return manager

    def produce_output(
        self,
        parsed_args: argparse.Namespace,
        column_names: Sequence[str],
        data: Any,
    ) -> int:
        if parsed_args.formatter != 'table':
            structured = parsed_args.formatter in _STRUCTURED
            data = [[_machine(c, structured) for c in row] for row in data]
        super().produce_output(parsed_args, column_names, data)
        return 0
