# SPDX-License-Identifier: Apache-2.0
"""How far a quota held a guest back: the counters of its vCPUs' cgroups.

libvirt tells none of this. The files of the cgroups are open to everybody;
where the guest's are not found or not open, nothing is known, which is not
the same as 0.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

#: What is mounted where nova-compute runs.
MOUNTS = Path('/proc/self/mounts')

_MACHINE = re.compile(r'(?:machine-)?qemu-(\d+)-(.*)\.(?:scope|libvirt-qemu)')
#: The partitions at the top that libvirt does not mark.
_FIXED = ('machine', 'system', 'user')
_NAMES = ('periods', 'throttled_periods', 'throttled_time')


class Unknown(Exception):
    """Nobody can tell; its text is a sentence that says why."""


def read(number: int, name: str, partition: str) -> dict[str, int]:
    """Return the counters of a domain, summed over its vCPUs.

    :param number: the domain's id, which it has while it runs
    :param partition: libvirt's resource partition, such as ``/machine``
    :returns: ``periods`` and ``throttled_periods``, and ``throttled_time`` in
        nanoseconds
    :raises Unknown: if there are none to be read
    """
    try:
        groups = next(_groups(number, name, partition))
        each = [_counters(group) for group in groups]
    except StopIteration:
        raise Unknown(
            "The guest's CPU cgroup is not found where nova-compute runs."
        ) from None
    except OSError as error:
        raise Unknown(
            f"The guest's CPU cgroup cannot be read: {error.strerror}."
        ) from error
    return dict(zip(_NAMES, map(sum, zip(*each))))


def _groups(number: int, name: str, partition: str) -> Iterator[list[Path]]:
    """Yield the folders of the vCPUs, wherever they are."""
    for mount in _mounts():
        for folder in _partitions(mount, partition):
            for machine in _machines(folder, number, name):
                # With systemd on cgroup v2, libvirt works one level below.
                for place in (machine, machine / 'libvirt'):
                    found = list(place.glob('vcpu[0-9]*'))
                    if found:
                        yield found


def _mounts() -> Iterable[Path]:
    """Where the cpu controller can be: v1's own before the one of v2."""
    found: dict[bool, Path] = {}
    for line in MOUNTS.read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == 'cgroup2' or (
            kind == 'cgroup' and 'cpu' in options.split(',')
        ):
            found.setdefault(kind == 'cgroup2', Path(_unescaped(where)))
    return [found[is_v2] for is_v2 in sorted(found)]


def _partitions(mount: Path, partition: str) -> Iterator[Path]:
    """Where a partition is without systemd, and where with it."""
    steps = [step for step in partition.split('/') if step]
    plain = [_plain(step, not n) for n, step in enumerate(steps)]
    yield mount.joinpath(*plain)
    slices = ('-'.join(steps[: n + 1]) for n in range(len(steps)))
    yield mount.joinpath(*(f'{name}.slice' for name in slices))


def _plain(step: str, is_first: bool) -> str:
    """libvirt marks a partition's folders unless their names are marked."""
    if '.' in step or (is_first and step in _FIXED):
        return step
    return f'{step}.partition'


def _machines(folder: Path, number: int, name: str) -> Iterator[Path]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            match = _MACHINE.fullmatch(_unescaped(entry.name))
            if match and int(match[1]) == number and _is_cut(match[2], name):
                yield Path(entry.path)


def _is_cut(cut: str, name: str) -> bool:
    """libvirt leaves out what a host's name may not have, and the end."""
    return _letters(name).startswith(_letters(cut))


def _letters(name: str) -> str:
    return re.sub('[^0-9A-Za-z]', '', name)


def _unescaped(name: str) -> str:
    r"""Read systemd's ``\x2d`` and the kernel's ``\040``."""
    name = re.sub(r'\\x([0-9a-f]{2})', lambda m: chr(int(m[1], 16)), name)
    return re.sub(r'\\([0-7]{3})', lambda m: chr(int(m[1], 8)), name)


def _counters(group: Path) -> tuple[int, int, int]:
    lines = (group / 'cpu.stat').read_text().splitlines()
    found = {key: int(number) for key, number in map(str.split, lines)}
    if 'nr_periods' not in found:
        raise Unknown("The guest's cgroup has no cpu controller.")
    time = found.get('throttled_time')
    if time is None:
        time = found['throttled_usec'] * 1000
    return found['nr_periods'], found['nr_throttled'], time
