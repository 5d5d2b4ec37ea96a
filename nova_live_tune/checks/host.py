# SPDX-License-Identifier: Apache-2.0
"""What a compute host is able to, as it sees it itself."""

from __future__ import annotations

from typing import Any

from nova import exception

from nova_live_tune.checks import (
    cgroups,
    package,
    patches,
    results,
    traffic,
    versions,
)
from nova_live_tune.checks.versions import Connect


def report(connect: Connect) -> dict[str, Any]:
    """Return what nova-compute answers over RPC.

    :param connect: as for the check of versions, or raises
        NotImplementedError where the host's driver is not libvirt's
    :returns: ``versions`` by name, and ``findings``: of each check its
        ``code`` and its ``details``
    """
    nova = patches.found()
    found: list[results.Result] = []
    try:
        running = _versions(connect)
        found += [versions.check(connect), cgroups.check(), traffic.check()]
    except NotImplementedError:
        running = {'driver': 'other than libvirt'}
    return {
        'versions': {
            package.NAME: package.VERSION,
            'series': nova.series,
            **running,
        },
        'findings': [
            {'code': int(result.code), 'details': result.details}
            for result in [patches.judge(nova), *found]
        ],
    }


def _versions(connect: Connect) -> dict[str, str]:
    try:
        return versions.found(connect)
    except exception.HypervisorUnavailable:
        return {}  # its check tells
