# SPDX-License-Identifier: Apache-2.0
"""A look at a server: its limits, and the counters of what it uses.

The counters are those that the read-back observes. A cloud whose extension
does not yet have them is asked for Nova's server diagnostics instead.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from nova_live_tune import counters, tunables
from nova_live_tune.client import api, errors

#: What a server's disk counters are of, by their names in the diagnostics.
_DISK = {
    '_read': 'read_bytes',
    '_write': 'write_bytes',
    '_read_req': 'read_operations',
    '_write_req': 'write_operations',
}
#: Of their interface counters, which are the guest's.
_INTERFACE = {'_rx': 'inbound_bytes', '_tx': 'outbound_bytes'}
#: Nova names a device after the port's first so many characters.
_PORT_CHARACTERS = 11

_CONFLICT = 409
_UNTOLD = 'The server does not run, or its host does not tell what it uses.'


@dataclasses.dataclass(frozen=True)
class Sample:
    """The counters of one moment.

    :ivar at: seconds, of the same clock as those that it is compared with
    :ivar counters: nanoseconds, periods, bytes or operations, by names such
        as ``cpu:0``, ``cpu:periods``, ``interface:<port id>:inbound_bytes``,
        ``disk:vda:read_bytes``
    """

    at: float
    counters: dict[str, int]


@dataclasses.dataclass(frozen=True)
class Look:
    """What was seen at one moment.

    :ivar live_tune: the read-back
    :ivar refusal: why it is not known what the server uses; None if it is
    """

    live_tune: Mapping[str, Any]
    sample: Sample
    refusal: errors.Refused | None = None


def look(
    client: api.LiveTune, server_id: str, clock: Callable[[], float]
) -> Look:
    """Look at a server.

    :param clock: tells seconds, where the cloud does not say when it counted
    :raises nova_live_tune.client.errors.Refused: if not even its limits are
        to be seen
    """
    try:
        live_tune = client.show(server_id, observed=True)
    except errors.TooOld:
        return _diagnosed(client, server_id, clock)
    sample = of_observed(live_tune)
    if sample is None:
        refusal = errors.Refused(_CONFLICT, _UNTOLD)
        return Look(live_tune, Sample(clock(), {}), refusal)
    return Look(live_tune, sample)


def _diagnosed(
    client: api.LiveTune, server_id: str, clock: Callable[[], float]
) -> Look:
    live_tune = client.show(server_id)
    try:
        diagnostics = client.diagnostics(server_id)
    except errors.Refused as refusal:
        return Look(live_tune, Sample(clock(), {}), refusal)
    return Look(live_tune, of_diagnostics(diagnostics, live_tune, clock()))


def of_observed(live_tune: Mapping[str, Any]) -> Sample | None:
    """Pick the counters of a read-back; None if it has none."""
    found: dict[str, Any] = {}
    at = None
    for prefix, target, observed in _seen(live_tune):
        at = at or observed[counters.AT]
        for counter in counters.of(target):
            name = f'{prefix}:{counter.name}'
            found[name] = counters.value(observed, counter)
        for number, time in enumerate(observed.get(counters.VCPU_TIMES, ())):
            found[f'cpu:{number}'] = time
    return _sample(_seconds(at), found) if at else None


def _seen(
    live_tune: Mapping[str, Any],
) -> Iterator[tuple[str, tunables.Target, dict[str, Any]]]:
    """Yield what counters begin with, and where they are."""
    for target, entry in [
        (tunables.CPU, live_tune['cpu']),
        *((tunables.INTERFACE, nic) for nic in live_tune['interfaces']),
        *((tunables.DISK, disk) for disk in live_tune['disks']),
    ]:
        device = entry.get('port_id') or entry.get('device')
        prefix = f'{target.name}:{device}' if device else target.name
        if entry.get('observed'):
            yield prefix, target, entry['observed']


def _seconds(at: str) -> float:
    # Python 3.10 knows no Z.
    return datetime.fromisoformat(at.replace('Z', '+00:00')).timestamp()


def of_diagnostics(
    diagnostics: Mapping[str, Any], live_tune: Mapping[str, Any], at: float
) -> Sample:
    """Pick the counters of the devices that a read-back lists."""
    return _sample(
        at,
        {
            **_vcpus(diagnostics),
            **_interfaces(diagnostics, live_tune),
            **_disks(diagnostics, live_tune),
        },
    )


def _sample(at: float, found: Mapping[str, Any]) -> Sample:
    known = {k: v for k, v in found.items() if v is not None}
    return Sample(at, known)


def _vcpus(diagnostics: Mapping[str, Any]) -> dict[str, Any]:
    matches = (re.fullmatch('cpu([0-9]+)_time', key) for key in diagnostics)
    return {f'cpu:{m[1]}': diagnostics[m[0]] for m in matches if m}


def _interfaces(
    diagnostics: Mapping[str, Any], live_tune: Mapping[str, Any]
) -> dict[str, Any]:
    # What stands before the port differs: tap, vhu.
    by_ending = {key[3:]: value for key, value in diagnostics.items()}
    return {
        f'interface:{nic["port_id"]}:{what}': by_ending.get(
            nic['port_id'][:_PORT_CHARACTERS] + suffix
        )
        for nic in live_tune['interfaces']
        for suffix, what in _INTERFACE.items()
    }


def _disks(
    diagnostics: Mapping[str, Any], live_tune: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        f'disk:{disk["device"]}:{what}': diagnostics.get(
            disk['device'] + suffix
        )
        for disk in live_tune['disks']
        for suffix, what in _DISK.items()
    }
