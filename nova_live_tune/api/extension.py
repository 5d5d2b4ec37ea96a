# SPDX-License-Identifier: Apache-2.0
"""What Nova's API loads: routes, and actions on servers."""

from __future__ import annotations

import functools
from typing import Any

from nova.api.openstack import wsgi

from nova_live_tune.api import controller, listing


def _show_controller() -> Any:
    # Unwrapped, a controller would skip serialization and error handling.
    return wsgi.Resource(controller.LiveTuneController())


def _list_controller() -> Any:
    return wsgi.Resource(listing.ListController())


_ROUTES = (
    (
        '/servers/{server_id}/os-live-tune',
        {'GET': [_show_controller, 'show']},
    ),
    (f'/{listing.COLLECTION}', {'GET': [_list_controller, 'index']}),
)


def extend(server_controller: functools.partial[Any]) -> Any:
    """Add our actions to Nova's controller of servers; return our routes.

    :param server_controller: makes the controller of servers from its own
        class and a list of the classes of controllers with further actions
    """
    action_controllers = server_controller.args[1]
    if controller.LiveTuneController not in action_controllers:
        action_controllers.append(controller.LiveTuneController)
    return _ROUTES
