# SPDX-License-Identifier: Apache-2.0
"""What python-openstackclient asks a plugin for, in its own names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse

    from nova_live_tune.client import api

API_NAME = 'live_tune'
API_VERSION_OPTION = 'os_live_tune_api_version'
DEFAULT_API_VERSION = '1'
API_VERSIONS = ('1',)


def make_client(instance: Any) -> api.LiveTune:
    """Return the client of the cloud that the command line names."""
    # Every openstack command loads this module, whatever it does.
    from nova_live_tune.client import api

    return api.LiveTune(instance.sdk_connection.compute)


def build_option_parser(
    parser: argparse.ArgumentParser,
) -> argparse.ArgumentParser:
    """Add no global options: there is one version of the API."""
    return parser
