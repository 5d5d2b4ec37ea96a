# SPDX-License-Identifier: Apache-2.0
# Nova's own test modules would do so, later than eventlet likes it.
from nova import monkey_patch

monkey_patch.patch()
