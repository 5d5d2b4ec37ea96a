# SPDX-License-Identifier: Apache-2.0
# Before anything else is imported.
from nova_live_tune.tests import modes

modes.choose()
