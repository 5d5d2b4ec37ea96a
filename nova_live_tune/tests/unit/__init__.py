# SPDX-License-Identifier: Apache-2.0
# Nova's own test modules would do so, later than eventlet likes it.
from nova_live_tune.tests import modes

modes.choose()
