# SPDX-License-Identifier: Apache-2.0
"""What was set live, kept in the instance's system_metadata.

One key per target, as system_metadata limits key and value to 255 characters
each: ``live_tune:cpu``, ``live_tune:interface:<port id>`` and
``live_tune:disk:<BDM uuid>``. The value lists the knobs by their short codes,
such as ``tb=10485760 ti=200``. No API shows system_metadata, and it survives
resize, migration, evacuation, shelving, rescue and rebuild.
"""

from __future__ import annotations

from typing import Any

from nova_live_tune.compute.devices import Device
from nova_live_tune.tunables import Values

PREFIX = 'live_tune'


def key(device: Device) -> str:
    """The system_metadata key of a device."""
    return ':'.join(filter(None, (PREFIX, device.target.name, device.ident)))


def load(instance: Any, device: Device) -> Values:
    """Return the knobs that were set live and are kept."""
    text = instance.system_metadata.get(key(device)) or ''
    pairs = dict(pair.split('=', 1) for pair in text.split())
    return {
        knob.name: int(pairs[knob.code])
        for knob in device.target
        if knob.code in pairs
    }


def put(instance: Any, device: Device, values: Values) -> None:
    """Change what is kept; nothing lasts until the instance is saved."""
    text = ' '.join(
        f'{knob.code}={values[knob.name]}'
        for knob in device.target
        if knob.name in values
    )
    if text:
        instance.system_metadata[key(device)] = text
    else:
        instance.system_metadata.pop(key(device), None)
