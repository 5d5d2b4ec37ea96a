# SPDX-License-Identifier: Apache-2.0
# Before anything else is imported: whether eventlet patches the standard
# library, as the environment says.
from nova import monkey_patch

monkey_patch.patch()
