# SPDX-License-Identifier: Apache-2.0
"""Virtual environments: tools (uv, supervisor), and per release OpenStack and
Horizon.

constraints.txt pins every package. It is made from requirements.txt, the few
that were chosen, with `make lab-lock`.
"""

import hashlib
import os
import shutil
from pathlib import Path

from lab import settings, state
from lab.shell import run

UV = settings.TOOLS / 'bin' / 'uv'
CACHE = {'UV_CACHE_DIR': str(settings.LAB / 'cache')}
# Beside the packages: it goes when they go.
STAMP = 'lib/pins'
HORIZON = 'horizon'
PARTS = ('', HORIZON)
TOOLS_PINS = settings.HERE / 'releases' / 'tools.txt'


def folder(release: str, part: str = '') -> Path:
    return settings.HERE / 'releases' / release / part


def lock(release: str, part: str = '') -> Path:
    """The pins of OpenStack, or of a part that stands by itself."""
    return folder(release, part) / 'constraints.txt'


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def uv(*arguments: str | Path) -> None:
    run([UV, *arguments], CACHE)


def is_current(venv: Path, pins: Path) -> bool:
    stamp = venv / STAMP
    if not (stamp.exists() and (venv / 'bin' / 'python').exists()):
        return False
    return stamp.read_text() == digest(pins)


def tools() -> None:
    if is_current(settings.TOOLS, TOOLS_PINS):
        return
    shutil.rmtree(settings.TOOLS, ignore_errors=True)
    run([settings.PYTHON, '-m', 'venv', settings.TOOLS])
    run([settings.TOOLS / 'bin' / 'pip', 'install', '-q', '-r', TOOLS_PINS])
    (settings.TOOLS / STAMP).write_text(digest(TOOLS_PINS))


def place(release: str, variant: str = '') -> Path:
    """Where the release's packages are, or a variant of them."""
    name = f'{release}-{variant}' if variant else release
    return settings.LAB / 'venvs' / name


def openstack(release: str) -> None:
    venv = place(release)
    if not is_current(venv, lock(release)):
        for step in ('package', 'patches'):
            state.undo(step)
        install(venv, lock(release), '--compile-bytecode')
    link(settings.VENV, venv)


def install(venv: Path, pins: Path, *options: str | Path) -> None:
    """Make it anew with what the pins name, and nothing else."""
    shutil.rmtree(venv, ignore_errors=True)
    uv('venv', '--python', settings.PYTHON, venv)
    python = ('--python', venv / 'bin' / 'python')
    uv('pip', 'sync', *options, *python, pins)
    (venv / STAMP).write_text(digest(pins))


def share_bytecode(venv: Path, other: Path) -> None:
    """Spare another environment of the same pins the compiling.

    uv gives both the same files. Python compiles again what differs, and
    writes another file then.
    """
    for folder in venv.glob('lib/python3*/**/__pycache__'):
        place = other / folder.relative_to(venv)
        if place.parent.is_dir():
            shutil.copytree(
                folder, place, copy_function=os.link, dirs_exist_ok=True
            )


def link(path: Path, venv: Path) -> None:
    if path.is_symlink():
        if path.readlink() == venv:
            return
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(venv)


def forget(release: str) -> None:
    """Install it anew at the next start; from the cache, that is quick."""
    (place(release) / STAMP).unlink(missing_ok=True)


def write_locks(release: str) -> None:
    tools()
    for part in PARTS:
        _write_lock(release, part)


def _write_lock(release: str, part: str) -> None:
    run(
        [
            UV,
            'pip',
            'compile',
            '--python',
            settings.PYTHON,
            '--upgrade',
            '--no-annotate',
            '--no-header',
            '--no-emit-index-url',
            'requirements.txt',
            '--output-file',
            'constraints.txt',
        ],
        CACHE,
        cwd=folder(release, part),
    )
    path = lock(release, part)
    pins = path.read_text()
    path.write_text('# SPDX-License-Identifier: Apache-2.0\n' + pins)
