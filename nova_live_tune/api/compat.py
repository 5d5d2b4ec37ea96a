# SPDX-License-Identifier: Apache-2.0
"""Where the releases of Nova differ in what the API needs of them.

All of the differences that the package has to know are here; everything
else that it imports of Nova is the same in nova 31 (2025.1) to 34 (2026.2).
"""

from __future__ import annotations

from typing import Any

from nova.api import validation


def _unmarked(controller: Any) -> Any:
    return controller


#: Marks a controller of which every method has its schemas; 31 asks for none.
validated = getattr(validation, 'validated', _unmarked)
