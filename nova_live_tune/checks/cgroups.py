# SPDX-License-Identifier: Apache-2.0
"""Whether a CPU limit takes effect: the host's cpu cgroup controller."""

from __future__ import annotations

from pathlib import Path

from nova_live_tune.checks import results
from nova_live_tune.virt.libvirt import guest

#: Of cgroup v2: the controllers that the host has.
CONTROLLERS = Path('/sys/fs/cgroup/cgroup.controllers')
#: Of cgroup v1: each controller is an option of a mount.
MOUNTS = Path('/proc/self/mounts')

ADVICE = {
    1: "Mount it, and take cgroup_disable=cpu off the kernel's command line "
    'if it is there.',
    2: "Take cgroup_disable=cpu off the kernel's command line, or hand it on "
    'where nova-compute runs in a container.',
}


def check() -> results.Result:
    version = guest.cgroup_version()
    there = _has_v2_cpu() if version == 2 else _has_v1_cpu()
    if there:
        return results.success(f'cgroup v{version} has its cpu controller.')
    return results.failure(
        f'cgroup v{version} has no cpu controller, so no CPU limit can be '
        f'set. {ADVICE[version]}'
    )


def _has_v2_cpu() -> bool:
    return 'cpu' in CONTROLLERS.read_text().split()


def _has_v1_cpu() -> bool:
    mounts = (line.split() for line in MOUNTS.read_text().splitlines())
    return any(
        kind == 'cgroup' and 'cpu' in options.split(',')
        for _, _, kind, options, *_ in mounts
    )
