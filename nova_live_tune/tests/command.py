# SPDX-License-Identifier: Apache-2.0
"""What is left of a command when it is done."""

import dataclasses
import json
from typing import Any


@dataclasses.dataclass
class Done:
    """What a command wrote, and its exit status."""

    status: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)
