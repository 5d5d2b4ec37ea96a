# SPDX-License-Identifier: Apache-2.0
"""Whether libvirt and QEMU have what our setters call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova import exception
from oslo_utils import versionutils

from nova_live_tune.checks import results

#: The youngest of what we use are the lengths of a disk's bursts.
NEEDED = {'libvirt': (2, 4, 0), 'QEMU': (2, 6, 0)}


#: Returns a connection to libvirt, or raises HypervisorUnavailable.
Connect = Callable[[], Any]


def found(connect: Connect) -> dict[str, str]:
    """Return which versions run on this host, by name."""
    connection = connect()
    numbers = {
        'libvirt': connection.getLibVersion(),
        'QEMU': connection.getVersion(),
    }
    return {
        name: str(versionutils.convert_version_to_str(number))
        for name, number in numbers.items()
    }


def check(connect: Connect) -> results.Result:
    try:
        running = found(connect)
    except exception.HypervisorUnavailable as error:
        return results.failure(
            f'libvirt does not answer ({error}). Start it, and let the user '
            'of Nova connect to it.'
        )
    told = ' and '.join(f'{name} {text}' for name, text in running.items())
    old = [name for name, text in running.items() if _is_old(name, text)]
    if old:
        needed = ' and '.join(f'{n} {_dotted(NEEDED[n])}' for n in old)
        return results.failure(
            f'{told} cannot set all limits. Upgrade to {needed} at least.'
        )
    return results.success(f'{told} can set all limits.')


def _is_old(name: str, running: str) -> bool:
    return versionutils.convert_version_to_tuple(running) < NEEDED[name]


def _dotted(version: tuple[int, ...]) -> str:
    return '.'.join(map(str, version))
