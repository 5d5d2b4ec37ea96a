# SPDX-License-Identifier: Apache-2.0
"""The panel in Horizon, before a Nova that is simulated at its HTTP."""

import os

import django

os.environ.setdefault(
    'DJANGO_SETTINGS_MODULE', 'nova_live_tune.tests.dashboard.settings'
)
django.setup()
