# SPDX-License-Identifier: Apache-2.0
"""The tab 'Live tune' of a server's page, for tenants and for admins."""

PANEL = 'live_tune'
PANEL_DASHBOARD = 'project'
PANEL_GROUP = 'compute'
ADD_PANEL = 'nova_live_tune.dashboard.panel.LiveTune'

ADD_INSTALLED_APPS = ['nova_live_tune.dashboard']
ADD_JS_FILES = [
    'nova_live_tune/charts.js',
    'nova_live_tune/live_tune.js',
]
ADD_SCSS_FILES = ['nova_live_tune/live_tune.scss']

EXTRA_TABS = {
    'openstack_dashboard.dashboards.project.instances.tabs'
    '.InstanceDetailTabs': ('nova_live_tune.dashboard.tabs.LiveTuneTab',),
    'openstack_dashboard.dashboards.admin.instances.tabs'
    '.AdminInstanceDetailTabs': ('nova_live_tune.dashboard.tabs.LiveTuneTab',),
}
