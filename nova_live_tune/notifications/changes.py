# SPDX-License-Identifier: Apache-2.0
"""What a notification says of a device: which limits were, and which are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from nova_live_tune import planning
from nova_live_tune.compute.devices import Device, Job
from nova_live_tune.planning import Plan
from nova_live_tune.tunables import Values, Wanted

RUNNING, CONFIGURED = 'running', 'configured'
SCOPES = (RUNNING, CONFIGURED)


@dataclasses.dataclass(frozen=True)
class Change:
    """Limits of one device.

    :ivar before: by the knobs' flat names; a knob that lacks is not known
    :ivar after: None is for back to what the flavor says; if no knob is named,
        all of them go back
    :ivar scope: whether the running domain's, or its configuration's
    """

    device: Device
    before: Values
    after: Mapping[str, int | None]
    scope: str = RUNNING


def asked(jobs: Iterable[Job]) -> list[Change]:
    """Return what a request names, before anything was read."""
    return [
        Change(device, {}, {} if _is_reset(device, wanted) else wanted)
        for device, wanted in jobs
    ]


def _is_reset(device: Device, wanted: Wanted) -> bool:
    named_all = wanted.keys() == set(device.target.names)
    return named_all and planning.takes_back(wanted)


def made(
    jobs: Iterable[Job],
    plans: Iterable[Plan],
    effective: Sequence[Values | None],
) -> list[Change]:
    """Return what became of a request.

    Knobs that it gave a value are there, and others that have changed; a
    device of which there are none is left out.

    :param effective: what libvirt reports of each device afterwards; None
        where nothing was set
    """
    found = []
    for (device, wanted), plan, reported in zip(jobs, plans, effective):
        after = reported or plan.after
        names = [
            name
            for name, value in after.items()
            if wanted.get(name) is not None or plan.before[name] != value
        ]
        if names:
            before = {name: plan.before[name] for name in names}
            found.append(
                Change(device, before, {name: after[name] for name in names})
            )
    return found
