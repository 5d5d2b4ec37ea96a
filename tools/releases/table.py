# SPDX-License-Identifier: Apache-2.0
"""The table: Nova version by what was tried on it."""

import csv
import io

from tools.releases.cells import COLUMNS
from tools.releases.versions import ROOT

FILE = ROOT / 'doc' / 'source' / 'releases.inc'

_TITLES = ('release', 'Nova', *(column.title for column in COLUMNS))


def show(rows):
    """Print a block of lines for each version, and what failed.

    :param rows: (release, version, cells by the name of their column)
    """
    for release, version, cells in rows:
        print(f'\nNova {version} ({release.name})')
        for column in COLUMNS:
            cell = cells[column.name]
            print(f'  {column.title:<24}{cell.text}')
            for line in (*cell.failures, *cell.notes):
                print(f'      {line}')


def write(rows):
    """Write the table for the documentation."""
    text = io.StringIO()
    lines = csv.writer(text, lineterminator='\n   ')
    lines.writerow(_TITLES)
    for release, version, cells in rows:
        texts = [cells[column.name].text for column in COLUMNS]
        lines.writerow([release.name, version, *texts])
    head = '.. csv-table::\n   :header-rows: 1\n\n   '
    FILE.write_text(head + text.getvalue().rstrip() + '\n')
