# SPDX-License-Identifier: Apache-2.0
"""The one clock by which limits end."""

from __future__ import annotations

import datetime
import math

from oslo_utils import timeutils


def now() -> float:
    """Return the time in seconds since 1970, as oslo.utils has it.

    Whoever decides something asks once, so that nothing ends half way.
    """
    return timeutils.utcnow_ts(microsecond=True)


def to_text(time: float) -> str:
    """Return a time as answers show it: ISO 8601, in UTC, whole seconds."""
    whole = datetime.datetime.fromtimestamp(
        math.floor(time), datetime.timezone.utc
    )
    return f'{whole:%Y-%m-%dT%H:%M:%SZ}'
