# SPDX-License-Identifier: Apache-2.0
"""In which concurrency mode a run of tests is: with eventlet, or threads.

Nova chooses by the environment's OS_NOVA_DISABLE_EVENTLET_PATCHING. It has to
be asked before anything else is imported that eventlet would patch.
"""

from nova import monkey_patch


def choose():
    """Let eventlet patch the standard library if the environment says so."""
    # nova 31 (2025.1) does it when that module is imported.
    if hasattr(monkey_patch, 'patch'):
        monkey_patch.patch()


def is_threading():
    """Whether Nova thinks that it runs with native threads."""
    from nova import utils

    # nova 31 knows no threads.
    known = getattr(utils, 'concurrency_mode_threading', None)
    return known is not None and known()
