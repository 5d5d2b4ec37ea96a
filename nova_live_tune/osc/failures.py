# SPDX-License-Identifier: Apache-2.0
"""Whatever goes wrong, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from keystoneauth1 import exceptions as keystoneauth
from openstack import exceptions as sdk
from osc_lib import exceptions

from nova_live_tune.client import errors

#: What a cloud's user may meet; anything else is a defect of ours.
EXPECTED = (
    errors.Refused,
    exceptions.CommandError,
    sdk.SDKException,
    keystoneauth.ClientException,
)


def sentence(error: BaseException) -> str:
    """Return what an error says, without the SDK's preamble."""
    text: object = getattr(error, 'message', None) or error
    if isinstance(error, sdk.HttpException) and error.details:
        text = error.details
    words = ' '.join(str(text).split())
    if isinstance(error, EXPECTED):
        return words
    return f'{type(error).__name__}: {words}'


@contextmanager
def in_a_sentence() -> Iterator[None]:
    """Let no other error out than what the openstack command prints well."""
    try:
        yield
    except EXPECTED as error:
        raise exceptions.CommandError(sentence(error)) from error
