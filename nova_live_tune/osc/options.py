# SPDX-License-Identifier: Apache-2.0
"""Options of the commands that set, made from the table of knobs.

A knob of its own, such as ``total_bytes_sec``, has an option of its name.
Knobs that stand below a common name, such as ``inbound``, share one option:
its values stand in the table's order with colons between them.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools

from osc_lib import exceptions

from nova_live_tune.osc import sizes
from nova_live_tune.tunables import Knob, Shorthand, Target, Wanted


@dataclasses.dataclass(frozen=True)
class Option:
    """One option, for one knob or for several with colons between them."""

    name: str
    knobs: tuple[Knob | Shorthand, ...]

    @property
    def flag(self) -> str:
        return '--' + self.name.replace('_', '-')

    @property
    def metavar(self) -> str:
        if len(self.knobs) == 1:
            return '<number>'
        first, *others = (f'<{knob.path[-1]}>' for knob in self.knobs)
        return first + ''.join(f'[:{o}' for o in others) + ']' * len(others)

    @property
    def help(self) -> str:
        return ' '.join(
            f'{knob.help} Allowed: {knob.range}.' for knob in self.knobs
        )

    def wanted(self, text: str) -> Wanted:
        """Return what a value of this option asks for.

        :raises CommandError: naming the option, the value and what is allowed
        """
        if text == sizes.FLAVOR:
            return {knob.name: None for knob in self.knobs}
        parts = text.split(':')
        if len(parts) > len(self.knobs) or not any(parts):
            raise exceptions.CommandError(
                f'{self.flag} {text} is not understood: give {self.metavar}.'
            )
        return {
            knob.name: sizes.parse(part, knob, self._label(knob))
            for knob, part in zip(self.knobs, parts)
            if part
        }

    def _label(self, knob: Knob | Shorthand) -> str:
        if len(self.knobs) == 1:
            return self.flag
        return f'{self.flag}: {knob.path[-1]}'


def of(target: Target) -> list[Option]:
    """Return a target's options, in the table's order."""
    named = itertools.groupby(
        (*target.shorthands, *target), key=lambda knob: knob.path[0]
    )
    return [Option(name, tuple(knobs)) for name, knobs in named]


def add(parser: argparse.ArgumentParser, target: Target) -> None:
    """Give a command the options of a target."""
    for option in of(target):
        # argparse would take a percent sign for a format.
        text = option.help.replace('%', '%%')
        parser.add_argument(option.flag, metavar=option.metavar, help=text)


def wanted(args: argparse.Namespace, target: Target) -> Wanted:
    """Return the knobs that a command line names.

    :raises CommandError: if a value is none that its knob takes
    """
    found: Wanted = {}
    for option in of(target):
        text = getattr(args, option.name)
        if text is not None:
            found.update(option.wanted(text))
    return found
