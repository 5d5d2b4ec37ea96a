# SPDX-License-Identifier: Apache-2.0
"""The tab of a server's page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from horizon import tabs

from nova_live_tune.dashboard import page, policies


class LiveTuneTab(tabs.Tab):
    name = _('Live tune')
    slug = 'live_tune'
    template_name = 'nova_live_tune/_tab.html'
    # Its host is asked only when somebody looks.
    preload = False

    def allowed(self, request: Any) -> bool:
        server = self.tab_group.kwargs.get('instance')
        return policies.allowed(request, policies.SHOW, server)

    def get_context_data(self, request: Any, **kwargs: Any) -> dict[str, Any]:
        return page.context(request, self.tab_group.kwargs['instance'])
