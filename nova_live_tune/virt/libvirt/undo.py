# SPDX-License-Identifier: Apache-2.0
"""Putting back what stood before, when a change fails half way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Any

from nova import exception
from oslo_log import log as logging

from nova_live_tune.metrics import counting, table

LOG = logging.getLogger(__name__)


class UndoOnFailure:
    """Runs the registered calls, last first, if its block fails.

    :raises nova.exception.NovaException: naming what could not be put back
    """

    def __init__(self, instance: Any) -> None:
        self._instance = instance
        self._stack = contextlib.ExitStack()
        self._lost: list[str] = []

    def __enter__(self) -> UndoOnFailure:
        return self

    def undo_with(
        self, what: object, call: Callable[..., None], *args: Any
    ) -> None:
        self._stack.callback(self._try, what, call, *args)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if error is None:
            self._stack.pop_all()
            return
        self._stack.close()
        if self._lost:
            raise exception.NovaException(
                f'{error}; and what stood before could not be put back for '
                f'{", ".join(self._lost)}: read the limits back.'
            ) from error

    def _try(
        self, what: object, call: Callable[..., None], *args: Any
    ) -> None:
        # One that fails must not keep the others from being put back.
        try:
            call(*args)
            counting.count(table.UNDOS, outcome=table.DONE)
        except Exception:
            counting.count(table.UNDOS, outcome=table.FAILED)
            LOG.exception(
                'Could not put back %s', what, instance=self._instance
            )
            self._lost.append(str(what))
