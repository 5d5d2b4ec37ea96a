# SPDX-License-Identifier: Apache-2.0
"""The ``openstack server tune`` commands; they import no Nova."""
