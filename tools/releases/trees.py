# SPDX-License-Identifier: Apache-2.0
"""Unpacked Novas, as PyPI has them and patched.

As a program it unpacks all of them.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from nova_live_tune.patching import series
from tools.releases import versions

_KEPT = versions.ROOT / '.tox' / 'nova'


def unpacked(version, uv='uv'):
    """Return the folder of a Nova that nobody changes; unpack it first."""
    tree = _KEPT / version
    if not tree.is_dir():
        _KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=_KEPT) as folder:
            fresh = pathlib.Path(folder, version)
            _install(uv, version, fresh)
            fresh.rename(tree)
    return tree


def _install(uv, version, folder):
    command = [uv, 'pip', 'install', '--quiet', '--no-deps']
    command += ['--link-mode', 'copy', '--target', str(folder)]
    # It shall not matter which Python this is.
    command += ['--python-version', '3.12', f'nova=={version}']
    # Pins are for what stands beside another Nova.
    environment = {k: v for k, v in os.environ.items() if k != 'UV_CONSTRAINT'}
    subprocess.run(command, env=environment, check=True)


def copy(version, folder, uv='uv'):
    """Return a Nova of one's own, below a folder."""
    return shutil.copytree(unpacked(version, uv), folder / version)


def patch(tree, release, verb='apply'):
    """Lay the release's series over a tree, or ``revert`` it.

    :raises AssertionError: if that fails; with what was said
    """
    command(verb, release, '--path', str(tree))


def command(verb, release, *options):
    """Call nova-live-tune-patch of these sources.

    :raises AssertionError: if that fails; with what was said
    """
    words = [sys.executable, '-m', 'nova_live_tune.cmd.patch', verb]
    words += ['--release', release, *options]
    done = subprocess.run(
        words, cwd=versions.ROOT, capture_output=True, text=True
    )
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)


def checksums(tree):
    """Return the SHA-256 of every file, by its path below the tree."""
    return {
        str(path.relative_to(tree)): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in sorted(tree.rglob('*'))
        if path.is_file()
    }


def touched(release):
    """Return the files that the release's series is about."""
    return sorted({f for patch in series.read(release) for f in patch.files})


def main():
    for release in versions.releases():
        for version in release.versions:
            unpacked(version)


if __name__ == '__main__':
    main()
