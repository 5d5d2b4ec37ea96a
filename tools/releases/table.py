# SPDX-License-Identifier: Apache-2.0
"""The table: Nova version by what was tried on it."""

import csv
import io

from tools.releases import store, versions
from tools.releases.cells import COLUMNS, Cell
from tools.releases.versions import ROOT

FILE = ROOT / 'doc' / 'source' / 'releases.inc'

_TITLES = (
    'release',
    'Nova',
    *(column.title for column in COLUMNS),
    'tried since',
)

NOT_RUN = Cell(None, 'not run')
_NOT_THERE = Cell(None, '-')


def rows(releases, find):
    """Return the release, the version and the cells of each Nova.

    :param find: called with the release, the version and the column, wherever
        there is something to try
    :returns: the cells by the names of their columns
    """
    return [
        (release, version, _cells(release, version, find))
        for release in releases
        for version in release.versions
    ]


def _cells(release, version, find):
    return {
        column.name: find(release, version, column)
        if column.is_for(release, version)
        else _NOT_THERE
        for column in COLUMNS
    }


def show(novas):
    """Print a block of lines for each version, and what failed.

    :param novas: rows
    """
    for release, version, cells in novas:
        print(f'\nNova {version} ({release.name})')
        for column in COLUMNS:
            cell = cells[column.name]
            print(f'  {column.title:<24}{cell.text}')
            for line in (*cell.failures, *cell.notes):
                print(f'      {line}')


def write():
    """Write the documentation's table."""
    FILE.write_text(text())


def text():
    """Return the table of all that is kept, for the documentation."""
    into = io.StringIO()
    lines = csv.writer(into, lineterminator='\n   ')
    lines.writerow(_TITLES)
    for release, version, cells in rows(versions.releases(), _kept):
        texts = [cells[column.name].text for column in COLUMNS]
        lines.writerow([release.name, version, *texts, _since(cells)])
    head = '.. csv-table::\n   :header-rows: 1\n\n   '
    return head + into.getvalue().rstrip() + '\n'


def _kept(release, version, column):
    return store.load(version, column) or NOT_RUN


def _since(cells):
    """Return the day on which the oldest of the cells was tried."""
    return min((c.date for c in cells.values() if c.date), default='-')
