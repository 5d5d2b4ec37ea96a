# SPDX-License-Identifier: Apache-2.0
"""What libvirt itself says of a domain's limits, in the API's own shape."""

from typing import Any
from xml.etree import ElementTree

from lab.probe import on

CPU = {
    'quota': 'vcpu_quota',
    'period': 'vcpu_period',
    'shares': 'cpu_shares',
}


def parameters(host: str, command: str, *arguments: str) -> dict[str, int]:
    lines = on(host, 'virsh', '--readonly', command, *arguments).splitlines()
    pairs = (line.split(':', 1) for line in lines if ':' in line)
    return {
        name.strip(): int(value)
        for name, value in pairs
        if value.strip().lstrip('-').isdigit()
    }


def cpu(host: str, domain: str) -> dict[str, Any]:
    reported = parameters(host, 'schedinfo', domain)
    return {name: reported[key] for name, key in CPU.items()}


def interface(host: str, domain: str, mac: str) -> dict[str, Any]:
    reported = parameters(host, 'domiftune', domain, mac)
    return {
        direction: {
            name: reported[f'{direction}.{name}']
            for name in ('average', 'peak', 'burst')
        }
        for direction in ('inbound', 'outbound')
    }


def disk(host: str, domain: str, device: str) -> dict[str, Any]:
    return dict(parameters(host, 'blkdeviotune', domain, device))


def of(host: str, domain: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The limits of what one answer of the API is about."""
    if 'interface' in answer:
        return interface(host, domain, answer['interface']['mac_address'])
    if 'disk' in answer:
        return disk(host, domain, answer['disk']['device'])
    return cpu(host, domain)


#: What stands in the XML once it was set, though it is what holds without.
DEFAULTS = {'quota': '-1', 'period': '100000', 'shares': '1024'}
SECTIONS = {
    'cpu': 'cputune',
    'interfaces': 'devices/interface/bandwidth',
    'disks': 'devices/disk/iotune',
    'metadata': 'metadata/{urn:nova-live-tune:kept:1.0}kept',
}


def sections(host: str, domain: str, *options: str) -> dict[str, list[str]]:
    """The parts of a domain's XML that are about limits."""
    text = on(host, 'virsh', '--readonly', 'dumpxml', domain, *options)
    tree = ElementTree.fromstring(text)
    return {
        name: [
            _canonical(element)
            for element in map(_without_defaults, tree.iterfind(path))
            if len(element)
        ]
        for name, path in SECTIONS.items()
    }


def _without_defaults(section: ElementTree.Element) -> ElementTree.Element:
    for element in list(section):
        if element.text == DEFAULTS.get(element.tag):
            section.remove(element)
    return section


def _canonical(section: ElementTree.Element) -> str:
    text = ElementTree.tostring(section, encoding='unicode')
    return ElementTree.canonicalize(text, strip_text=True)
