# SPDX-License-Identifier: Apache-2.0
"""What a server uses beside its limits, for the charts.

Nothing is kept between two looks: a page hands back what it was told last.
"""

from __future__ import annotations

import time
from typing import Any

from django.utils.translation import gettext as _

from nova_live_tune.client import usage
from nova_live_tune.dashboard import api, words


def not_allowed() -> str:
    """Say why there are no charts."""
    return _(
        'What the server uses is not shown: that takes the right to see its '
        'diagnostics, which this cloud does not give you.'
    )


def look(
    request: Any, server_id: str, before: usage.Sample | None
) -> dict[str, Any]:
    """Return what is used now, and the counters to hand back next time.

    :param before: the counters of the last time
    :raises nova_live_tune.client.errors.Refused: as the client does
    """
    client = api.live_tune(request)
    live_tune = client.show(server_id)
    diagnostics = client.diagnostics(server_id)
    # The next request may come to another process, on another host.
    after = usage.sample(diagnostics, live_tune, time.time())
    gauges = usage.gauges(before, after, live_tune)
    return {
        'sample': {'at': after.at, 'counters': after.counters},
        'gauges': [words.gauge(gauge) for gauge in gauges],
    }


def handed_back(sample: Any) -> usage.Sample | None:
    """Read the counters that a page hands back.

    :raises ValueError: if they are none
    """
    if sample is None:
        return None
    try:
        counters = {str(k): int(v) for k, v in sample['counters'].items()}
        return usage.Sample(float(sample['at']), counters)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError('These are no counters.') from error
