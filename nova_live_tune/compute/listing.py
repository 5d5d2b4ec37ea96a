# SPDX-License-Identifier: Apache-2.0
"""Which servers have limits set live, as the databases of all cells say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nova import context as nova_context
from nova import objects
from nova.compute import instance_list

from nova_live_tune import tunables
from nova_live_tune.compute import devices, entries, readback, store
from nova_live_tune.compute.store import Kept

_ATTRS = ['system_metadata', 'info_cache', 'flavor']


def search(
    context: Any, filters: Mapping[str, Any], limit: int, marker: str | None
) -> list[Any]:
    """Return the instances of which something is kept, the newest first.

    Deleted ones are left out, and so are the cells that do not answer, if
    Nova is configured to do without them.

    :param filters: further ones, as Nova has them: ``host``, ``project_id``
    :param limit: how many at most
    :param marker: the id of the server after which to begin
    :raises nova.exception.MarkerNotFound: if there never was such a server
    """
    found, _ = instance_list.get_instance_objects_sorted(
        context,
        {**filters, **store.FILTER, 'deleted': False},
        limit,
        marker,
        _ATTRS,
        # Nova adds the id, which makes the order unambiguous.
        ['created_at'],
        ['desc'],
    )
    return list(found)


def tuned(
    context: Any, instances: Iterable[Any]
) -> list[tuple[Any, dict[str, Any]]]:
    """Return each instance with what was set live of its devices.

    Those of which nothing counts any more are left out: the devices are gone,
    or the leases have ended while the server was off. One that moves between
    cells may be in both of them; it is returned once.
    """
    kept = {i.uuid: (i, Kept.of(i)) for i in instances}
    bdms = _bdms(
        context,
        [
            uuid
            for uuid, (_, its) in kept.items()
            if any(entries.owner(n).startswith('disk:') for n in its.entries)
        ],
    )
    result = []
    for uuid, (instance, its) in kept.items():
        found = devices.of_server(instance, bdms.get(uuid, ()))
        if any(its.values(device) for device in found):
            result.append((instance, _describe(its, found)))
    return result


def _describe(kept: Kept, found: Iterable[devices.Device]) -> dict[str, Any]:
    """What the read-back says is tuned, of the devices that are."""
    shown = [
        device
        for device in found
        if device.target.selector is None or kept.values(device)
    ]
    described = [
        readback.brief(device, kept.values(device), kept.next_end(device))
        for device in shown
    ]
    return readback.collect(shown, described, tunables.TARGETS)


def _bdms(context: Any, uuids: Sequence[str]) -> dict[str, Any]:
    """Return the block device mappings of each instance, whatever its cell."""
    if not uuids:
        return {}
    mappings = objects.InstanceMappingList.get_by_instance_uuids(
        context, uuids
    )
    cells = {
        mapping.cell_mapping.uuid: mapping.cell_mapping
        for mapping in mappings
        if mapping.cell_mapping
    }
    answers = nova_context.scatter_gather_cells(
        context,
        list(cells.values()),
        nova_context.CELL_TIMEOUT,
        objects.BlockDeviceMappingList.bdms_by_instance_uuid,
        uuids,
    )
    found: dict[str, Any] = {}
    for answer in answers.values():
        # Nova has logged the cells that fail or take too long.
        if not nova_context.is_cell_failure_sentinel(answer):
            found.update(answer)
    return found
