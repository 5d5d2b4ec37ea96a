# SPDX-License-Identifier: Apache-2.0
"""On which terms a request is made, beside what it asks for."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Terms:
    """What of a request goes for all that it names.

    :ivar may_exceed: whether the bounds are not for the caller
    :ivar duration: after how many seconds it ends; None for never
    :ivar generation: of the server's limits that the caller knows; None if
        any will do
    """

    may_exceed: bool = False
    duration: int | None = None
    generation: int | None = None

    def to_primitive(self) -> dict[str, Any]:
        """What crosses RPC."""
        return dict(vars(self))

    @classmethod
    def from_primitive(cls, primitive: Mapping[str, Any]) -> Terms:
        return cls(**primitive)
