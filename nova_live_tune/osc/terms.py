# SPDX-License-Identifier: Apache-2.0
"""Options about how a change is to be made, beside what is to change."""

from __future__ import annotations

import argparse
import re
from typing import Any

from osc_lib import exceptions

from nova_live_tune import leases

_UNITS = {'': 1, 's': 1, 'm': 60, 'h': 3600, 'd': 86400}
_DURATION = re.compile(r'(\d+)([smhd]?)')


def add(parser: argparse.ArgumentParser) -> None:
    """Give a command the options of every change."""
    parser.add_argument(
        '--dry-run',
        action='store_true',
        help='Only tell what would change, and change nothing.',
    )
    parser.add_argument(
        '--generation',
        metavar='<number>',
        type=int,
        help='Refuse if the limits have been changed since they were of this '
        'generation, which "show --long" tells.',
    )


def add_duration(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--duration',
        metavar='<time>',
        help='After this time what stood before comes back by itself: '
        f'{leases.SHORTEST}..{leases.LONGEST} seconds, or with a unit, such '
        'as 90m, 12h or 7d.',
    )


def given(args: argparse.Namespace) -> dict[str, Any]:
    """Return the terms that a command line names, as the API takes them.

    :raises CommandError: if a duration is none
    """
    terms: dict[str, Any] = {}
    if getattr(args, 'duration', None) is not None:
        terms['duration'] = _seconds(args.duration)
    if args.generation is not None:
        terms['generation'] = args.generation
    if args.dry_run:
        terms['dry_run'] = True
    return terms


def _seconds(text: str) -> int:
    match = _DURATION.fullmatch(text)
    seconds = int(match[1]) * _UNITS[match[2]] if match else 0
    if leases.SHORTEST <= seconds <= leases.LONGEST:
        return seconds
    raise exceptions.CommandError(
        f'--duration {text} is not allowed: give '
        f'{leases.SHORTEST}..{leases.LONGEST} seconds, such as 90, 15m, 12h '
        'or 7d.'
    )
