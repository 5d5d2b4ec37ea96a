# SPDX-License-Identifier: Apache-2.0
"""The overlay: what was set live, laid over the XML that Nova makes.

Nova makes a guest's XML from its flavor. These are the two places through
which all of it goes, and neither may ever stop a boot or a migration.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml import etree
from oslo_log import log as logging

from nova_live_tune import conf
from nova_live_tune.compute import record
from nova_live_tune.compute.store import Kept
from nova_live_tune.metrics import counting, table
from nova_live_tune.tunables import SHARES_RANGES
from nova_live_tune.virt.libvirt import checks, xml

LOG = logging.getLogger(__name__)


def guest_xml(
    text: str, instance: Any, block_device_info: Any, rescue: Any
) -> str:
    """Overlay the XML by which a guest is (re)defined.

    :param rescue: what Nova rescues the guest with, which is not to have all
        of its disks then; None if it does not
    """
    try:
        domain = etree.fromstring(text)
        if not _lay(domain, instance, quiet=rescue is not None):
            return text
        return str(etree.tostring(domain, encoding='unicode'))
    except Exception as error:
        _failed(instance, error)
        return text


def migration_xml(document: Any, instance: Any, migrate_data: Any) -> Any:
    """Overlay the XML that a live migration sends to the other host."""
    # Of that host's cgroups nothing is known here.
    original = etree.tostring(document)
    try:
        _lay(document, instance, cgroup_versions=SHARES_RANGES)
        return document
    except Exception as error:
        _failed(instance, error)
        return etree.fromstring(original)


def _lay(
    domain: Any,
    instance: Any,
    cgroup_versions: Iterable[int] = (),
    quiet: bool = False,
) -> bool:
    """Lay all that is kept over a domain's XML.

    :returns: whether there was anything to do
    """
    kept = Kept.of(instance)
    # One of which everything was taken back has a generation, too.
    if not conf.options().overlay or not kept.generation:
        return False
    found = kept.devices(instance)
    problems = []
    for device in found:
        element = xml.find(domain, device)
        if element is None and quiet:
            continue
        values, reasons = checks.desired(
            element, device, kept.values(device), cgroup_versions
        )
        if element is not None:
            xml.put(element, device.target, values)
        problems += [f'{device}: {reason}' for reason in reasons]
    xml.put_kept(domain, kept.only(found))
    if problems:
        counting.count(table.OVERLAY_FAILURES, extent='part')
        record.not_in_effect(instance, problems)
    return True


def _failed(instance: Any, error: Exception) -> None:
    counting.count(table.OVERLAY_FAILURES, extent='all')
    LOG.exception('The limits that were set live are not laid over its XML')
    record.not_in_effect(instance, [f'{type(error).__name__}: {error}'])
