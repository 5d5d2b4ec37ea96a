# SPDX-License-Identifier: Apache-2.0
"""Whether Nova's enforcer knows our rules, and a policy file them alone."""

from __future__ import annotations

import nova.conf
from nova import policies as nova_policies
from nova import policy

from nova_live_tune.api import policies
from nova_live_tune.checks import results


def check() -> results.Result:
    try:
        policy.init(suppress_deprecation_warnings=True)
    except ValueError as error:
        return results.failure(
            f'The policy file {_file()} cannot be read: {error}. Nova '
            'refuses every request until it is mended.'
        )
    ours = {rule.name for rule in policies.list_rules()}
    known = {rule.name for rule in nova_policies.list_rules()}
    if not ours <= known:
        missing = ', '.join(sorted(ours - known))
        return results.failure(
            f'Nova does not know the rules {missing}. Patch it and install '
            'the package for its interpreter, as the checks above advise.'
        )
    return _overrides(ours)


def _overrides(ours: set[str]) -> results.Result:
    # All that the enforcer goes by: Nova's defaults, ours, the file's.
    named = {name for name in policy.get_rules() if _is_of_ours(name)}
    if named - ours:
        unknown = ', '.join(sorted(named - ours))
        return results.warning(
            f'{_file()} overrides {unknown}, of which there is no such rule. '
            f'Take it out, or correct it to one of {", ".join(sorted(ours))}.'
        )
    return results.success(f"Nova's enforcer has our {len(ours)} rules.")


def _is_of_ours(name: str) -> bool:
    return name.startswith(policies.ROOT)


def _file() -> str:
    return str(nova.conf.CONF.oslo_policy.policy_file)
