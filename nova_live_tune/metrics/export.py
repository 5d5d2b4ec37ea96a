# SPDX-License-Identifier: Apache-2.0
"""Serving the metrics to Prometheus, from nova-compute itself.

The server is a daemon thread, which under eventlet's monkey patching is a
green one. prometheus_client is imported only if somebody wants metrics.
"""

from __future__ import annotations

import itertools
import threading
from typing import Any

from oslo_log import log as logging

from nova_live_tune import conf
from nova_live_tune.metrics import counting, table
from nova_live_tune.metrics.table import Metric

LOG = logging.getLogger(__name__)

_lock = threading.Lock()
#: The server; a list, so that nova-compute that starts anew finds it.
_served: list[Any] = []


def start() -> None:
    """Serve the metrics if the configuration says so, once per process.

    Whatever goes wrong is logged: nova-compute does without.
    """
    with _lock:
        if conf.options().metrics_port and not _served:
            _try()


def stop() -> None:
    """Close the port, and count no more."""
    with _lock:
        counting.use({})
        while _served:
            server = _served.pop()
            server.shutdown()
            server.server_close()


def _try() -> None:
    options = conf.options()
    try:
        collectors, server = _serve(
            options.metrics_address, options.metrics_port
        )
    except ImportError:
        LOG.error(
            'Metrics of live tuning are not served: [live_tune]metrics_port '
            'is set, and prometheus_client is not installed. pip install '
            "'nova-live-tune[metrics]' brings it."
        )
    except Exception as error:
        LOG.error(
            'Metrics of live tuning are not served at %(address)s port '
            '%(port)s: %(error)s',
            {
                'address': options.metrics_address,
                'port': options.metrics_port,
                'error': error,
            },
        )
    else:
        counting.use(collectors)
        _served.append(server)
        LOG.info(
            'Metrics of live tuning are served at %s', server.server_address
        )


def _serve(address: str, port: int) -> tuple[dict[str, Any], Any]:
    import prometheus_client

    # Not the default one: what else this process counts is not ours to tell.
    registry = prometheus_client.CollectorRegistry()
    collectors = {m.name: _collector(m, registry) for m in table.METRICS}
    server, _ = prometheus_client.start_http_server(
        port, address, registry=registry
    )
    return collectors, server


def _collector(metric: Metric, registry: Any) -> Any:
    import prometheus_client

    options: dict[str, Any] = {'registry': registry}
    if metric.kind == table.HISTOGRAM:
        options['buckets'] = metric.buckets
    kinds: dict[str, Any] = {
        table.COUNTER: prometheus_client.Counter,
        table.HISTOGRAM: prometheus_client.Histogram,
    }
    names = tuple(metric.labels)
    collector = kinds[metric.kind](metric.name, metric.help, names, **options)
    for values in itertools.product(*metric.labels.values()):
        if values:
            collector.labels(*values)
    return collector
