# SPDX-License-Identifier: Apache-2.0
"""What a dry run answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova.api.openstack import wsgi
from webob import exc

#: What a request is answered that does what it asks for.
_ACCEPTED = 202


def of(attempt: Callable[[], dict[str, Any]]) -> Any:
    """Answer with what a request would do, or why it would be refused.

    :raises webob.exc.HTTPException: where nobody can tell, such as 503 for a
        host that is down
    """
    try:
        answer = attempt()
    except exc.HTTPClientError as error:
        return _answer(_verdict(error.status_int, error.explanation))
    return _answer({**_verdict(_ACCEPTED), **answer})


def _verdict(code: int, reason: str | None = None) -> dict[str, Any]:
    allowed = code == _ACCEPTED
    return {'dry_run': {'allowed': allowed, 'code': code, 'reason': reason}}


def _answer(body: dict[str, Any]) -> Any:
    # Nothing is under way, so it is no 202.
    return wsgi.ResponseObject(body, code=200)
