# SPDX-License-Identifier: Apache-2.0
"""The list of the servers that have limits set live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nova import exception
from nova.api import validation
from nova.api.openstack import common, wsgi
from webob import exc

from nova_live_tune.api import compat, policies, schemas
from nova_live_tune.compute import listing

COLLECTION = 'os-live-tune'

_EXPECTED = (400, 403)


class View(common.ViewBuilder):
    """What a list looks like."""

    def index(
        self,
        req: Any,
        found: list[Any],
        servers: Iterable[tuple[Any, dict[str, Any]]],
        with_hosts: bool,
    ) -> dict[str, Any]:
        """Describe a page of servers.

        :param found: the instances whose number says if there may be more
        :param servers: those of them to show, each with what was set live
        """
        answer = {
            'servers': [
                self._server(instance, tuned, with_hosts)
                for instance, tuned in servers
            ]
        }
        links = self._get_collection_links(req, found, COLLECTION)
        if links:
            answer['servers_links'] = links
        return answer

    def _server(
        self, instance: Any, tuned: dict[str, Any], with_host: bool
    ) -> dict[str, Any]:
        return {
            'id': instance.uuid,
            'name': instance.display_name,
            'tenant_id': instance.project_id,
            **({'host': instance.host} if with_host else {}),
            'status': common.status_from_state(
                instance.vm_state, instance.task_state
            ),
            'live_tune': tuned,
        }


@compat.validated
class ListController(wsgi.Controller):
    """The list, at every microversion."""

    _view_builder_class = View

    @wsgi.expected_errors(_EXPECTED)
    @validation.query_schema(schemas.list_query)
    @validation.response_body_schema(schemas.list_response)
    def index(self, req: Any) -> dict[str, Any]:
        """List servers of the project, or of all if it is allowed."""
        context = req.environ['nova.context']
        context.can(policies.LIST)
        everywhere = _is_everywhere(req)
        needs_all = everywhere or 'host' in req.GET
        may_all = context.can(policies.LIST_ALL_TENANTS, fatal=needs_all)
        if everywhere:
            context = context.elevated()
        found = _search(context, req, _filters(context, req, everywhere))
        servers = listing.tuned(context, found)
        return self._view_builder.index(req, found, servers, may_all)


def _is_everywhere(req: Any) -> bool:
    try:
        return bool(common.is_all_tenants(req.GET))
    except exception.InvalidInput as error:
        raise exc.HTTPBadRequest(explanation=error.format_message()) from error


def _filters(context: Any, req: Any, everywhere: bool) -> dict[str, Any]:
    """Search where Nova's own list of servers would."""
    filters = {'host': req.GET['host']} if 'host' in req.GET else {}
    if everywhere:
        return filters
    owner = 'project_id' if context.project_id else 'user_id'
    return {**filters, owner: getattr(context, owner)}


def _search(context: Any, req: Any, filters: dict[str, Any]) -> list[Any]:
    limit, marker = common.get_limit_and_marker(req)
    try:
        return listing.search(context, filters, limit, marker)
    except exception.MarkerNotFound as error:
        raise exc.HTTPBadRequest(
            explanation=f'marker {marker} is no server: give the id of the '
            'last server of the page before.'
        ) from error
