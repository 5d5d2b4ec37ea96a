# SPDX-License-Identifier: Apache-2.0
"""What Horizon reads from its own openstack_dashboard/local/enabled."""
