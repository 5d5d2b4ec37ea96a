# SPDX-License-Identifier: Apache-2.0
"""What is installed of us, and what of it runs."""

from __future__ import annotations

from importlib import metadata

from nova_live_tune.patching import series

NAME = 'nova-live-tune'

#: Of what this process runs, whatever is installed meanwhile.
VERSION = series.package_version()

#: How the namespaces begin that our patches make Nova ask for.
NOVA = 'nova.'


def hooks() -> dict[str, set[str]]:
    """What Nova has to find of us: names of entry points by namespace."""
    found: dict[str, set[str]] = {}
    for entry_point in metadata.distribution(NAME).entry_points:
        if entry_point.group.startswith(NOVA):
            found.setdefault(entry_point.group, set()).add(entry_point.name)
    return found
