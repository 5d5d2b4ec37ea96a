# SPDX-License-Identifier: Apache-2.0
"""Sphinx's configuration."""

project = 'nova-live-tune'
copyright = 'nova-live-tune developers'
extensions = [
    'openstackdocstheme',
    'oslo_config.sphinxext',
    'oslo_policy.sphinxext',
    'reno.sphinxext',
]
html_theme = 'openstackdocs'
exclude_patterns = []
openstackdocs_auto_name = False
