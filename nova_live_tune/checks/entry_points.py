# SPDX-License-Identifier: Apache-2.0
"""Whether this interpreter's Nova finds what we register for it."""

from __future__ import annotations

import sys
from typing import Any

import stevedore

from nova_live_tune.checks import package, results

ADVICE = (
    f'Install {package.NAME}, with what it requires, for the interpreter '
    f'{sys.executable} that runs Nova.'
)


def check() -> results.Result:
    problems: list[str] = []

    def not_loaded(manager: Any, entry_point: Any, error: Any) -> None:
        problems.append(f'{entry_point.name} of {manager.namespace}: {error}')

    expected = package.hooks()
    for namespace, names in sorted(expected.items()):
        found = stevedore.ExtensionManager(
            namespace, on_load_failure_callback=not_loaded
        )
        # Those that do not load are told of already.
        for name in sorted(names - set(found.entry_points_names())):
            problems.append(f'{name} of {namespace} is not found')
    if not expected:
        problems.append(f'{package.NAME} has no entry points for Nova')
    if problems:
        return results.failure(f'{"; ".join(problems)}. {ADVICE}')
    return results.success(
        f'{sys.executable} finds and loads {len(expected)} hooks of '
        f'{package.NAME} {package.VERSION}.'
    )
