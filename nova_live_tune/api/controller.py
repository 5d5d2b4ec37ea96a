# SPDX-License-Identifier: Apache-2.0
"""The server actions and the read-back."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

from nova.api import validation
from nova.api.openstack import common, wsgi
from nova.compute import api as nova_api
from oslo_utils import strutils
from webob import exc

from nova_live_tune import planning, tunables
from nova_live_tune.api import (
    compat,
    errors,
    policies,
    requests,
    schemas,
    verdicts,
)
from nova_live_tune.compute import api, devices, readback
from nova_live_tune.compute.devices import Device, Job
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tunables import Target

_EXPECTED = (400, 403, 404, 409, 500, 501, 503, 504)


def _in_range(target: Target) -> Callable[[Any], Any]:
    """Refuse numbers out of range before the schema does, in our words."""

    def decorate(method: Any) -> Any:
        @functools.wraps(method)
        def checked(self: Any, req: Any, id: str, body: Any) -> Any:
            try:
                requests.check_ranges(target, body)
            except planning.Invalid as error:
                raise exc.HTTPBadRequest(explanation=str(error)) from error
            return method(self, req, id, body=body)

        return checked

    return decorate


@dataclasses.dataclass(frozen=True)
class Request:
    """A request that its sender may make."""

    context: Any
    server: Any
    action: str
    settings: dict[str, Any] | None

    @property
    def names(self) -> tuple[Any, Any, str]:
        return self.context, self.server, self.action


def _owner(server: Any) -> dict[str, Any]:
    """What policy rules are checked against."""
    return {'user_id': server.user_id, 'project_id': server.project_id}


def _flag(req: Any, name: str) -> bool:
    """Read a query parameter as Nova reads booleans; False without it."""
    try:
        return bool(
            strutils.bool_from_string(req.GET.get(name, '0'), strict=True)
        )
    except ValueError as error:
        raise exc.HTTPBadRequest(explanation=f'{name}: {error}') from error


@compat.validated
class LiveTuneController(wsgi.Controller):
    """Live tuning of a server, at every microversion."""

    def __init__(self) -> None:
        super().__init__()
        self._nova_api = nova_api.API()
        self._api = api.API(self._nova_api)

    @wsgi.expected_errors(_EXPECTED)
    @validation.query_schema(schemas.show_query)
    @validation.response_body_schema(schemas.show_response)
    def show(self, req: Any, server_id: str) -> dict[str, Any]:
        """Show the limits of a server, and if asked for what it has used."""
        context, server = self._server(req, server_id, policies.SHOW)
        observed = _flag(req, 'observed')
        with errors.as_http(server_id):
            return {'live_tune': self._api.show(context, server, observed)}

    @wsgi.response(202)
    @wsgi.expected_errors(_EXPECTED)
    @wsgi.action('setCpuQuota')
    @_in_range(tunables.CPU)
    @validation.schema(schemas.set_cpu_quota)
    @validation.response_body_schema(schemas.set_cpu_quota_response)
    def _set_cpu_quota(self, req: Any, id: str, body: Any) -> Any:
        """Change the CPU quota, period and shares of a running server."""
        return self._set(req, id, body, tunables.CPU, policies.SET_CPU_QUOTA)

    @wsgi.response(202)
    @wsgi.expected_errors(_EXPECTED)
    @wsgi.action('setInterface')
    @_in_range(tunables.INTERFACE)
    @validation.schema(schemas.set_interface)
    @validation.response_body_schema(schemas.set_interface_response)
    def _set_interface(self, req: Any, id: str, body: Any) -> Any:
        """Change the rates of a running server's network interface."""
        return self._set(
            req, id, body, tunables.INTERFACE, policies.SET_INTERFACE
        )

    @wsgi.response(202)
    @wsgi.expected_errors(_EXPECTED)
    @wsgi.action('setDiskIO')
    @_in_range(tunables.DISK)
    @validation.schema(schemas.set_disk_io)
    @validation.response_body_schema(schemas.set_disk_io_response)
    def _set_disk_io(self, req: Any, id: str, body: Any) -> Any:
        """Change the I/O limits of a running server's disk."""
        return self._set(req, id, body, tunables.DISK, policies.SET_DISK_IO)

    @wsgi.response(202)
    @wsgi.expected_errors(_EXPECTED)
    @wsgi.action('resetLiveTune')
    @validation.schema(schemas.reset)
    @validation.response_body_schema(schemas.reset_response)
    def _reset(self, req: Any, id: str, body: Any) -> Any:
        """Take a running server's limits back to those of its flavor."""
        settings = body['resetLiveTune']
        context, server = self._server(req, id, policies.RESET)

        def find() -> list[Job]:
            chosen = self._chosen(context, server, settings)
            return [(d, dict.fromkeys(d.target.names)) for d in chosen]

        def describe(jobs: list[Job], entries: list[Any]) -> dict[str, Any]:
            return readback.collect([device for device, _ in jobs], entries)

        request = Request(context, server, 'resetLiveTune', settings)
        return self._do(request, find, describe)

    def _server(self, req: Any, id: str, rule: str) -> tuple[Any, Any]:
        context = req.environ['nova.context']
        server = common.get_instance(
            self._nova_api,
            context,
            id,
            expected_attrs=['flavor', 'services'],
        )
        context.can(rule, target=_owner(server))
        return context, server

    def _set(
        self, req: Any, id: str, body: Any, target: Target, rule: str
    ) -> Any:
        context, server = self._server(req, id, rule)
        settings = body[target.action]

        def find() -> list[Job]:
            wanted = requests.wanted(target, body)
            found = self._api.devices(context, server, target)
            selector = settings.get(target.selector)
            return [(devices.find(found, target, selector), wanted)]

        def describe(jobs: list[Job], entries: list[Any]) -> dict[str, Any]:
            return {target.name: entries[0]}

        request = Request(context, server, target.action, settings)
        return self._do(request, find, describe)

    def _do(
        self,
        request: Request,
        find: Callable[[], list[Job]],
        describe: Callable[[list[Job], list[Any]], dict[str, Any]],
    ) -> Any:
        """Tune, or tell what that would do.

        :param find: returns the devices, and what is asked of each
        :param describe: puts the devices' entries where the answer has them
        """
        dry = requests.is_dry_run(request.settings)
        do = self._api.plan if dry else self._api.tune

        def done() -> dict[str, Any]:
            with errors.as_http(request.server.uuid):
                jobs = find()
                told = do(*request.names, jobs, self._terms(request))
            generation = {'generation': told['generation']}
            return {**generation, **describe(jobs, told['entries'])}

        return verdicts.of(done) if dry else done()

    def _terms(self, request: Request) -> Terms:
        may_exceed = request.context.can(
            policies.EXCEED_BOUNDS, target=_owner(request.server), fatal=False
        )
        return requests.terms(request.settings, bool(may_exceed))

    def _chosen(
        self, context: Any, server: Any, selection: dict[str, Any] | None
    ) -> list[Device]:
        """The devices that a reset names; all of them if it names none."""
        chosen: dict[str, Device] = {}
        for target in tunables.TARGETS:
            selectors = requests.selectors(target, selection)
            if selectors == []:
                continue
            found = self._api.devices(context, server, target)
            if selectors is not None:
                found = [devices.find(found, target, s) for s in selectors]
            chosen.update((str(device), device) for device in found)
        return list(chosen.values())
