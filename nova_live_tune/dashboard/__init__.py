# SPDX-License-Identifier: Apache-2.0
"""The Horizon panel: a tab of the server's page, and what hangs on it.

It imports no Nova; ``python -m nova_live_tune.dashboard enable`` tells Horizon
of it.
"""
