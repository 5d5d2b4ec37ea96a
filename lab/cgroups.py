# SPDX-License-Identifier: Apache-2.0
"""A child of its own for each host in every cgroup hierarchy, v1 and v2."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

PARENT = 'nova-live-tune-lab'
LEAF = (
    'init'  # v2 allows processes only in leaves once controllers are handed on
)
PATIENCE = 10


@dataclass(frozen=True)
class Hierarchy:
    kind: str
    mounted: Path
    options: str

    @property
    def is_v2(self) -> bool:
        return self.kind == 'cgroup2'


GENERAL = {'rw', 'ro', 'nosuid', 'nodev', 'noexec', 'relatime', 'noatime'}


def hierarchies() -> list[Hierarchy]:
    found = []
    for line in Path('/proc/self/mounts').read_text().splitlines():
        _, mounted, kind, options, *_ = line.split()
        if kind in ('cgroup', 'cgroup2'):
            own = [word for word in options.split(',') if word not in GENERAL]
            found.append(Hierarchy(kind, Path(mounted), ','.join(own)))
    return found


def _hand_on_controllers(group: Path) -> None:
    for controller in (group / 'cgroup.controllers').read_text().split():
        try:
            (group / 'cgroup.subtree_control').write_text(f'+{controller}')
        except OSError:  # not every controller can be handed on everywhere
            continue


def _inherit_cpuset(group: Path) -> None:
    """A new v1 cpuset has no CPUs, and takes no process, until told."""
    for name in ('cpuset.cpus', 'cpuset.mems'):
        if (group / name).exists():
            (group / name).write_text((group.parent / name).read_text())


def create(name: str) -> None:
    for hierarchy in hierarchies():
        parent = hierarchy.mounted / PARENT
        for group in (parent, parent / name):
            if hierarchy.is_v2:
                _hand_on_controllers(group.parent)
            group.mkdir(exist_ok=True)
            _inherit_cpuset(group)
        _weigh(parent)


def _weigh(group: Path) -> None:
    """Let the lab, dozens of processes, count as eight of them, not as one.

    Beside a busy compiler, say, its guests would else be starved.
    """
    for name, weight in (('cpu.shares', 8 * 1024), ('cpu.weight', 8 * 100)):
        if (group / name).exists():
            (group / name).write_text(str(weight))


def join(name: str) -> None:
    for hierarchy in hierarchies():
        group = hierarchy.mounted / PARENT / name
        (group / 'cgroup.procs').write_text(str(os.getpid()))


def leave_root(name: str, pid: int) -> None:
    """Move a process of the host's from its v2 root to the leaf."""
    for hierarchy in hierarchies():
        if hierarchy.is_v2:
            leaf = hierarchy.mounted / PARENT / name / LEAF
            leaf.mkdir(exist_ok=True)
            (leaf / 'cgroup.procs').write_text(str(pid))


def remove(name: str) -> None:
    for hierarchy in hierarchies():
        _remove_tree(hierarchy.mounted / PARENT / name)
        parent = hierarchy.mounted / PARENT
        if parent.is_dir() and not any(
            entry.is_dir() for entry in parent.iterdir()
        ):
            parent.rmdir()


def _remove_tree(group: Path) -> None:
    folders = [Path(folder) for folder, _, _ in os.walk(group, topdown=False)]
    end = time.monotonic() + PATIENCE
    for folder in folders:
        while folder.exists():
            try:
                folder.rmdir()
            except OSError:  # its last processes are still ending
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
