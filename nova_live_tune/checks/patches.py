# SPDX-License-Identifier: Apache-2.0
"""Whether the Nova of this interpreter is patched, and with which series."""

from __future__ import annotations

from nova_live_tune.checks import results
from nova_live_tune.patching import gnu_patch, status, tree
from nova_live_tune.patching.status import Status

APPLIED = 'applied'
#: There is nothing to compare with.
UNKNOWN = 'of unknown state'

_APPLY = 'Run nova-live-tune-patch apply, and restart its services.'

#: Of each other state how bad it is, and what to do.
ADVICE = {
    'unpatched': (results.Code.FAILURE, _APPLY),
    'outdated': (results.Code.WARNING, _APPLY),
    'interrupted': (
        results.Code.FAILURE,
        'Run nova-live-tune-patch apply, or revert, to mend it.',
    ),
    'foreign': (
        results.Code.FAILURE,
        'Run nova-live-tune-patch check to see what is in the way.',
    ),
    UNKNOWN: (results.Code.WARNING, 'Run this again then.'),
}
_NO_SERIES = (
    results.Code.FAILURE,
    'Upgrade nova-live-tune, or install one of these releases of Nova.',
)


def found() -> Status:
    """Look at the Nova that this process has imported."""
    site = tree.installed()
    try:
        return status.inspect(site)
    except gnu_patch.Missing as problem:
        version = tree.version(site)
        release = tree.release_of(version)
        return Status(version, release, UNKNOWN, None, str(problem))


def check() -> results.Result:
    return judge(found())


def judge(nova: Status) -> results.Result:
    told = (
        f'Nova {nova.nova_version} ({nova.release or "no series for it"}) in '
        f'{tree.installed()}'
    )
    if nova.state == APPLIED:
        return results.success(f'{told} has series {nova.series}.')
    code, advice = ADVICE[nova.state] if nova.release else _NO_SERIES
    # What follows the first line is a hunk.
    detail = nova.detail.partition('\n')[0]
    return results.Result(code, f'{told} is {nova.state}: {detail} {advice}')
