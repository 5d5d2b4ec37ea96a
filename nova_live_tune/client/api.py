# SPDX-License-Identifier: Apache-2.0
"""The extension's API as its clients call it.

The command line and the Horizon panel share it; it imports no Nova.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any

from nova_live_tune.client import errors
from nova_live_tune.tunables import Target

#: Of all versions, the one whose diagnostics name the devices.
_NAMING_DEVICES = '2.1'

_UNKNOWN_PARAMETER = 400


class LiveTune:
    """Reads and sets the limits of servers.

    Every method raises :class:`nova_live_tune.client.errors.Refused` with the
    API's own sentence, and what keystoneauth raises if nobody answers.

    :param compute: a keystoneauth1 Adapter of the compute endpoint, such as
        openstacksdk's ``connection.compute``
    """

    def __init__(self, compute: Any) -> None:
        self._compute = compute

    def show(self, server_id: str, observed: bool = False) -> dict[str, Any]:
        """Return the read-back of a server.

        :param observed: whether also with what was used so far
        :raises nova_live_tune.client.errors.TooOld: if the cloud's extension
            does not observe that
        """
        query = '?observed=true' if observed else ''
        path = f'/servers/{server_id}/os-live-tune{query}'
        try:
            answer = self._call('GET', path)
        except errors.Refused as refusal:
            # There is nothing else to be wrong with the request.
            if observed and refusal.status == _UNKNOWN_PARAMETER:
                raise errors.TooOld() from refusal
            raise
        live_tune: dict[str, Any] = answer['live_tune']
        if observed and 'observed' not in live_tune['cpu']:
            # The legacy API takes any parameter.
            raise errors.TooOld()
        return live_tune

    def set(
        self,
        server_id: str,
        target: Target,
        selector: int | str | None,
        wanted: Mapping[str, int | None],
        **terms: Any,
    ) -> dict[str, Any]:
        """Set knobs of one device, all or none; return its new read-back.

        With ``dry_run`` nothing is set, and the read-back is as it would be.

        :param selector: which interface or disk, as the API takes it; None
            for the CPU
        :param wanted: knobs and shorthands by their flat names; None takes a
            knob back to the flavor
        :param terms: ``duration`` in seconds, ``generation`` and ``dry_run``,
            as the API takes them
        """
        settings = {**target.nest(wanted), **terms}
        for shorthand in target.shorthands:
            if shorthand.name in wanted:
                settings[shorthand.name] = wanted[shorthand.name]
        if target.selector is not None:
            settings[target.selector] = selector
        answer = self._act(server_id, target.action, settings)
        return answer[target.name]  # type: ignore[no-any-return]

    def reset(
        self,
        server_id: str,
        selection: Mapping[str, Any] | None = None,
        **terms: Any,
    ) -> dict[str, Any]:
        """Take devices back to the flavor; return the read-back of them.

        :param selection: such as ``{'cpu': True, 'disks': ['vda']}``; None
            for all
        :param terms: as of :meth:`set`, but for the duration
        """
        body = {**(selection or {}), **terms} or None
        return self._act(server_id, 'resetLiveTune', body)

    def list(self, **query: Any) -> list[dict[str, Any]]:
        """Return the servers that have limits set live, of all pages.

        :param query: what the route takes, such as ``all_tenants``, ``host``
        """
        found: list[dict[str, Any]] = []
        query = {key: value for key, value in query.items() if value}
        while True:
            path = '/os-live-tune?' + urllib.parse.urlencode(query)
            page = self._call('GET', path)
            found += page['servers']
            marker = _next(page)
            if marker is None:
                return found
            query['marker'] = marker

    def diagnostics(self, server_id: str) -> dict[str, Any]:
        """Return Nova's diagnostics of a server, in their older form."""
        path = f'/servers/{server_id}/diagnostics'
        return self._call('GET', path, microversion=_NAMING_DEVICES)

    def _act(self, server_id: str, action: str, body: Any) -> dict[str, Any]:
        path = f'/servers/{server_id}/action'
        answer = self._call('POST', path, json={action: body})
        errors.check_verdict(answer.get('dry_run'))
        return answer

    def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        response = self._compute.request(path, method, raise_exc=False, **more)
        if response.status_code >= 400:
            raise errors.refusal(response)
        answer: dict[str, Any] = response.json()
        return answer


def _next(page: Mapping[str, Any]) -> str | None:
    """Where the next page begins; it need not be after a server shown."""
    for link in page.get('servers_links', ()):
        if link['rel'] == 'next':
            href: str = link['href']
            query = urllib.parse.urlsplit(href).query
            return urllib.parse.parse_qs(query)['marker'][0]
    return None
