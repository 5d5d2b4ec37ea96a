# SPDX-License-Identifier: Apache-2.0
"""Tell an installed Horizon of the panel, or take it out again."""

from __future__ import annotations

import argparse
import importlib.util
import pathlib
import shutil
import sys
from collections.abc import Sequence

_OURS = pathlib.Path(__file__).with_name('enabled')
_WHERE = pathlib.Path('local', 'enabled')


class NoHorizon(Exception):
    """There is no Horizon to tell."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        folder = _folder(asked.path)
        for path in sorted(_OURS.glob('_[0-9]*.py')):
            asked.action(path, folder / path.name)
    except (OSError, NoHorizon) as problem:
        print(problem, file=sys.stderr)
        return 1
    print('Now: manage.py collectstatic, manage.py compress; restart Horizon.')
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='python -m nova_live_tune.dashboard', description=__doc__
    )
    commands = parser.add_subparsers(metavar='COMMAND', required=True)
    for action, text in (
        (_enable, "Copy our files into Horizon's local/enabled."),
        (_disable, 'Remove them from there.'),
    ):
        name = action.__name__.strip('_')
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(action=action)
        command.add_argument(
            '--path',
            metavar='DIR',
            type=pathlib.Path,
            help='the folder openstack_dashboard; otherwise that of the '
            'Horizon that this Python would import',
        )
    return parser


def _folder(path: pathlib.Path | None) -> pathlib.Path:
    folder = (path or _installed()) / _WHERE
    if not folder.is_dir():
        raise NoHorizon(f'{folder} is not there: give --path.')
    return folder


def _installed() -> pathlib.Path:
    found = importlib.util.find_spec('openstack_dashboard')
    if found is None or found.origin is None:
        raise NoHorizon(
            'No Horizon is installed for this Python: give --path.'
        )
    return pathlib.Path(found.origin).parent


def _enable(path: pathlib.Path, there: pathlib.Path) -> None:
    shutil.copyfile(path, there)
    print(there)


def _disable(path: pathlib.Path, there: pathlib.Path) -> None:
    there.unlink(missing_ok=True)
    print(there)


if __name__ == '__main__':
    sys.exit(main())
