# SPDX-License-Identifier: Apache-2.0
"""Whether the Nova of this interpreter is patched, and with which series."""

from __future__ import annotations

from nova_live_tune.checks import results
from nova_live_tune.patching import status, tree

APPLIED = 'applied'

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
}


def found() -> status.Status:
    """Look at the Nova that this process has imported."""
    return status.inspect(tree.installed())


def check() -> results.Result:
    return judge(found())


def judge(nova: status.Status) -> results.Result:
    told = (
        f'Nova {nova.nova_version or "of unknown version"} '
        f'({nova.release or "no series for it"}) in {tree.installed()}'
    )
    if nova.state == APPLIED:
        return results.success(f'{told} has series {nova.series}.')
    code, advice = ADVICE[nova.state]
    return results.Result(
        code, f'{told} is {nova.state}: {nova.detail} {advice}'
    )
