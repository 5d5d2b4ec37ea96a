# SPDX-License-Identifier: Apache-2.0
"""Which errors are refusals, and the HTTP status of each."""

from __future__ import annotations

from nova import exception

from nova_live_tune import planning
from nova_live_tune.compute import devices

FAILURE = 500

#: The first that fits counts, as many of Nova's errors are Invalid too.
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (exception.InstanceInvalidState, 409),
    (exception.InstanceNotReady, 409),
    (exception.InstanceUpdateConflict, 409),
    (exception.NotFound, 404),
    (devices.NoSuchDevice, 404),
    (exception.Forbidden, 403),
    (exception.Invalid, 400),
    (planning.Invalid, 400),
    (NotImplementedError, 501),
)


def status(error: BaseException) -> int:
    """Return an error's HTTP status; of what is no refusal, 500."""
    for kind, number in STATUS:
        if isinstance(error, kind):
            return number
    return FAILURE
