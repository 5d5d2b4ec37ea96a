# SPDX-License-Identifier: Apache-2.0
"""Run the matrix: every release of Nova by everything that is tried on it.

What was found out before is kept in build/releases and not tried again, unless
it failed or something that it depends on has changed.
"""

import argparse
import pathlib
import sys

from tools.releases import store, table, versions
from tools.releases.cells import COLUMNS, Cell
from tools.releases.machine import Machine

_NOT_RUN = Cell(None, 'not run')
_NOT_THERE = Cell(None, '-')


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
    parser.add_argument(
        '--fresh', action='store_true', help='keep nothing of before'
    )
    parser.add_argument('--tox', type=pathlib.Path, default='tox')
    return parser.parse_args()


def _wanted(arguments, column):
    if arguments.columns:
        return column.name in arguments.columns
    return column.name != 'e2e' or arguments.with_e2e


def _cell(arguments, machine, release, version, column):
    if column.mode not in release.modes:
        return _NOT_THERE
    if version != release.last and not column.each:
        return _NOT_THERE
    kept = store.load(release, version, column)
    if not _wanted(arguments, column):
        return kept or _NOT_RUN
    if kept and kept.passed and not arguments.fresh:
        return kept
    return _find_out(machine, release, version, column)


def _find_out(machine, release, version, column):
    print(f'\n### Nova {version}: {column.title}', flush=True)
    # What changes meanwhile was not tried.
    inputs = store.digest(release, column)
    try:
        cell = column.find_out(machine, release, version)
    except Exception as error:
        # The others can still be tried.
        cell = Cell(False, 'FAILED', [f'{type(error).__name__}: {error}'])
    store.save(inputs, version, column, cell)
    return cell


def main():
    arguments = _arguments()
    machine = Machine(arguments.tox)
    rows = []
    for release in versions.releases():
        if arguments.only and release.name not in arguments.only:
            continue
        for version in release.versions:
            cells = {
                column.name: _cell(
                    arguments, machine, release, version, column
                )
                for column in COLUMNS
            }
            rows.append((release, version, cells))
    table.show(rows)
    if not arguments.only:
        table.write(rows)
    failed = any(
        cell.passed is False for *_, cells in rows for cell in cells.values()
    )
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
