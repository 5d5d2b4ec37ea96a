# SPDX-License-Identifier: Apache-2.0
"""What is to be done to one device of a guest, before it is done."""

from __future__ import annotations

import dataclasses

from nova_live_tune import decisions, planning, tunables
from nova_live_tune.compute.devices import Device
from nova_live_tune.compute.store import Kept
from nova_live_tune.compute.terms import Terms
from nova_live_tune.decisions import Outcome, Situation
from nova_live_tune.leases import Change, Stack, Stand
from nova_live_tune.tunables import Values, Wanted
from nova_live_tune.virt.libvirt import checks, mending
from nova_live_tune.virt.libvirt import guest as tunable


@dataclasses.dataclass(frozen=True)
class Decision:
    """What is to be done to a device, and what is so from then on.

    :ivar before: all of its limits, as libvirt reports them; None where it
        has none
    :ivar insists: whether to set limits even if libvirt reports them already
    """

    device: Device
    before: Values | None
    outcome: Outcome
    insists: bool = False

    @property
    def after(self) -> Values | None:
        """All of its limits as they will be."""
        if self.before is None:
            return None
        return {**self.before, **self.outcome.changes}


#: For a device without limits, of which nothing is to be kept.
_NOTHING = Outcome({}, Stack(), Stand())


def request(
    guest: tunable.Guest,
    device: Device,
    wanted: Wanted,
    kept: Kept,
    terms: Terms,
) -> Decision:
    """Decide what a request does to a device.

    :raises: as :func:`decisions.request`
    """
    takes_back = planning.takes_back(wanted)
    was_set = bool(kept.values(device))
    if takes_back and not _carries_limits(guest, device, was_set):
        return Decision(device, None, _NOTHING)
    situation = _situation(guest, device, kept)
    outcome = decisions.request(
        situation, Change(wanted, terms.until, terms.may_exceed)
    )
    return Decision(device, situation.current, outcome, not takes_back)


def end(guest: tunable.Guest, device: Device, kept: Kept) -> Decision:
    """Decide what the leases that have ended do to a device."""
    element = guest.element(device)
    if element is None or not _carries_limits(guest, device, was_set=True):
        # It cannot be tuned where it is now, but what is kept of it ends.
        situation = _situation(None, device, kept)
        outcome = dataclasses.replace(decisions.end(situation), changes={})
        return Decision(device, None, outcome)
    situation = _situation(guest, device, kept)
    outcome = decisions.end(situation)
    device = dataclasses.replace(device, ceiling=outcome.stand.ceiling)
    able, _ = checks.desired(element, device, outcome.stand.tuned)
    changes = {
        name: able.get(name, situation.setting.flavor[name])
        for name in outcome.changes
    }
    outcome = dataclasses.replace(outcome, changes=changes)
    return Decision(device, situation.current, outcome)


def _situation(
    guest: tunable.Guest | None, device: Device, kept: Kept
) -> Situation:
    return Situation(
        device.setting(tunable.host_defaults(device.target)),
        kept.stack(device),
        kept.now,
        guest.read(device, guest.live) if guest else {},
    )


def _carries_limits(
    guest: tunable.Guest, device: Device, was_set: bool
) -> bool:
    if device.target is tunables.INTERFACE:
        return checks.is_shaped(guest.element(device))
    # Where something was set, libvirt can, and an error is one of the moment.
    return was_set or mending.effective(guest, device) is not None
