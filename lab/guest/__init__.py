# SPDX-License-Identifier: Apache-2.0
"""The lab's guest: a kernel, an initramfs with busybox, an empty disk."""
