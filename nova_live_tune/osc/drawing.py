# SPDX-License-Identifier: Apache-2.0
"""Use beside limit: bars on a terminal, lines, or JSON."""

from __future__ import annotations

import abc
import contextlib
import dataclasses
import datetime
import json
import sys
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from nova_live_tune.client.usage import Gauge
from nova_live_tune.osc import sizes

if TYPE_CHECKING:
    from rich import table

#: Parts of a limit from which on a bar is drawn in another colour.
_COLOURS = ((0.95, 'red'), (0.75, 'yellow'), (0.0, 'green'))
_WIDEST_BAR = 60


@dataclasses.dataclass(frozen=True)
class Look:
    """What was seen at one moment.

    :ivar reason: why it is not known what the server uses; '' if it is
    """

    live_tune: Mapping[str, Any]
    gauges: list[Gauge]
    reason: str

    def device(self, gauge: Gauge) -> str:
        """Return what people call the gauge's device."""
        if gauge.target != 'interface':
            return gauge.device or gauge.target
        [index] = [
            nic['index']
            for nic in self.live_tune['interfaces']
            if nic['port_id'] == gauge.device
        ]
        return f'interface {index}'


def numbers(gauge: Gauge) -> str:
    """Return a gauge's use and limit in words."""
    if not gauge.can_be_limited:
        if gauge.use is None:
            return 'not known'
        return sizes.bare(gauge.use, gauge.unit)
    if gauge.limit is None:
        if gauge.use is None:
            return sizes.UNLIMITED
        return f'{sizes.bare(gauge.use, gauge.unit)}, {sizes.UNLIMITED}'
    limit = sizes.bare(gauge.limit, gauge.unit)
    if gauge.use is None:
        return f'at most {limit}'
    use = sizes.bare(gauge.use, gauge.unit)
    if use.partition(' ')[2] == limit.partition(' ')[2]:
        # The unit once is enough.
        use = use.partition(' ')[0]
    return f'{use} of {limit}'


class Canvas(contextlib.AbstractContextManager['Canvas']):
    """What looks are drawn on, in one of the formats."""

    @abc.abstractmethod
    def draw(self, look: Look) -> None:
        """Draw what was seen now."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave behind what shall stay."""


class Plain(Canvas):
    """A line for each gauge, with the time."""

    def __init__(self, server: str, stdout: TextIO) -> None:
        self._stdout = stdout
        self._told = ''

    def draw(self, look: Look) -> None:
        if look.reason != self._told:
            self._told = look.reason
            print(_explained(look), file=sys.stderr, flush=True)
        now = datetime.datetime.now(datetime.timezone.utc)
        for gauge in look.gauges:
            line = self.line(now.isoformat(timespec='seconds'), look, gauge)
            print(line, file=self._stdout, flush=True)

    def line(self, now: str, look: Look, gauge: Gauge) -> str:
        where = f'{look.device(gauge)} {gauge.measure}'
        return f'{now} {where}: {numbers(gauge)}'


class Json(Plain):
    """An object for each gauge, one to a line."""

    def line(self, now: str, look: Look, gauge: Gauge) -> str:
        return json.dumps(
            {
                'time': now,
                'device': look.device(gauge),
                'measure': gauge.measure,
                'unit': gauge.unit,
                'use': None if gauge.use is None else round(gauge.use, 2),
                'limit': gauge.limit,
            }
        )


class Bars(Canvas):
    """Bars that are drawn anew in the same place, as wide as there is room."""

    def __init__(self, server: str, stdout: TextIO) -> None:
        from rich import console, live

        self._title = server
        self._live = live.Live(
            console=console.Console(file=stdout), auto_refresh=False
        )

    def __enter__(self) -> Bars:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def draw(self, look: Look) -> None:
        self._live.update(_bars(self._title, look), refresh=True)


FORMATS: dict[str, Callable[[str, TextIO], Canvas]] = {
    'bars': Bars,
    'plain': Plain,
    'json': Json,
}


def _explained(look: Look) -> str:
    if not look.reason:
        return 'What the server uses can be seen again.'
    return f'What the server uses cannot be seen: {look.reason}'


def _bars(title: str, look: Look) -> table.Table:
    from rich import progress_bar, table, text

    drawn = table.Table(
        title=text.Text(title),
        caption=text.Text(_explained(look)) if look.reason else None,
        box=None,
        expand=True,
        show_header=False,
    )
    drawn.add_column(no_wrap=True)
    drawn.add_column(ratio=1, max_width=_WIDEST_BAR)
    drawn.add_column(no_wrap=True, justify='right')
    for gauge in look.gauges:
        bar: Any = ''
        if gauge.limit and gauge.use is not None:
            bar = progress_bar.ProgressBar(
                total=gauge.limit,
                completed=min(gauge.use, gauge.limit),
                complete_style=_colour(gauge.use / gauge.limit),
                finished_style=_colour(1),
            )
        where = f'{look.device(gauge)} {gauge.measure}'
        drawn.add_row(where, bar, numbers(gauge))
    return drawn


def _colour(part: float) -> str:
    return next(colour for least, colour in _COLOURS if part >= least)
