# SPDX-License-Identifier: Apache-2.0
"""The row action in Horizon's own tables."""

from openstack_dashboard.dashboards.admin.instances import (
    tables as admin_tables,
)
from openstack_dashboard.dashboards.project.instances import (
    tables as project_tables,
)

from nova_live_tune.dashboard import tables
from nova_live_tune.tests.dashboard import base

_TABLES = {
    project_tables.InstancesTable: f'/project/instances/{{}}/?{tables.TAB}',
    admin_tables.AdminInstancesTable: (
        f'/admin/instances/{{}}/detail?{tables.TAB}'
    ),
}


class RowActionTest(base.PanelTest):
    def _link(self, kind):
        actions = kind(self.request).get_row_actions(self.server)
        found = [a for a in actions if a.name == 'live_tune']
        return found[0].get_link_url(self.server) if found else None

    def test_it_leads_to_the_tab(self):
        self.be('admin', 'member', 'reader')
        for kind, link in _TABLES.items():
            self.assertEqual(link.format(self.server.id), self._link(kind))

    def test_it_is_hidden_for_whom_the_policy_denies(self):
        self.be('auditor')
        for kind in _TABLES:
            self.assertIsNone(self._link(kind))

    def test_registering_again_adds_nothing(self):
        before = [kind._meta.row_actions for kind in _TABLES]
        tables.register()
        names = [[a.name for a in actions] for actions in before]
        self.assertEqual(
            names,
            [[a.name for a in k._meta.row_actions] for k in _TABLES],
        )
