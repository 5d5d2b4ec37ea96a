# SPDX-License-Identifier: Apache-2.0
"""What is done already: one small file per finished step."""

import hashlib
import shutil
from pathlib import Path

from lab import settings

FOLDER = settings.LAB / 'state'


def is_done(step: str, version: str = '') -> bool:
    path = FOLDER / step
    return path.exists() and path.read_text() == version


def release() -> str:
    """The OpenStack release that the lab runs."""
    path = FOLDER / 'release'
    return path.read_text() if path.exists() else settings.DEFAULT_RELEASE


def was_done(step: str) -> bool:
    """In whatever version."""
    return (FOLDER / step).exists()


def done(step: str, version: str = '') -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / step).write_text(version)


def undo(step: str) -> None:
    (FOLDER / step).unlink(missing_ok=True)


def forget_all_of(*beginnings: str) -> None:
    for path in FOLDER.glob('*'):
        if path.name.startswith(beginnings):
            path.unlink()


def forget_all() -> None:
    shutil.rmtree(FOLDER, ignore_errors=True)


def digest(*paths: Path) -> str:
    """Of files, and of all files in folders."""
    found = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob('*')) if path.is_dir() else [path]:
            if file.is_file() and '__pycache__' not in file.parts:
                found.update(
                    str(file.relative_to(path.parent)).encode() + b'\0'
                )
                found.update(file.read_bytes())
    return found.hexdigest()
