# SPDX-License-Identifier: Apache-2.0
"""Who may do what, by Horizon's own policy engine.

It decides what is shown; what is done, Nova's API decides. The rules are our
API's, in policies.yaml, written by tools/dashboard_policies.py. An operator's
changes come from the same file as for the rest of Nova's rules.
"""

from __future__ import annotations

import pathlib
from typing import Any

from django.conf import settings
from openstack_dashboard import policy

#: What Horizon's policy engine knows these rules by.
SCOPE = 'live_tune'
FILE = pathlib.Path(__file__).with_name('policies.yaml')

_ROOT = 'os_compute_api:os-live-tune:'
SHOW = _ROOT + 'show'
RESET = _ROOT + 'reset'
EXCEED = _ROOT + 'exceed-bounds'
#: The rule for setting each target.
SET = {
    'cpu': _ROOT + 'set-cpu-quota',
    'interface': _ROOT + 'set-interface',
    'disk': _ROOT + 'set-disk-io',
}


def register() -> None:
    """Tell Horizon's policy engine of the rules, unless an operator has."""
    settings.DEFAULT_POLICY_FILES.setdefault(SCOPE, str(FILE))
    for places in (settings.POLICY_FILES, settings.POLICY_DIRS):
        if 'compute' in places:
            places.setdefault(SCOPE, places['compute'])


def allowed(request: Any, rule: str, server: Any) -> bool:
    """Whether the user may, as far as Horizon can tell.

    :param server: a server, as of Horizon's API
    """
    project = getattr(server, 'tenant_id', None)
    target = {
        'project_id': project,
        'tenant_id': project,
        'user_id': getattr(server, 'user_id', None),
    }
    return bool(policy.check(((SCOPE, rule),), request, target))
