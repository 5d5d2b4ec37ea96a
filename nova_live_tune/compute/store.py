# SPDX-License-Identifier: Apache-2.0
"""What was set live, kept in the instance's system_metadata.

One key per entry (:mod:`nova_live_tune.compute.entries`), as system_metadata
limits key and value to 255 characters each: ``live_tune:cpu`` and the like.
``live_tune:generation`` counts the changes. ``live_tune:set`` is there exactly
while something is kept: the database finds the servers that have limits set
live by it. No API shows system_metadata, and it survives resize, migration,
evacuation, shelving, rescue and rebuild.

Whoever saves an instance with system_metadata that he read long ago takes what
is newer away. So there is a second copy in the domain's own metadata, written
after the first one was saved: the copy is never ahead of what was saved, and
if it is ahead of what is found, that has lost something. It stays when all is
taken back, so that what was lifted does not come back like that either.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from nova import objects

from nova_live_tune import clock, leases, tunables
from nova_live_tune.compute import devices, entries
from nova_live_tune.compute.devices import Device
from nova_live_tune.leases import Stack, Stand
from nova_live_tune.tunables import Values

PREFIX = 'live_tune:'
_GENERATION = f'{PREFIX}generation'
_MARK, _MARKED = f'{PREFIX}set', '1'

#: Nova's filter of the servers of which something is kept. It wants a value
#: with each key, and compares whole keys: so there is a mark.
FILTER = {'system_metadata': {_MARK: _MARKED}}


@dataclasses.dataclass(frozen=True)
class Kept:
    """All that is kept of one server.

    :ivar entries: the text of each, by its name
    :ivar now: when it is looked at, in seconds since 1970: what has ended by
        then is not in effect any more, though it may still be kept
    """

    generation: int
    entries: dict[str, str]
    now: float = dataclasses.field(
        default_factory=lambda: clock.now(), compare=False
    )

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
        if self.generation:
            metadata[_GENERATION] = str(self.generation)
        if self.entries:
            metadata[_MARK] = _MARKED

    def stack(self, device: Device) -> Stack:
        """Return what is kept of a device, leases that have ended too."""
        return entries.read(device, self.entries)

    def stand(self, device: Device) -> Stand:
        """Return what stands of a device now."""
        target = device.target
        # What the host adds to them makes no difference here.
        defaults = {**dict.fromkeys(target.names, 0), **target.defaults()}
        setting = device.setting(defaults)
        return leases.stand(setting, self.stack(device), self.now)

    def values(self, device: Device) -> Values:
        """Return the knobs of a device that count as set live now."""
        return self.stand(device).tuned

    def next_end(self, device: Device) -> float | None:
        """When a lease of a device ends next; None if there is none."""
        ends = self.stack(device).ends()
        return next((time for time in ends if time > self.now), None)

    def capped(self, found: Iterable[Device]) -> list[Device]:
        """Return devices with the ceilings that they have now."""
        return [
            dataclasses.replace(device, ceiling=self.stand(device).ceiling)
            for device in found
        ]

    def devices(self, instance: Any) -> list[Device]:
        """Return the server's devices of which something is kept."""
        names = {entries.owner(name) for name in self.entries}
        bdms = []
        if any(name.startswith('disk:') for name in names):
            bdms = objects.BlockDeviceMappingList.get_by_instance_uuid(
                instance._context, instance.uuid
            )
        found = devices.of_server(instance, bdms)
        return self.capped(d for d in found if entries.ident(d) in names)

    def only(self, found: Iterable[Device]) -> Kept:
        """Return it without what is kept of other devices."""
        names = {entries.ident(device) for device in found}
        return self._where(lambda name: name in names)

    def without_port(self, port_id: str) -> Kept:
        """Return it without what is kept of a port."""
        gone = f'{tunables.INTERFACE.name}:{port_id}'
        return self._where(lambda name: name != gone)

    def changed(self, stacks: Iterable[tuple[Device, Stack]]) -> Kept:
        """Return it with other stacks of devices, as the next generation."""
        left = dict(self.entries)
        for device, stack in stacks:
            ours = entries.ident(device)
            left = {k: v for k, v in left.items() if entries.owner(k) != ours}
            left.update(entries.write(device, stack))
        return Kept(self.generation + 1, left, self.now)

    def ends(self) -> list[float]:
        """When something ends, of whatever device, the next time first."""
        return entries.ends(self.entries)

    def has_ended(self) -> bool:
        """Whether something has ended of which the end is to be made."""
        return any(time <= self.now for time in self.ends())

    def _where(self, is_left: Callable[[str], bool]) -> Kept:
        left = {
            name: text
            for name, text in self.entries.items()
            if is_left(entries.owner(name))
        }
        return dataclasses.replace(self, entries=left)


def is_marked(instance: Any) -> bool:
    """Whether the mark is there just if something is kept.

    It is not on servers that were tuned before there was a mark.
    """
    marked = _MARK in instance.system_metadata
    return marked == bool(Kept.of(instance).entries)


def newest(instance: Any, copied: Kept | None) -> Kept:
    """Return what is kept, as the copy has it if the record lost something.

    :param copied: what the domain's copy has
    """
    kept = Kept.of(instance)
    if copied is not None and copied.generation > kept.generation:
        return copied
    return kept


def save(instance: Any, kept: Kept) -> Kept:
    """Make it what is kept, unless the server is busy meanwhile.

    :raises nova.exception.UnexpectedTaskStateError: if it is
    """
    kept.put_into(instance)
    instance.save(expected_task_state=[None])
    return kept


def forget_port(instance: Any, port_id: str) -> bool:
    """Forget what is kept of a port; return whether there was anything."""
    kept = Kept.of(instance)
    left = kept.without_port(port_id)
    if left == kept:
        return False
    left.changed(()).put_into(instance)
    return True


def number(text: str | None) -> int:
    """Read a generation; what is none counts as never changed."""
    return int(text) if text and text.isdigit() else 0
