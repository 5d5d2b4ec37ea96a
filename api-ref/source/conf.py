# SPDX-License-Identifier: Apache-2.0
"""Sphinx's configuration of the API reference."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'ext'))

project = 'nova-live-tune API reference'
copyright = 'nova-live-tune developers'
extensions = ['os_api_ref', 'openstackdocstheme', 'live_tune_parameters']
html_theme = 'openstackdocs'
html_theme_options = {'sidebar_mode': 'toc'}
openstackdocs_auto_name = False
