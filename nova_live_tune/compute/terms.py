# SPDX-License-Identifier: Apache-2.0
"""On which terms a request is made, beside what it asks for."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Terms:
    """What of a request goes for all that it names.

    :ivar may_exceed: whether the bounds are not for the caller
    :ivar duration: after how many seconds it ends; None for never
    :ivar generation: of the server's limits that the caller knows; None if
        any will do
    :ivar until: when it ends, in seconds since 1970; the host says so
    """

    may_exceed: bool = False
    duration: int | None = None
    generation: int | None = None
    until: float = math.inf

    def from_now(self, now: float) -> Terms:
        """Return them with the time at which what is asked for ends."""
        if self.duration is None:
            return self
        return dataclasses.replace(self, until=math.ceil(now + self.duration))

    def to_primitive(self) -> dict[str, Any]:
        """What crosses RPC."""
        primitive = dict(vars(self))
        del primitive['until']
        return primitive

    @classmethod
    def from_primitive(cls, primitive: Mapping[str, Any]) -> Terms:
        return cls(**primitive)
