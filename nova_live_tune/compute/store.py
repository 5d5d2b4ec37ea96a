# SPDX-License-Identifier: Apache-2.0
"""What was set live, kept in the instance's system_metadata.

One key per target, as system_metadata limits key and value to 255 characters
each: ``live_tune:cpu``, ``live_tune:interface:<port id>`` and
``live_tune:disk:<BDM uuid>``. The value lists the knobs by their short codes,
such as ``tb=10485760 ti=200``. ``live_tune:generation`` counts the changes.
``live_tune:ceiling:cpu`` and the like keep what was set by somebody who may
exceed the bounds: for the others it is one, also when they have set less.
``live_tune:set`` is there exactly while something is kept: the database finds
the servers that have limits set live by it. No API shows system_metadata, and
it survives resize, migration, evacuation, shelving, rescue and rebuild.

Whoever saves an instance with system_metadata that he read long ago takes what
is newer away. So there is a second copy in the domain's own metadata, written
after the first one was saved: the copy is never ahead of what was saved, and
if it is ahead of what is found, that has lost something. It stays when all is
taken back, so that what was lifted does not come back like that either.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any

from nova import objects

from nova_live_tune import tunables
from nova_live_tune.compute import devices
from nova_live_tune.compute.devices import Device
from nova_live_tune.tunables import Target, Values

PREFIX = 'live_tune:'
_GENERATION = f'{PREFIX}generation'
_CEILING = 'ceiling:'
_MARK, _MARKED = f'{PREFIX}set', '1'

#: Nova's filter of the servers of which something is kept. It wants a value
#: with each key, and compares whole keys: so there is a mark.
FILTER = {'system_metadata': {_MARK: _MARKED}}


@dataclasses.dataclass(frozen=True)
class Kept:
    """All that is kept of one server.

    :ivar entries: by device, as :func:`ident` names it, the text of its knobs
    """

    generation: int
    entries: dict[str, str]

    @classmethod
    def of(cls, instance: Any) -> Kept:
        ours = {
            key[len(PREFIX) :]: text
            for key, text in instance.system_metadata.items()
            if key.startswith(PREFIX)
        }
        ours.pop('set', None)
        return cls(number(ours.pop('generation', '')), ours)

    def put_into(self, instance: Any) -> None:
        """Make it what is kept; nothing lasts until the instance is saved."""
        metadata = instance.system_metadata
        for key in [key for key in metadata if key.startswith(PREFIX)]:
            del metadata[key]
        metadata.update(
            {f'{PREFIX}{name}': text for name, text in self.entries.items()}
        )
        metadata[_GENERATION] = str(self.generation)
        _mark(instance)

    def values(self, device: Device) -> Values:
        """Return the knobs of a device that were set live."""
        text = self.entries.get(ident(device), '')
        return from_text(device.target, text)

    def ceiling(self, device: Device) -> Values:
        """Return what somebody set of a device who may exceed the bounds."""
        text = self.entries.get(f'{_CEILING}{ident(device)}', '')
        return from_text(device.target, text)

    def devices(self, instance: Any) -> list[Device]:
        """Return the server's devices of which something is kept."""
        bdms = []
        if any('disk:' in name for name in self.entries):
            bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(
                instance._context, instance.uuid
            )
        found = devices.of_server(instance, bdms)
        return [
            dataclasses.replace(device, ceiling=self.ceiling(device))
            for device in found
            if not self.entries.keys().isdisjoint(idents(device))
        ]

    def only(self, found: Iterable[Device]) -> Kept:
        """Return it without what is kept of other devices."""
        names = {name for device in found for name in idents(device)}
        entries = {k: v for k, v in self.entries.items() if k in names}
        return dataclasses.replace(self, entries=entries)


def ident(device: Device) -> str:
    """What a device is kept under."""
    return ':'.join(filter(None, (device.target.name, device.ident)))


def idents(device: Device) -> list[str]:
    """All that a device is kept under, its ceiling too."""
    return [ident(device), f'{_CEILING}{ident(device)}']


def forget_port(instance: Any, port_id: str) -> bool:
    """Forget what is kept of a port; return whether there was anything."""
    name = f'{tunables.INTERFACE.name}:{port_id}'
    metadata = instance.system_metadata
    ours = [f'{PREFIX}{name}', f'{PREFIX}{_CEILING}{name}']
    if not [key for key in ours if metadata.pop(key, None) is not None]:
        return False
    _mark(instance)
    count_change(instance)
    return True


def key(device: Device) -> str:
    """The system_metadata key of a device."""
    return f'{PREFIX}{ident(device)}'


def load(instance: Any, device: Device) -> Values:
    """Return the knobs that were set live and are kept."""
    text = instance.system_metadata.get(key(device)) or ''
    return from_text(device.target, text)


def capped(instance: Any, found: Iterable[Device]) -> list[Device]:
    """Return the devices with the ceilings that are kept of them."""
    kept = Kept.of(instance)
    return [
        dataclasses.replace(device, ceiling=kept.ceiling(device))
        for device in found
    ]


def put(
    instance: Any,
    device: Device,
    values: Values,
    ceiling: Values | None = None,
) -> None:
    """Change what is kept; nothing lasts until the instance is saved."""
    for name, what in zip(idents(device), (values, ceiling or {})):
        text = _to_text(device.target, what)
        if text:
            instance.system_metadata[f'{PREFIX}{name}'] = text
        else:
            instance.system_metadata.pop(f'{PREFIX}{name}', None)
    _mark(instance)


def _to_text(target: Target, values: Values) -> str:
    return ' '.join(
        f'{knob.code}={values[knob.name]}'
        for knob in target
        if knob.name in values
    )


def is_marked(instance: Any) -> bool:
    """Whether the mark is there just if something is kept.

    It is not on servers that were tuned before there was a mark.
    """
    marked = _MARK in instance.system_metadata
    return marked == bool(Kept.of(instance).entries)


def _mark(instance: Any) -> None:
    if Kept.of(instance).entries:
        instance.system_metadata[_MARK] = _MARKED
    else:
        instance.system_metadata.pop(_MARK, None)


def count_change(instance: Any) -> None:
    """Say that what is kept is newer than before."""
    metadata = instance.system_metadata
    metadata[_GENERATION] = str(number(metadata.get(_GENERATION)) + 1)


def generation(instance: Any) -> int:
    """How often what is kept has changed."""
    return number(instance.system_metadata.get(_GENERATION))


def from_text(target: Target, text: str) -> Values:
    pairs = dict(pair.split('=', 1) for pair in text.split() if '=' in pair)
    return {
        knob.name: int(pairs[knob.code])
        for knob in target
        if knob.code in pairs
    }


def number(text: str | None) -> int:
    """Read a generation; what is none counts as never changed."""
    return int(text) if text and text.isdigit() else 0
