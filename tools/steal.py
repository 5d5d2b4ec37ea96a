# SPDX-License-Identifier: Apache-2.0
"""How much of a virtual machine's CPU time its host gave to others.

What takes longer than it should may be no fault of what is run.
"""

import pathlib

_STAT = pathlib.Path('/proc/stat')


def times():
    """Return what all CPUs have had stolen since the boot, and their time."""
    line = _STAT.read_text().partition('\n')[0]
    # user, nice, system, idle, iowait, irq, softirq, steal; what guests of
    # this machine had is among user and nice.
    spent = [int(ticks) for ticks in line.split()[1:9]]
    return spent[-1], sum(spent)


def percentage(since):
    """Return the share that was stolen, in %.

    :param since: the times of then
    """
    stolen, whole = (now - then for now, then in zip(times(), since))
    return 100 * stolen / whole if whole else 0.0
