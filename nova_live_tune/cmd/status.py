# SPDX-License-Identifier: Apache-2.0
"""nova-live-tune-status: is Nova patched, wired, and able to enforce?"""

from __future__ import annotations

import sys

#: As nova-status has it: apart from 0, 1 and 2, which the checks come to.
ERROR = 255


def main() -> int:
    """Run the command; return its exit code."""
    try:
        from nova import monkey_patch
    except ModuleNotFoundError as error:
        if error.name != 'nova':
            raise
        print(
            f'{sys.executable} has no Nova. Install nova-live-tune for the '
            'interpreter that runs Nova, and call that one.',
            file=sys.stderr,
        )
        return ERROR
    # Before anything else is imported, as in Nova's own commands. That of
    # 2025.1 does it when it is imported.
    if hasattr(monkey_patch, 'patch'):
        monkey_patch.patch()
    from nova_live_tune.cmd import upgrade

    return upgrade.run(sys.argv[1:])
