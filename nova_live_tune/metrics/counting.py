# SPDX-License-Identifier: Apache-2.0
"""Counting and timing, for whoever scrapes; nothing if nobody does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_live_tune.metrics.table import Metric

#: What counts, by the name of the metric: empty while nothing is served.
_collectors: dict[str, Any] = {}


def use(collectors: Mapping[str, Any]) -> None:
    """Count with these from now on, instead of with those before.

    :param collectors: prometheus_client's, by the name of the metric
    """
    _collectors.clear()
    _collectors.update(collectors)


def count(metric: Metric, **labels: str) -> None:
    """Add one to a counter."""
    if _collectors:
        _child(metric, labels).inc()


def observe(metric: Metric, seconds: float, **labels: str) -> None:
    """Add a duration to a histogram."""
    if _collectors:
        _child(metric, labels).observe(seconds)


def _child(metric: Metric, labels: dict[str, str]) -> Any:
    collector = _collectors[metric.name]
    return collector.labels(**labels) if labels else collector
