# SPDX-License-Identifier: Apache-2.0
"""What a check comes to: a code, and for whatever is not green an advice."""

from __future__ import annotations

from collections.abc import Iterable

from oslo_upgradecheck import upgradecheck

Code = upgradecheck.Code
Result = upgradecheck.Result


def success(details: str) -> Result:
    return Result(Code.SUCCESS, details)


def warning(details: str) -> Result:
    return Result(Code.WARNING, details)


def failure(details: str) -> Result:
    return Result(Code.FAILURE, details)


def join(found: Iterable[Result]) -> Result:
    """Tell several as one, which is as bad as the worst of them."""
    found = list(found)
    return Result(
        max(result.code for result in found),
        '\n'.join(str(result.details) for result in found),
    )
