# SPDX-License-Identifier: Apache-2.0
"""A panel without an entry in the menu: it holds the tab's addresses."""

from __future__ import annotations

import horizon
from django.utils.translation import gettext_lazy as _


class LiveTune(horizon.Panel):
    name = _('Live tune')
    slug = 'live_tune'
    nav = False
    permissions = ('openstack.services.compute',)
    urls = 'nova_live_tune.dashboard.urls'
