# SPDX-License-Identifier: Apache-2.0
"""Limits in a domain's XML: where they stand, and of which device."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from nova_live_tune import tunables
from nova_live_tune.compute.devices import Device
from nova_live_tune.compute.store import Kept, number
from nova_live_tune.tunables import Knob, Target, Values

#: libvirt's element that holds the limits of a target.
SECTIONS = {'cpu': 'cputune', 'interface': 'bandwidth', 'disk': 'iotune'}

#: Of our element in a domain's metadata.
NAMESPACE = 'urn:nova-live-tune:kept:1.0'
PREFIX = 'live_tune'
_SPACE = f'{{{NAMESPACE}}}'
_KEPT, _LIMITS = 'kept', 'limits'


def find(domain: Any, device: Device) -> Any | None:
    """Return the element that holds a device's section; None without one.

    A port is known by its MAC address, a volume by the serial that is its id,
    and a local disk by its image's name: a disk's target can move.
    """
    if device.target is tunables.CPU:
        return domain
    if device.target is tunables.INTERFACE:
        return _interface(domain, device.libvirt_name)
    if device.names['volume_id']:
        return _volume(domain, device)
    return _local_disk(domain, device.image)


def _interface(domain: Any, mac: str) -> Any | None:
    for element in domain.iterfind('devices/interface'):
        address = element.find('mac')
        if address is not None and address.get('address') == mac.lower():
            return element
    return None


def _volume(domain: Any, device: Device) -> Any | None:
    found = None
    for element in domain.iterfind('devices/disk[serial]'):
        if element.findtext('serial') == device.names['volume_id']:
            return element
        # One that was swapped for another keeps the first one's serial.
        if target_name(element) == device.libvirt_name:
            found = element
    return found


def _local_disk(domain: Any, image: str) -> Any | None:
    # A file .../<uuid>/disk, a logical volume .../<uuid>_disk, or an RBD
    # image pool/<uuid>_disk.
    pattern = re.compile(f'(^|[/_]){re.escape(image)}$')
    for element in domain.iterfind('devices/disk'):
        source = element.find('source')
        names = [] if source is None else source.attrib.values()
        if any(pattern.search(name) for name in names):
            return element
    return None


def target_name(disk: Any) -> str:
    """What libvirt calls a disk."""
    target = disk.find('target')
    return '' if target is None else str(target.get('dev'))


def put(element: Any, target: Target, values: Values) -> None:
    """Write limits into a device's element.

    :param values: whole groups; a limit that is lifted leaves the XML
    """
    section = element.find(SECTIONS[target.name])
    if section is None:
        section = etree.SubElement(element, SECTIONS[target.name])
    for knob in target:
        if knob.name in values:
            _put_one(section, knob, values[knob.name])
    for empty in [e for e in section if not (len(e) or e.text or e.attrib)]:
        section.remove(empty)
    if not len(section):
        element.remove(section)


def _put_one(section: Any, knob: Knob, value: int) -> None:
    place = section.find(knob.path[0])
    if place is None:
        place = etree.SubElement(section, knob.path[0])
    text = None if value == knob.unlimited else str(value)
    if len(knob.path) == 1:
        place.text = text
    elif text is None:
        place.attrib.pop(knob.path[1], None)
    else:
        place.set(knob.path[1], text)


def limits(domain: Any) -> str:
    """All of a domain's limits and our copy as one text, to be compared."""
    sections = [
        *domain.iterfind('cputune'),
        *domain.iterfind('devices/interface/bandwidth'),
        *domain.iterfind('devices/disk/iotune'),
        *domain.iterfind(f'metadata/{_SPACE}{_KEPT}'),
    ]
    return '\n'.join(
        etree.tostring(section, encoding='unicode', with_tail=False)
        for section in sections
    )


def kept_text(kept: Kept) -> str:
    """Return what is kept as setMetadata() wants it.

    Without a namespace, as libvirt adds it to each element itself, and refuses
    a text that has it already.
    """
    return str(etree.tostring(_kept_element(kept, ''), encoding='unicode'))


def kept(domain: Any) -> Kept | None:
    """Read what is kept from a domain's metadata."""
    root = domain.find(f'metadata/{_SPACE}{_KEPT}')
    if root is None:
        return None
    limits = root.iter(f'{_SPACE}{_LIMITS}')
    entries = {e.get('of', ''): e.text or '' for e in limits}
    return Kept(number(root.get('generation')), entries)


def put_kept(domain: Any, kept: Kept) -> None:
    """Write what is kept into a domain's metadata."""
    metadata = domain.find('metadata')
    if metadata is None:
        metadata = etree.SubElement(domain, 'metadata')
    for old in metadata.findall(f'{_SPACE}{_KEPT}'):
        metadata.remove(old)
    metadata.append(_kept_element(kept, _SPACE))


def _kept_element(kept: Kept, space: str) -> Any:
    nsmap = {PREFIX: NAMESPACE} if space else None
    generation = {'generation': str(kept.generation)}
    root = etree.Element(f'{space}{_KEPT}', generation, nsmap=nsmap)
    for name, text in sorted(kept.entries.items()):
        etree.SubElement(root, f'{space}{_LIMITS}', {'of': name}).text = text
    return root
