# SPDX-License-Identifier: Apache-2.0
"""What Django runs once when Horizon starts."""

from __future__ import annotations

from django import apps


class LiveTune(apps.AppConfig):
    name = 'nova_live_tune.dashboard'
    label = 'nova_live_tune_dashboard'

    def ready(self) -> None:
        # These need Django's registry of apps, which is complete only now.
        from nova_live_tune.dashboard import policies, tables

        policies.register()
        tables.register()
