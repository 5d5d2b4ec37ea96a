# SPDX-License-Identifier: Apache-2.0
"""What goes wrong when a cloud is asked to tune a server."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nova_live_tune.tunables import Knob, Shorthand, Target

#: How a Nova without the extension answers: it knows no such action or route.
_UNKNOWN = {
    400: 'There is no such action',
    404: 'The resource could not be found.',
}
_TOO_OLD = 'The live-tune extension of this cloud is too old to tell {}.'
_NO_CLOUD = 'This cloud does not run the live-tune extension.'


class Refused(Exception):
    """The API did not do it; its text is the API's own sentence.

    :ivar status: the HTTP status
    :ivar sentence: for whoever asked
    """

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class NotThere(Refused):
    """The cloud, or the server's host, does not run the extension."""


def check_verdict(verdict: Mapping[str, Any] | None) -> None:
    """Refuse what a dry run says would be refused.

    :param verdict: of its answer; None if it was none
    :raises Refused: as the request itself would be
    """
    if verdict is not None and not verdict['allowed']:
        raise Refused(verdict['code'], verdict['reason'])


class TooOld(Refused):
    """The cloud's extension does not tell all that was asked for."""

    def __init__(self, missing: str = 'what servers have used') -> None:
        super().__init__(400, _TOO_OLD.format(missing))


def refusal(response: Any) -> Refused:
    """Return what an answer of Nova's with a 4xx or 5xx says.

    :param response: as of requests
    """
    status, sentence = response.status_code, _sentence(response)
    if status == 501:
        return NotThere(status, sentence)
    if status in _UNKNOWN and _UNKNOWN[status] in response.text:
        return NotThere(status, _NO_CLOUD)
    return Refused(status, sentence)


def _sentence(response: Any) -> str:
    try:
        [fault] = response.json().values()
        return str(fault['message'])
    except (ValueError, TypeError, KeyError, AttributeError):
        # Something before Nova answered.
        return f'{response.status_code} {response.reason}'


def culprit(target: Target, sentence: str) -> Knob | Shorthand | None:
    """Return what a refusal is about: the first knob that it names."""
    found = [
        (match.start(), knob)
        for knob in (*target.shorthands, *target)
        if (match := re.search(_word(knob.label), sentence))
    ]
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _word(label: str) -> str:
    return rf'(?<![\w.]){re.escape(label)}(?!\w|\.\w)'
