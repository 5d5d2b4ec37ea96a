# SPDX-License-Identifier: Apache-2.0
"""What a server uses beside its limits, for the charts.

Nothing is kept between two looks: a page hands back what it was told last.
"""

from __future__ import annotations

import dataclasses
import time
from typing import Any

from django.utils.translation import gettext as _

from nova_live_tune.client import sampling, usage
from nova_live_tune.dashboard import api, words


def not_allowed() -> str:
    """Say why there are no charts."""
    return _(
        'What the server uses is not shown: in this cloud that takes the '
        'right to see its diagnostics, which it does not give you.'
    )


def look(
    request: Any, server_id: str, before: sampling.Sample | None
) -> dict[str, Any]:
    """Return what is used now, and the counters to hand back next time.

    :param before: the counters of the last time
    :raises nova_live_tune.client.errors.Refused: as the client does
    """
    client = api.live_tune(request)
    # The next request may come to another process, on another host.
    now = sampling.look(client, server_id, time.time)
    if now.refusal:
        raise now.refusal
    gauges = usage.gauges(before, now.sample, now.live_tune)
    return {
        'sample': dataclasses.asdict(now.sample),
        'gauges': [words.gauge(gauge) for gauge in gauges],
    }


def handed_back(sample: Any) -> sampling.Sample | None:
    """Read the counters that a page hands back.

    :raises ValueError: if they are none
    """
    if sample is None:
        return None
    try:
        counters = {str(k): int(v) for k, v in sample['counters'].items()}
        return sampling.Sample(float(sample['at']), counters)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError('These are no counters.') from error
