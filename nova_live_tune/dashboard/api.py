# SPDX-License-Identifier: Apache-2.0
"""The extension's API, asked in the name of whoever looks at the page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from keystoneauth1 import adapter, session, token_endpoint
from openstack_dashboard.api import base

from nova_live_tune.client import api

#: Seconds; Nova itself gives a compute host a minute.
_TIMEOUT = 90


def live_tune(request: Any) -> api.LiveTune:
    """Return a client with the user's token, at the region's endpoint."""
    endpoint = base.url_for(request, 'compute')
    auth = token_endpoint.Token(endpoint, request.user.token.id)
    connection = session.Session(auth, verify=_verify(), timeout=_TIMEOUT)
    return api.LiveTune(adapter.Adapter(connection, service_type='compute'))


def _verify() -> Any:
    """The CA bundle, as Horizon's other clients get it."""
    if settings.OPENSTACK_SSL_NO_VERIFY:
        return False
    return settings.OPENSTACK_SSL_CACERT or True
