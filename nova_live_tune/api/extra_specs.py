# SPDX-License-Identifier: Apache-2.0
"""The flavor's bounds, as Nova validates extra specs.

From microversion 2.86 on, Nova refuses extra specs that nobody registered, in
a namespace that somebody did.
"""

from __future__ import annotations

from typing import Any

from nova.api.validation.extra_specs import base

from nova_live_tune.bounds import NAMESPACE
from nova_live_tune.measures import MEASURES

_WHAT = {
    'max': 'The most that a tenant may set live. 0 for any value. Without '
    "this, the flavor's own limit is the most, if it has one.",
    'min': 'The least that a tenant may set live.',
}


def register() -> list[Any]:
    """Return a validator for each bound that a flavor can have."""
    return [
        base.ExtraSpecValidator(
            name=f'{NAMESPACE}:{end}_{measure.name}',
            description=f'{text} Unit: {measure.unit}.',
            value={'type': int, 'min': 0},
        )
        for measures in MEASURES.values()
        for measure in measures
        for end, text in _WHAT.items()
    ]
