# SPDX-License-Identifier: Apache-2.0
"""The row action of the tables of instances, which leads to the tab."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from horizon import tables
from openstack_dashboard.dashboards.admin.instances import (
    tables as admin_tables,
)
from openstack_dashboard.dashboards.project.instances import (
    tables as project_tables,
)

from nova_live_tune.dashboard import policies

#: The tab, as the address of a server's page names it.
TAB = 'tab=instance_details__live_tune'


class LiveTuneLink(tables.LinkAction):
    name = 'live_tune'
    verbose_name = _('Live tune')
    url = 'horizon:project:instances:detail'
    classes = ('btn-live-tune',)
    icon = 'sliders'

    def allowed(self, request: Any, datum: Any = None) -> bool:
        return policies.allowed(request, policies.SHOW, datum)

    def get_link_url(self, datum: Any = None) -> str:
        return f'{super().get_link_url(datum)}?{TAB}'


class AdminLiveTuneLink(LiveTuneLink):
    url = 'horizon:admin:instances:detail'


def register() -> None:
    """Put the action into Horizon's own tables, once."""
    _add(project_tables.InstancesTable, LiveTuneLink)
    _add(admin_tables.AdminInstancesTable, AdminLiveTuneLink)


def _add(table: Any, action: type[tables.LinkAction]) -> None:
    actions = [a for a in table._meta.row_actions if a.name != action.name]
    names = [a.name for a in actions]
    # Beside the other link to a tab; not last, which is deletion.
    log = project_tables.LogLink.name
    place = names.index(log) + 1 if log in names else 0
    actions.insert(place, action)
    table._meta.row_actions = tuple(actions)
    table.base_actions[action.name] = action()
