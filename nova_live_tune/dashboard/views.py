# SPDX-License-Identifier: Apache-2.0
"""What the tab loads into itself: forms, rows and numbers."""

from __future__ import annotations

import json
from typing import Any

from django import http, shortcuts
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views import generic
from horizon import exceptions, messages
from horizon.utils import http as http_utils
from keystoneauth1 import exceptions as keystone
from openstack_dashboard.api import nova

from nova_live_tune.client import errors
from nova_live_tune.dashboard import api, page, policies, tables, usage
from nova_live_tune.dashboard.devices import Device, NoSuchDevice
from nova_live_tune.dashboard.forms import SetForm

#: Of an answer that is the form again, with what is wrong in it.
_UNPROCESSABLE = 422


class _ServerView(generic.View):
    """A view of one server."""

    @property
    def _server_id(self) -> str:
        return str(self.kwargs['server_id'])

    @cached_property
    def _server(self) -> Any:
        return nova.server_get(self.request, self._server_id)

    @cached_property
    def _client(self) -> Any:
        return api.live_tune(self.request)

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().dispatch(request, *args, **kwargs)
        except errors.Refused as error:
            if error.status == 401:
                raise exceptions.NotAuthenticated() from error
            return self._cannot(error.sentence, error.status)
        except NoSuchDevice:
            return self._cannot(_('The server has no such device now.'), 404)
        except keystone.ClientException:
            return self._cannot(_('Nova does not answer.'), 504)
        except exceptions.NOT_FOUND:
            return self._cannot(_('There is no such server.'), 404)

    def _cannot(self, sentence: str, status: int) -> Any:
        return http.JsonResponse({'sentence': sentence}, status=status)


class UsageView(_ServerView):
    """Answers a poll of the charts; the body has what the last one told."""

    def post(self, request: Any, **kwargs: Any) -> Any:
        try:
            before = usage.handed_back(json.loads(request.body))
        except ValueError as error:
            return self._cannot(str(error), 400)
        return http.JsonResponse(usage.look(request, self._server_id, before))

    def _cannot(self, sentence: str, status: int) -> Any:
        if status == 403:
            sentence = usage.not_allowed()
        return super()._cannot(sentence, status)


class _FormView(_ServerView):
    """A form in a modal dialog, or on a page of its own without scripts.

    :cvar template: the dialog
    """

    template = ''

    def get(self, request: Any, **kwargs: Any) -> Any:
        return self._show()

    @cached_property
    def _device(self) -> Device:
        return page.one_of(self.request, self._server, self.kwargs['device'])

    def _show(self, status: int = 200, **more: Any) -> Any:
        modal = http_utils.is_ajax(self.request)
        context = {
            'server': self._server,
            'modal': modal,
            'dialog': self.template,
            'submit_url': self.request.path,
            'tab_url': self._tab_url(),
            **self._context(),
            **more,
        }
        template = self.template if modal else 'nova_live_tune/page.html'
        return shortcuts.render(self.request, template, context, status=status)

    def _context(self) -> dict[str, Any]:
        return {'device': self._device} if 'device' in self.kwargs else {}

    def _tab_url(self) -> str:
        name = 'horizon:project:instances:detail'
        return f'{reverse(name, args=[self._server_id])}?{tables.TAB}'

    def _done(self, found: list[Device], said: str) -> Any:
        """Answer with the rows of what has changed."""
        if not http_utils.is_ajax(self.request):
            messages.success(self.request, said)
            return shortcuts.redirect(self._tab_url())
        rows = page.rows(self.request, self._server, found)
        return http.JsonResponse({'rows': rows, 'said': said})

    def _cannot(self, sentence: str, status: int) -> Any:
        # Horizon's scripts show it, where the dialog would have come.
        messages.error(self.request, sentence)
        if not http_utils.is_ajax(self.request):
            return shortcuts.redirect('horizon:project:instances:index')
        return super()._cannot(sentence, status)


class SetView(_FormView):
    """Sets limits of a device."""

    template = 'nova_live_tune/_set.html'

    def _context(self) -> dict[str, Any]:
        return {
            'device': self._device,
            'form': SetForm(self._device),
            'is_bounded': not policies.allowed(
                self.request, policies.EXCEED, self._server
            ),
        }

    def post(self, request: Any, **kwargs: Any) -> Any:
        form = SetForm(self._device, request.POST)
        if form.is_valid():
            try:
                return self._done([self._set(form)], _('Saved.'))
            except errors.Refused as error:
                form.refuse(error)
        return self._show(_UNPROCESSABLE, form=form)

    def _set(self, form: SetForm) -> Device:
        device, wanted = self._device, form.wanted()
        if not wanted:
            return device
        entry = self._client.set(
            self._server_id,
            device.target,
            device.selector,
            wanted,
            **form.terms(),
        )
        return device.with_entry(entry)


class ResetView(_FormView):
    """Takes a device, or all of them, back to the flavor."""

    template = 'nova_live_tune/_reset.html'

    def post(self, request: Any, **kwargs: Any) -> Any:
        try:
            self._client.reset(self._server_id, self._selection())
        except errors.Refused as error:
            return self._show(_UNPROCESSABLE, refusal=error.sentence)
        return self._done(self._now(), _('Back to the flavor.'))

    def _selection(self) -> dict[str, Any] | None:
        if 'device' not in self.kwargs:
            return None
        device = self._device
        chosen = [device.selector] if device.selector else True
        return {device.target.plural: chosen}

    def _now(self) -> list[Device]:
        if 'device' not in self.kwargs:
            return page.all_of(self.request, self._server)
        key = self.kwargs['device']
        return [page.one_of(self.request, self._server, key)]
