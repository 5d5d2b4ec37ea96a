# SPDX-License-Identifier: Apache-2.0
"""Horizon's own settings for tests, with our panel, and with policies."""

from openstack_dashboard import defaults, enabled
from openstack_dashboard.test.settings import *  # noqa: F403
from openstack_dashboard.utils import settings as horizon_settings

import nova_live_tune.dashboard.enabled

HORIZON_CONFIG = {
    key: value
    for key, value in HORIZON_CONFIG.items()  # noqa: F405
    if key not in ('dashboards', 'default_dashboard', 'plugins')
}
_apps: list[str] = []
horizon_settings.update_dashboards(
    [enabled, nova_live_tune.dashboard.enabled], HORIZON_CONFIG, _apps
)
INSTALLED_APPS = list(dict.fromkeys((*_apps, *INSTALLED_APPS)))  # noqa: F405

POLICY_CHECK_FUNCTION = defaults.POLICY_CHECK_FUNCTION
POLICY_FILES = dict(defaults.POLICY_FILES)
POLICY_DIRS = dict(defaults.POLICY_DIRS)
DEFAULT_POLICY_FILES = dict(defaults.DEFAULT_POLICY_FILES)

DATABASES = {
    'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}
}

ALLOWED_HOSTS = ['testserver']
