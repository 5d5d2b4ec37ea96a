# SPDX-License-Identifier: Apache-2.0
"""The table of metrics: what nova-compute counts and times of live tuning.

What is served, and what the docs say of it, is derived from here or checked
against it. The host is no label: whoever scrapes adds it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from nova_live_tune import tunables

COUNTER, HISTOGRAM = 'counter', 'histogram'

#: Outcomes of a request.
DONE, REFUSED, FAILED = 'done', 'refused', 'failed'

_ACTIONS = (*(t.action for t in tunables.TARGETS), 'resetLiveTune')
#: Seconds: libvirt takes milliseconds for CPU and disk, tenths for a NIC.
_DURATIONS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
#: Seconds: promised are 5, while nova-compute runs.
_LATENESS = (0.5, 1, 2, 5, 10, 30, 60, 300, 3600, 86400)


@dataclasses.dataclass(frozen=True)
class Metric:
    """One metric, and all that its labels can be.

    :ivar labels: by label its values; each combination is served from the
        first scrape on, as a rate needs a 0 to begin with
    :ivar buckets: of a histogram, their upper bounds
    """

    name: str
    kind: str
    help: str
    labels: Mapping[str, tuple[str, ...]] = dataclasses.field(
        default_factory=dict
    )
    buckets: tuple[float, ...] = ()


SETS = Metric(
    'nova_live_tune_set_duration_seconds',
    HISTOGRAM,
    'Requests to set or reset limits that reached this host, and how long '
    'each took from the moment it had the lock of its server.',
    {'action': _ACTIONS, 'outcome': (DONE, REFUSED, FAILED)},
    _DURATIONS,
)
REFUSALS = Metric(
    'nova_live_tune_refusals_total',
    COUNTER,
    'Requests that this host refused, by the HTTP status of the refusal: 400 '
    'invalid, 403 beyond the bounds, 404 no such device, 409 the state of the '
    'server, 501 not a libvirt host.',
    {'status': ('400', '403', '404', '409', '501')},
)
UNDOS = Metric(
    'nova_live_tune_undos_total',
    COUNTER,
    'Limits of a device that were put back after a change had failed half '
    'way, or that could not be.',
    {'outcome': (DONE, FAILED)},
)
DRIFTS = Metric(
    'nova_live_tune_drifts_total',
    COUNTER,
    'Times that limits of a guest were not what is kept, and were set again.',
)
HEALED = Metric(
    'nova_live_tune_healed_records_total',
    COUNTER,
    'Records of a server that had lost limits, and were healed from the copy '
    'in its domain.',
)
RECONCILE_FAILURES = Metric(
    'nova_live_tune_reconcile_failures_total',
    COUNTER,
    'Times that a guest could not be compared with what is kept, or not all '
    'of it be set again.',
)
OVERLAY_FAILURES = Metric(
    'nova_live_tune_overlay_failures_total',
    COUNTER,
    'Definitions of a guest over which what is kept could not be laid: all of '
    'it, or a part.',
    {'extent': ('all', 'part')},
)
EXPIRY_LATENESS = Metric(
    'nova_live_tune_expiry_lateness_seconds',
    HISTOGRAM,
    'Limits set for a time that have come to their end, and how long after '
    'it was due what stood before was back.',
    buckets=_LATENESS,
)

METRICS = (
    SETS,
    REFUSALS,
    UNDOS,
    DRIFTS,
    HEALED,
    RECONCILE_FAILURES,
    OVERLAY_FAILURES,
    EXPIRY_LATENESS,
)

#: By the reconciler's own word for it.
RECONCILING = {
    'drift': DRIFTS,
    'healed': HEALED,
    'failed': RECONCILE_FAILURES,
}
