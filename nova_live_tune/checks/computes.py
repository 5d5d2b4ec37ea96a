# SPDX-License-Identifier: Apache-2.0
"""Whether the extension answers on every nova-compute, and what it tells."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import nova.conf
import oslo_messaging as messaging
from nova import context as nova_context
from nova import objects, servicegroup
from oslo_db import exception as db_exception

from nova_live_tune.checks import at_once, local, package, results
from nova_live_tune.compute import rpcapi

SERVICE = 'nova-compute'
#: For a host to answer; and some more, as a bus may not be reached at all.
SECONDS = 15
PATIENCE = SECONDS + 5

#: Asks one host.
Question = Callable[[], results.Result]


def check() -> results.Result:
    if nova.conf.CONF.api_database.connection:
        return _of_all_cells()
    if local.absence() is None:
        # nova-compute itself may have no database either.
        host = nova.conf.CONF.host
        context = nova_context.get_admin_context()
        return _answers({host: functools.partial(_ask, context, host)})
    return results.success(
        "This configuration has no database of Nova's API: run this where "
        'nova-api or nova-conductor runs to ask all hosts.'
    )


def _of_all_cells() -> results.Result:
    context = nova_context.get_admin_context()
    questions: dict[str, Question] = {}
    try:
        cells = objects.CellMappingList.get_all(context)
    except db_exception.DBError as error:
        return results.failure(
            f"The database of Nova's API cannot be read "
            f'({_first_line(error)}). Check [api_database]connection.'
        )
    for cell in cells:
        if not cell.is_cell0():
            questions.update(_of_cell(context, cell))
    if not questions:
        return results.success(f'No cell has a {SERVICE} yet.')
    return _answers(questions)


def _of_cell(context: Any, cell: Any) -> Iterator[tuple[str, Question]]:
    name = f'cell {cell.name or cell.uuid}'
    group = servicegroup.API()
    with nova_context.target_cell(context, cell) as in_cell:
        try:
            services = objects.ServiceList.get_by_binary(
                in_cell, SERVICE, include_disabled=True
            )
        except db_exception.DBError as error:
            yield name, functools.partial(_unreadable, name, error)
            return
        for service in services:
            ask = _ask if group.service_is_up(service) else _down
            yield service.host, functools.partial(ask, in_cell, service.host)


def _answers(questions: dict[str, Question]) -> results.Result:
    found = at_once.ask(questions, PATIENCE)
    return results.join(
        found[name] if name in found else _silent(name)
        for name in sorted(questions)
    )


def _ask(context: Any, host: str) -> results.Result:
    try:
        answer = rpcapi.API().report(context, host, SECONDS)
    except Exception as error:  # one host's must not hide the others
        return _refusal(host, error)
    return _judge(host, answer)


def _judge(host: str, answer: dict[str, Any]) -> results.Result:
    """Tell what runs there, and what of it is not green."""
    versions = answer['versions']
    told = ', '.join(f'{name} {text}' for name, text in versions.items())
    found = [results.success(f'{host}: {told}.')]
    if versions[package.NAME] != package.VERSION:
        found.append(
            results.warning(
                f'{host}: here it is {package.NAME} {package.VERSION}. '
                'Upgrade the older one, and restart its services.'
            )
        )
    found += [
        results.Result(
            results.Code(finding['code']), f'{host}: {finding["details"]}'
        )
        for finding in answer['findings']
        if finding['code']
    ]
    return results.join(found)


def _refusal(host: str, error: Exception) -> results.Result:
    kind = rpcapi.kind(error)
    if kind == messaging.MessagingTimeout.__name__:
        return _silent(host)
    if kind == messaging.UnsupportedVersion.__name__:
        return results.failure(
            f'{host}: its {SERVICE} does not run the extension. Install '
            f'{package.NAME} there, run nova-live-tune-patch apply, and '
            f'restart {SERVICE}.'
        )
    if kind == messaging.NoSuchMethod.__name__:
        return results.warning(
            f'{host}: it runs an older version of {package.NAME}. Upgrade it '
            f'there, and restart {SERVICE}.'
        )
    return results.failure(
        f'{host}: it cannot be asked ({kind}: {_first_line(error)}). Look '
        f'into the log of its {SERVICE}.'
    )


def _silent(host: str) -> results.Result:
    return results.failure(
        f'{host}: no answer within {SECONDS} s. Look whether its {SERVICE} '
        'is busy, and whether it reaches the message bus.'
    )


def _down(context: Any, host: str) -> results.Result:
    return results.warning(
        f'{host}: its {SERVICE} is down, and was not asked. Start it, and '
        'run this again.'
    )


def _unreadable(name: str, error: Exception) -> results.Result:
    return results.failure(
        f'{name}: its database cannot be read ({_first_line(error)}). Check '
        'it with nova-manage cell_v2 list_cells.'
    )


def _first_line(error: Exception) -> str:
    # What follows is a traceback of the host's, or SQL.
    return str(error).partition('\n')[0]
