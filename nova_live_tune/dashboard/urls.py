# SPDX-License-Identifier: Apache-2.0
"""What the tab asks for, below project/live_tune/."""

from __future__ import annotations

from django.urls import path, reverse_lazy
from django.views.generic import RedirectView

from nova_live_tune.dashboard.views import ResetView, SetView, UsageView

_INDEX = RedirectView.as_view(
    url=reverse_lazy('horizon:project:instances:index')
)

urlpatterns = [
    path('', _INDEX, name='index'),
    path('<server_id>/usage/', UsageView.as_view(), name='usage'),
    path('<server_id>/reset/', ResetView.as_view(), name='reset_all'),
    path('<server_id>/<device>/set/', SetView.as_view(), name='set'),
    path('<server_id>/<device>/reset/', ResetView.as_view(), name='reset'),
]
