# SPDX-License-Identifier: Apache-2.0
"""Run the matrix: every release of Nova by everything that is tried on it.

What was found out before is kept beside the table in doc/source, and not tried
again unless it failed or something that it depends on has changed.
"""

import argparse
import dataclasses
import datetime
import functools
import pathlib
import sys

from tools.releases import store, table, versions
from tools.releases.cells import COLUMNS, Cell
from tools.releases.machine import Machine


def _arguments():
    known = [release.name for release in versions.releases()]
    parser = argparse.ArgumentParser(
        prog='test-releases', description=__doc__.partition('\n')[0]
    )
    parser.add_argument(
        '--only', action='append', choices=known, help='this release'
    )
    parser.add_argument(
        '--columns',
        nargs='+',
        choices=[column.name for column in COLUMNS],
        help='only these; of the others, what is kept',
    )
    parser.add_argument(
        '--with-e2e',
        action='store_true',
        help='start the lab with each release, too',
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        '--fresh', action='store_true', help='keep nothing of before'
    )
    how.add_argument(
        '--kept',
        action='store_true',
        help='try nothing: say what was found out when, and what still holds',
    )
    parser.add_argument('--tox', type=pathlib.Path, default='tox')
    return parser.parse_args()


def _wanted(arguments, column):
    if arguments.columns:
        return column.name in arguments.columns
    return column.name != 'e2e' or arguments.with_e2e


def _cell(arguments, release, version, column):
    kept = store.load(version, column)
    current = kept and store.holds(kept, release, column)
    if arguments.kept:
        return _as_kept(kept, current)
    if not _wanted(arguments, column):
        return kept if current else table.NOT_RUN
    if current and kept.passed and not arguments.fresh:
        return kept
    return _find_out(Machine(arguments.tox), release, version, column)


def _as_kept(kept, current):
    if not kept:
        return dataclasses.replace(table.NOT_RUN, passed=False)
    text = f'{kept.text}, {kept.date}'
    if current:
        return dataclasses.replace(kept, text=text)
    text += ': OF ANOTHER STATE'
    return dataclasses.replace(kept, text=text, passed=False)


def _find_out(machine, release, version, column):
    print(f'\n### Nova {version}: {column.title}', flush=True)
    # What changes meanwhile was not tried.
    inputs = store.digest(release, column)
    try:
        cell = column.find_out(machine, release, version)
    except Exception as error:
        # The others can still be tried.
        cell = Cell(False, 'FAILED', [f'{type(error).__name__}: {error}'])
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    cell = dataclasses.replace(cell, inputs=inputs, date=today)
    store.save(version, column, cell)
    return cell


def main():
    arguments = _arguments()
    chosen = [
        release
        for release in versions.releases()
        if not arguments.only or release.name in arguments.only
    ]
    rows = table.rows(chosen, functools.partial(_cell, arguments))
    table.show(rows)
    if not arguments.kept:
        table.write()
    failed = any(
        cell.passed is False for *_, cells in rows for cell in cells.values()
    )
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
