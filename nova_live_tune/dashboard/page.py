# SPDX-License-Identifier: Apache-2.0
"""What the templates are given: a server's devices, and who may do what."""

from __future__ import annotations

from typing import Any

from django.middleware import csrf
from django.template import loader
from django.utils.translation import gettext as _
from horizon import exceptions
from keystoneauth1 import exceptions as keystone

from nova_live_tune.client import errors
from nova_live_tune.dashboard import api, devices, names, policies
from nova_live_tune.dashboard.devices import Device, NoSuchDevice

_ROWS = 'nova_live_tune/_rows.html'


def context(request: Any, server: Any) -> dict[str, Any]:
    """Return what the tab shows: the server's devices, or why there are none.

    :param server: a server, as of Horizon's API
    """
    try:
        found = all_of(request, server)
    except errors.Refused as error:
        return {'server': server, 'refusal': error.sentence}
    except (keystone.ClientException, exceptions.ServiceCatalogException):
        return {'server': server, 'refusal': _('Nova does not answer.')}
    return {
        'server': server,
        'why_not': devices.why_not(server, found),
        # A tab is rendered without the request.
        'csrf_token': csrf.get_token(request),
        **_rows(request, server, found),
    }


def rows(request: Any, server: Any, found: list[Device]) -> str:
    """Render devices alone, to be put in the place of what is shown."""
    return str(loader.render_to_string(_ROWS, _rows(request, server, found)))


def all_of(request: Any, server: Any) -> list[Device]:
    """Read a server's limits.

    :raises nova_live_tune.client.errors.Refused: as the client does
    """
    live_tune = api.live_tune(request).show(server.id)
    return names.name(request, server, devices.entries(live_tune))


def one_of(request: Any, server: Any, key: str) -> Device:
    """Read a device's limits.

    :param key: as of :attr:`Device.key`
    :raises NoSuchDevice: if the server has none with that key
    """
    live_tune = api.live_tune(request).show(server.id)
    for target, entry in devices.entries(live_tune):
        if Device(target, entry, '').key == key:
            return names.name(request, server, [(target, entry)])[0]
    raise NoSuchDevice(key)


def _rows(request: Any, server: Any, found: list[Device]) -> dict[str, Any]:
    may_reset = policies.allowed(request, policies.RESET, server)
    may_set = {
        target
        for target, rule in policies.SET.items()
        if policies.allowed(request, rule, server)
    }
    tuned = [device for device in found if device.is_tuned]
    return {
        'server': server,
        'devices': [
            {
                'device': device,
                'may_set': device.can_be_set and device.target.name in may_set,
                'may_reset': device.can_be_set
                and device.is_tuned
                and may_reset,
            }
            for device in found
        ],
        'may_reset_all': may_reset and any(d.can_be_set for d in tuned),
    }
