# SPDX-License-Identifier: Apache-2.0
"""The policy rules of live tuning."""

from __future__ import annotations

from typing import Any

from nova.policies import base
from oslo_policy import policy

ROOT = 'os_compute_api:os-live-tune:'

SHOW = ROOT + 'show'
LIST = ROOT + 'list'
LIST_ALL_TENANTS = LIST + ':all-tenants'
SET_CPU_QUOTA = ROOT + 'set-cpu-quota'
SET_INTERFACE = ROOT + 'set-interface'
SET_DISK_IO = ROOT + 'set-disk-io'
RESET = ROOT + 'reset'
EXCEED_BOUNDS = ROOT + 'exceed-bounds'


_LIST = [{'method': 'GET', 'path': '/os-live-tune'}]


def _action(action: str) -> list[Any]:
    return [
        {'method': 'POST', 'path': f'/servers/{{server_id}}/action ({action})'}
    ]


def _rule(
    name: str, check: str, description: str, operations: list[Any]
) -> policy.DocumentedRuleDefault:
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=check,
        description=description,
        operations=operations,
        scope_types=['project'],
    )


_RULES = [
    _rule(
        SHOW,
        base.PROJECT_READER_OR_ADMIN,
        'Show the limits of a server: those of its flavor, those that were '
        'set live, and those in effect.',
        [{'method': 'GET', 'path': '/servers/{server_id}/os-live-tune'}],
    ),
    _rule(
        LIST,
        base.PROJECT_READER_OR_ADMIN,
        'List the servers of a project that have limits set live.',
        _LIST,
    ),
    _rule(
        LIST_ALL_TENANTS,
        base.ADMIN,
        'List the servers of all projects that have limits set live, search '
        'them by their host, and see the host of each.',
        _LIST,
    ),
    _rule(
        SET_CPU_QUOTA,
        base.PROJECT_MEMBER_OR_ADMIN,
        'Change the CPU quota, period and shares of a running server.',
        _action('setCpuQuota'),
    ),
    _rule(
        SET_INTERFACE,
        base.PROJECT_MEMBER_OR_ADMIN,
        "Change the rates of a running server's network interface.",
        _action('setInterface'),
    ),
    _rule(
        SET_DISK_IO,
        base.PROJECT_MEMBER_OR_ADMIN,
        "Change the I/O limits of a running server's disk.",
        _action('setDiskIO'),
    ),
    _rule(
        RESET,
        base.PROJECT_MEMBER_OR_ADMIN,
        "Take a running server's limits back to those of its flavor.",
        _action('resetLiveTune'),
    ),
    _rule(
        EXCEED_BOUNDS,
        base.ADMIN,
        'Set limits beyond the bounds that the flavor gives a tenant. What is '
        'so set is a ceiling for everybody else.',
        _action('setCpuQuota')
        + _action('setInterface')
        + _action('setDiskIO')
        + _action('resetLiveTune'),
    ),
]


def list_rules() -> list[Any]:
    return _RULES
