#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write our policy rules, and those of Nova's they stand on, for Horizon.

Horizon reads default rules from YAML files of this form. The panel cannot ask
Nova for them, as it may run where no Nova is.
"""

import pathlib
import re

import yaml
from nova.policies import base

from nova_live_tune.api import policies

FILE = (
    pathlib.Path(__file__).resolve().parents[1]
    / 'nova_live_tune'
    / 'dashboard'
    / 'policies.yaml'
)
HEAD = """\
# SPDX-License-Identifier: Apache-2.0
# Written by tools/dashboard_policies.py (tox -e samples); do not edit.
"""


def _standing_on(rules, known):
    """The rules that these name, and those that these name in turn."""
    names = {
        name
        for rule in rules
        for name in re.findall(r'rule:([\w-]+)', rule.check_str)
    }
    named = [rule for rule in known if rule.name in names]
    return [*_standing_on(named, known), *named] if named else []


def _described(rule):
    return {
        'name': rule.name,
        'check_str': rule.check_str,
        'description': rule.description,
        'scope_types': rule.scope_types,
    }


def text():
    """Return what the file has to have."""
    rules = policies.list_rules()
    base_rules = _standing_on(rules, base.list_rules())
    named = {rule.name: rule for rule in (*base_rules, *rules)}
    listed = [_described(rule) for rule in named.values()]
    return HEAD + yaml.safe_dump(listed, sort_keys=False)


if __name__ == '__main__':
    FILE.write_text(text())
