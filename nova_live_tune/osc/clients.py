# SPDX-License-Identifier: Apache-2.0
"""The cloud that the command line names."""

from __future__ import annotations

from typing import Any

from osc_lib.command import command

from nova_live_tune.client import api


def connection(asking: command.Command) -> Any:
    """Return openstacksdk's connection."""
    return asking.app.client_manager.sdk_connection


def live_tune(asking: command.Command) -> api.LiveTune:
    """Return the client that the plugin makes."""
    clients: Any = asking.app.client_manager
    client: api.LiveTune = clients.live_tune
    return client
