# SPDX-License-Identifier: Apache-2.0
"""What a user is told when something goes wrong on the way to the guest."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import oslo_messaging as messaging
from nova import exception
from webob import exc

from nova_live_tune.compute import refusals, rpcapi

# What the host or the rooms below say; the rest is a fault of ours.
_KNOWN = (*(kind for kind, _ in refusals.STATUS), exception.NovaException)

_NOT_THERE = (
    'The compute host of server {} does not run the live-tune extension, or '
    'runs one that is too old.'
)
_HOST_DOWN = (
    'The compute host of server {} is down; nothing was changed. Try again '
    'when it is back.'
)
_NO_ANSWER = (
    'The compute host of server {} did not answer in time. Whether the limits '
    'were changed is not known: read them back with GET '
    '/servers/{}/os-live-tune.'
)


@contextlib.contextmanager
def as_http(server_id: str) -> Iterator[None]:
    """Turn what the rooms below raise into HTTP errors with a sentence."""
    try:
        yield
    except exception.PolicyNotAuthorized:
        raise
    except exception.ServiceUnavailable as error:
        raise exc.HTTPServiceUnavailable(
            explanation=_HOST_DOWN.format(server_id)
        ) from error
    except messaging.MessagingException as error:
        raise _messaging(error, server_id) from error
    except _KNOWN as error:
        status = exc.status_map[refusals.status(error)]
        raise status(explanation=_sentence(error)) from error


def _sentence(error: BaseException) -> str:
    """What an error says, without the traceback of the host it came from."""
    if isinstance(error, exception.NovaException):
        return str(error.format_message())
    return str(error).partition('\n')[0]


def _messaging(
    error: messaging.MessagingException, server_id: str
) -> exc.HTTPException:
    kind = rpcapi.kind(error)
    if kind == messaging.MessagingTimeout.__name__:
        return exc.HTTPGatewayTimeout(
            explanation=_NO_ANSWER.format(server_id, server_id)
        )
    if kind == messaging.UnsupportedVersion.__name__:
        return exc.HTTPNotImplemented(explanation=_NOT_THERE.format(server_id))
    return exc.HTTPInternalServerError(
        explanation=f'The compute host of server {server_id} failed: '
        f'{_sentence(error)}'
    )
