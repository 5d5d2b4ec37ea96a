# SPDX-License-Identifier: Apache-2.0
"""What a notification says of a device: which limits were, and which are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from nova_live_tune import planning
from nova_live_tune.compute.devices import Device, Job
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
    before: Iterable[Values | None],
    effective: Iterable[Values | None],
) -> list[Change]:
    """Return what became of a request.

    Knobs that it gave a value are there, and others that have changed; a
    device of which there are none is left out.

    :param before: what libvirt reported of each device; None where it has no
        limits
    :param effective: what it reports afterwards
    """
    found = []
    for (device, wanted), was, now in zip(jobs, before, effective):
        if was is None or now is None:
            continue
        names = [
            name
            for name, value in now.items()
            if wanted.get(name) is not None or was[name] != value
        ]
        if names:
            found.append(
                Change(
                    device,
                    {name: was[name] for name in names},
                    {name: now[name] for name in names},
                )
            )
    return found
