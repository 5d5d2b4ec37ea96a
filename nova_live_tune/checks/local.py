# SPDX-License-Identifier: Apache-2.0
"""The machine that the command runs on: is it a compute host of libvirt's?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nova.conf
from nova import exception
from nova.virt.libvirt import driver
from oslo_utils import importutils

from nova_live_tune.checks import results

#: How Nova names its drivers for libvirt.
LIBVIRT = 'libvirt.'


def binding() -> Any:
    """libvirt's for Python; None where it is not installed."""
    return importutils.try_import('libvirt')


def absence() -> str | None:
    """Return why this is no compute host of libvirt's; None if it is one."""
    configured = nova.conf.CONF.compute_driver
    if configured is None:
        return 'its configuration has no compute_driver'
    if not configured.startswith(LIBVIRT):
        return f'its compute_driver is {configured}'
    if binding() is None:
        return "libvirt's binding for Python is not installed"
    return None


def connect() -> Any:
    """Return a connection to libvirt that can change nothing.

    :raises nova.exception.HypervisorUnavailable: with libvirt's own words
    """
    libvirt = binding()
    # It would print each error, too.
    libvirt.registerErrorHandler(lambda *_: None, None)
    try:
        return libvirt.openReadOnly(driver.LibvirtDriver._uri())
    except libvirt.libvirtError as error:
        raise exception.HypervisorUnavailable(str(error)) from error


def only(check: Callable[[], results.Result]) -> results.Result:
    """Check a compute host, and let any other machine be."""
    why = absence()
    if why is None:
        return check()
    return results.success(
        f'This is no compute host of libvirt, as {why}: nothing to check.'
    )
