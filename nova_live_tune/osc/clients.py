# SPDX-License-Identifier: Apache-2.0
"""The cloud that the command line names."""

from __future__ import annotations

from typing import Any

from keystoneauth1 import session
from osc_lib.command import command

from nova_live_tune.client import api
from nova_live_tune.osc import plugin


def connection(asking: command.Command) -> Any:
    """Return openstacksdk's connection."""
    return asking.app.client_manager.sdk_connection


def live_tune(asking: command.Command) -> api.LiveTune:
    """Return the client of the extension."""
    # What osc-lib keeps of a plugin is one for all shells of a process.
    return plugin.make_client(asking.app.client_manager)


def widen(asking: command.Command, connections: int) -> None:
    """Let so many requests at a time each keep its connection.

    Of more than ten, requests would make the others anew each time, and warn.
    """
    http = connection(asking).session.session
    for scheme in ('http://', 'https://'):
        http.mount(
            scheme, session.TCPKeepAliveAdapter(pool_maxsize=connections)
        )
