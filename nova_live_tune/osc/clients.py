# SPDX-License-Identifier: Apache-2.0
"""The cloud that the command line names."""

from __future__ import annotations

from typing import Any

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
