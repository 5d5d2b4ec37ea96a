# SPDX-License-Identifier: Apache-2.0
"""A server's devices as the tab lists them: what limits each, and its name."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils import dateparse
from django.utils.translation import gettext as _

from nova_live_tune import measures, tunables
from nova_live_tune.dashboard import words
from nova_live_tune.tunables import Knob, Target, Values

#: In these a server has limits that can be changed.
RUNNING = ('ACTIVE', 'PAUSED')


class NoSuchDevice(LookupError):
    """The server has no such device (any more)."""


@dataclasses.dataclass(frozen=True)
class Cell:
    """One value: the number, and the same in a handier unit."""

    text: str
    scaled: str


@dataclasses.dataclass(frozen=True)
class Line:
    """One knob of a device.

    :ivar differs: whether something else is in effect than is kept
    """

    knob: Knob
    flavor: Cell
    tuned: Cell
    effective: Cell
    differs: bool

    @property
    def title(self) -> str:
        return _(self.knob.title)

    @property
    def unit(self) -> str:
        """Its unit, unless the title has it."""
        return '' if self.knob.unit in self.knob.title else _(self.knob.unit)


@dataclasses.dataclass(frozen=True)
class Device:
    """A server's CPU, or one of its interfaces or disks.

    :ivar entry: its part of the read-back
    :ivar name: what its user calls it
    :ivar details: what else is known of it, to tell it from others
    """

    target: Target
    entry: Mapping[str, Any]
    name: str
    details: tuple[str, ...] = ()

    @property
    def selector(self) -> str | None:
        """How the API is told which one."""
        return selector(self.target, self.entry)

    @property
    def key(self) -> str:
        """Its name in addresses of pages: ``cpu``, ``disk:vda``."""
        return ':'.join(filter(None, (self.target.name, self.selector)))

    @property
    def is_tuned(self) -> bool:
        return bool(self.tuned)

    @property
    def can_be_set(self) -> bool:
        """Whether its host tells of it; if not, it takes no limits either."""
        return self.entry['effective'] is not None

    @property
    def flavor(self) -> Values:
        return self.target.flatten(self.entry['flavor'])

    @property
    def tuned(self) -> Values:
        return self.target.flatten(self.entry['tuned'])

    @property
    def effective(self) -> Values:
        return self.target.flatten(self.entry['effective'] or {})

    @property
    def problem(self) -> str:
        """Why what is kept does not hold; nothing if it does."""
        return self.entry.get('not_in_effect') or ''

    @property
    def expires_at(self) -> datetime.datetime | None:
        """When a lease of it ends next; None if there is none."""
        return dateparse.parse_datetime(self.entry.get('expires_at') or '')

    @property
    def bounds(self) -> list[tuple[str, str]]:
        """How far those may set it who may not exceed bounds.

        Names of bounds, as the API's refusals call them, and ranges in words.
        """
        spans = self.entry.get('bounds', {})
        return [
            (measure.name, words.bound(measure, spans[measure.name]))
            for measure in measures.named(self.target, spans)
        ]

    def with_entry(self, entry: Mapping[str, Any]) -> Device:
        """Return the same device after a change."""
        return dataclasses.replace(self, entry=entry)

    def lines(self) -> list[Line]:
        """Its knobs, as far as they say something."""
        return [self._line(knob) for knob in self._shown()]

    def _shown(self) -> Iterator[Knob]:
        for group in dict.fromkeys(knob.group for knob in self.target):
            knobs = self.target.group(group)
            # A group without limits is shown by its first.
            yield from [k for k in knobs if self._limits(k)] or knobs[:1]

    def _limits(self, knob: Knob) -> bool:
        if knob.name in self.flavor or knob.name in self.tuned:
            return True
        neutral = (None, knob.default, knob.unlimited)
        return self.effective.get(knob.name) not in neutral

    def _line(self, knob: Knob) -> Line:
        flavor, tuned, effective = (
            _cell(knob, values)
            for values in (self.flavor, self.tuned, self.effective)
        )
        kept, real = (
            values.get(knob.name) for values in (self.tuned, self.effective)
        )
        differs = None not in (kept, real) and _differ(knob, kept, real)
        return Line(knob, flavor, tuned, effective, differs)


def _differ(knob: Knob, kept: int | None, real: int | None) -> bool:
    # For a burst without a length QEMU's own stands, which is a second.
    return kept != real and not (
        knob.unit == 'seconds' and {kept, real} == {0, 1}
    )


def _cell(knob: Knob, values: Values) -> Cell:
    value = values.get(knob.name)
    return Cell(words.number(knob, value), words.scaled(knob, value, values))


def selector(target: Target, entry: Mapping[str, Any]) -> str | None:
    """Return how the API is told which device an entry is of."""
    keys = {'interface': 'port_id', 'disk': 'device'}
    key = keys.get(target.name)
    return None if key is None else str(entry[key])


def entries(live_tune: Mapping[str, Any]) -> Iterator[tuple[Target, Any]]:
    """List the entries of a read-back, each with what it is."""
    for target in tunables.TARGETS:
        found = live_tune.get(target.plural) or []
        for entry in [found] if isinstance(found, Mapping) else found:
            yield target, entry


def why_not(server: Any, found: list[Device]) -> str:
    """Say why nothing is known to be in effect; nothing if something is."""
    if any(device.can_be_set for device in found):
        return ''
    if server.status not in RUNNING:
        return _(
            'The server does not run, so no limits are in effect. Those that '
            'are set come into effect when it starts.'
        )
    return _(
        'The host of this server does not tell its limits: it does not run '
        'the live-tune extension, or it does not answer now. Limits of this '
        'server cannot be changed until it does.'
    )
