# SPDX-License-Identifier: Apache-2.0
"""The lab: a whole OpenStack on one machine, in namespaces of its own."""
