# SPDX-License-Identifier: Apache-2.0
"""Lists in every format that a single object has: those for shells too."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Iterable, Sequence
from typing import Any, TextIO

from cliff import columns
from cliff.formatters import base
from osc_lib.command import command
from stevedore import extension


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
                value = shlex.quote(_plain(cell))
                stdout.write(f'{parsed_args.prefix}{name}_{number}={value}\n')


def _plain(cell: Any) -> str:
    if isinstance(cell, columns.FormattableColumn):
        cell = cell.machine_readable()
    return '' if cell is None else str(cell)


class Lister(command.Lister):
    """A list that shells can take too."""

    def _load_formatter_plugins(self) -> Any:
        manager = super()._load_formatter_plugins()
        shell = extension.Extension('shell', None, Shell, Shell())
        manager.extensions.append(shell)
        return manager
