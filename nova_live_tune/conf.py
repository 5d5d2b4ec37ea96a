# SPDX-License-Identifier: Apache-2.0
"""Options of nova-compute's own configuration, in the group [live_tune]."""

from __future__ import annotations

from typing import Any

import nova.conf
from oslo_config import cfg

GROUP = cfg.OptGroup(
    'live_tune',
    title='Live tuning',
    help='Limits that were set live on this host and how they are kept.',
)

OPTS = [
    cfg.BoolOpt(
        'overlay',
        default=True,
        help='Lay the limits that were set live over the XML of a guest '
        'wherever Nova defines it anew or sends it to another host. Without '
        'this a limit is lost at the next hard reboot, resize or migration, '
        'unless reconciling sets it again.',
    ),
    cfg.BoolOpt(
        'reconcile',
        default=True,
        help='Compare what is kept of the limits that were set live with what '
        'libvirt reports: when nova-compute starts, when a guest starts, '
        'resumes or arrives from another host, and periodically. What differs '
        'is set again.',
    ),
    cfg.IntOpt(
        'reconcile_interval',
        default=60,
        min=0,
        help='Seconds between two periodic passes; 0 for none. A pass asks '
        'libvirt for the XML of the guests that have limits, and mends those '
        'whose limits have changed since the last pass.',
    ),
    cfg.IntOpt(
        'reconcile_domains',
        default=200,
        min=1,
        help='How many guests a periodic pass looks at, at most; the next '
        'one goes on with the others.',
    ),
    cfg.IntOpt(
        'reconcile_records',
        default=20,
        min=0,
        help='How many guests a periodic pass compares with the database as '
        'well, at most, whether or not libvirt reports a change: what is kept '
        'there may have been lost.',
    ),
    cfg.PortOpt(
        'metrics_port',
        default=0,
        help='Where nova-compute serves the metrics of live tuning to '
        'Prometheus, over HTTP; 0 for nowhere. It needs prometheus_client, '
        'which is the extra [metrics] of this package.',
    ),
    cfg.HostAddressOpt(
        'metrics_address',
        default='127.0.0.1',
        help='The address to serve them at. Whoever reaches it may read them: '
        'there is no password.',
    ),
]


def register() -> None:
    nova.conf.CONF.register_group(GROUP)
    nova.conf.CONF.register_opts(OPTS, group=GROUP)


def options() -> Any:
    """This host's settings."""
    return nova.conf.CONF.live_tune


def list_opts() -> list[tuple[cfg.OptGroup, list[cfg.Opt]]]:
    """For oslo-config-generator."""
    return [(GROUP, OPTS)]


register()
