# SPDX-License-Identifier: Apache-2.0
"""Cells that are words in a table, and values for a program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cliff import columns

from nova_live_tune.osc import sizes
from nova_live_tune.tunables import Knob


class Number(columns.FormattableColumn[Any]):
    """A knob's value; None where there is none, or where it is not known."""

    def __init__(
        self, value: int | None, knob: Knob, beside: Mapping[str, int]
    ) -> None:
        super().__init__(value)
        self._text = '' if value is None else text(knob, value, beside)

    def human_readable(self) -> str:
        return self._text


class Numbers(columns.FormattableColumn[Any]):
    """Several knobs of a device; a line for each in a table."""

    def __init__(
        self, knobs: Iterable[Knob], values: Mapping[str, int] | None
    ) -> None:
        """Show the values of some knobs.

        :param values: all of the device's, by flat names; None if nobody
            knows them
        """
        known = values or {}
        shown = [knob for knob in knobs if knob.name in known]
        named = {knob.name: known[knob.name] for knob in shown}
        super().__init__(None if values is None else named)
        self._lines = [
            f'{knob.label} {text(knob, known[knob.name], known)}'
            for knob in shown
        ]

    def human_readable(self) -> str:
        return '\n'.join(self._lines)


class Changes(columns.FormattableColumn[Any]):
    """What a dry run says would change; a line for each knob in a table."""

    def __init__(
        self, knobs: Iterable[Knob], changes: Mapping[str, Any]
    ) -> None:
        """Show changes.

        :param changes: by flat names, each with ``from`` and ``to``
        """
        super().__init__(changes)
        self._lines = [
            f'{knob.label} {_readable(knob, change["from"])} -> '
            f'{_readable(knob, change["to"])}'
            for knob in knobs
            for change in [changes.get(knob.name)]
            if change
        ]

    def human_readable(self) -> str:
        return '\n'.join(self._lines) or 'nothing'


class Repeated(columns.FormattableColumn[Any]):
    """The same as in the row above: said once in a table."""

    def human_readable(self) -> str:
        return ''


class Optional(columns.FormattableColumn[Any]):
    """Something that may be None."""

    def human_readable(self) -> str:
        return '' if self._value is None else str(self._value)


def _readable(knob: Knob, value: int | None) -> str:
    return 'unknown' if value is None else sizes.readable(value, knob)


def text(knob: Knob, value: int, beside: Mapping[str, int]) -> str:
    """Return a value for a table: with its percentage if it is a CPU quota.

    :param beside: the values of the knobs next to it, by flat names
    """
    words = sizes.readable(value, knob)
    period = beside.get('period')
    if knob.name == 'quota' and period and value != knob.unlimited:
        return f'{words} ({sizes.short(value / period * 100)} %)'
    return words
