# SPDX-License-Identifier: Apache-2.0
"""Put our patch series into an installed or unpacked Nova, or take it out."""

from __future__ import annotations

import argparse
import pathlib
import sys
from collections.abc import Callable, Sequence

from nova_live_tune.patching import actions, export, series, status, tree
from nova_live_tune.patching.errors import Refused


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; return the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.action(asked))
    except (OSError, Refused) as problem:
        print(str(problem).rstrip(), file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog='nova-live-tune-patch', description=__doc__
    )
    commands = parser.add_subparsers(metavar='COMMAND', required=True)

    def add(
        action: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        name = action.__name__.strip('_')
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(action=action)
        command.add_argument(
            '--release',
            metavar='R',
            help=f'one of {", ".join(series.releases())}; otherwise as the '
            "Nova's own version says",
        )
        command.add_argument(
            '--path',
            metavar='DIR',
            type=pathlib.Path,
            help='a git checkout, an unpacked sdist, a virtual environment, '
            "site-packages or a Debian package's tree; otherwise the Nova "
            'that this Python would import',
        )
        return command

    add(_check, 'Say what apply would do; exit 1 if it would refuse.')
    add(_apply, 'Put the series in, or this version instead of another one.')
    add(_revert, 'Take the series out: every file is as it was, to the byte.')
    add(_status, 'Tell what has become of the series in this Nova.')
    _add_export_options(
        add(_export, 'Write the series for the build of packages or images.')
    )
    return parser


def _add_export_options(command: argparse.ArgumentParser) -> None:
    command.add_argument('--format', required=True, choices=('quilt', 'kolla'))
    command.add_argument(
        '--output',
        required=True,
        metavar='DIR',
        type=pathlib.Path,
        help="debian/patches, or Kolla's patches_path",
    )
    command.add_argument(
        '--python',
        metavar='VERSION',
        default='3.12',
        help="of Kolla's images (default: %(default)s)",
    )


def _site(asked: argparse.Namespace) -> pathlib.Path:
    path: pathlib.Path | None = asked.path
    return tree.locate(path.resolve()) if path else tree.installed()


def _check(asked: argparse.Namespace) -> int:
    site = _site(asked)
    _say(site, actions.check(site, tree.release(site, asked.release)))
    return 0


def _apply(asked: argparse.Namespace) -> int:
    site = _site(asked)
    _say(site, actions.apply(site, tree.release(site, asked.release)))
    return 0


def _revert(asked: argparse.Namespace) -> int:
    site = _site(asked)
    release = asked.release or tree.release_of(tree.version(site))
    _say(site, actions.revert(site, release))
    return 0


def _status(asked: argparse.Namespace) -> int:
    site = _site(asked)
    found = status.inspect(site, asked.release)
    print(f'path:     {site}')
    print(f'nova:     {found.nova_version or "unknown"}')
    print(f'release:  {found.release or "unknown"}')
    print(f'state:    {found.state}')
    print(f'series:   {found.series or "none"}')
    print(found.detail.rstrip())
    return 0


def _export(asked: argparse.Namespace) -> int:
    release = asked.release
    if asked.path or not release:
        release = tree.release(_site(asked), release)
    patches = series.read(release)
    if asked.format == 'quilt':
        names = export.quilt(patches, asked.output)
    else:
        names = export.kolla(patches, asked.output, asked.python)
    print(f'{asked.output}: {len(names)} patches for {release}')
    return 0


def _say(site: pathlib.Path, sentence: str) -> None:
    print(f'{site}: {sentence}')


if __name__ == '__main__':
    sys.exit(main())
