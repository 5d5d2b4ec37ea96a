# SPDX-License-Identifier: Apache-2.0
"""What is built, installed and documented, as its users get it.

Needs git, and a package index.
"""
