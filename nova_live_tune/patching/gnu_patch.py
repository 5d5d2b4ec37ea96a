# SPDX-License-Identifier: Apache-2.0
"""Let GNU patch put patches on copies of files, or take them back.

No context may be guessed (fuzz 0); where a hunk has moved, it is found. What
the files hold comes and goes as a dict, so that nothing is touched here.
"""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from nova_live_tune.patching.errors import Refused
from nova_live_tune.patching.series import Patch

#: By their path below the folder of nova/, what files hold; None: no file.
Contents = dict[str, 'bytes | None']

# Neither --batch nor --forward: both take a patch that is there already for
# something else than a failure.
_OPTIONS = ('-p1', '--fuzz=0', '--force', '--no-backup-if-mismatch')


class Missing(Refused):
    """There is no GNU patch on this machine."""


class DoesNotFit(Refused):
    """A hunk found no place; the text shows the file, the line, the hunk."""


def lay(contents: Contents, patches: Iterable[Patch]) -> Contents:
    """What files hold with patches.

    :raises DoesNotFit: at the first one
    """
    with _workspace(contents) as folder:
        for patch in patches:
            if not _fits(folder, patch):
                raise DoesNotFit(_explain(folder, patch))
            _run(folder, patch)
        return _read(folder, contents)


def withdraw(
    contents: Contents, patches: Iterable[Patch]
) -> tuple[Contents, list[Patch]]:
    """What files hold without patches, and the patches that were not there."""
    absent: list[Patch] = []
    with _workspace(contents) as folder:
        for patch in reversed(list(patches)):
            if _fits(folder, patch, '--reverse'):
                _run(folder, patch, '--reverse')
            else:
                absent.insert(0, patch)
        return _read(folder, contents), absent


def why_not_withdrawn(contents: Contents, patch: Patch) -> DoesNotFit:
    """Why a patch that should be there cannot be taken back."""
    with _workspace(contents) as folder:
        return DoesNotFit(_explain(folder, patch, '--reverse'))


@contextmanager
def _workspace(contents: Contents) -> Iterator[pathlib.Path]:
    with tempfile.TemporaryDirectory(prefix='nova-live-tune-') as name:
        folder = pathlib.Path(name, 'site')
        for path, content in contents.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            if content is not None:
                (folder / path).write_bytes(content)
        yield folder


def _read(folder: pathlib.Path, paths: Iterable[str]) -> Contents:
    return {
        path: (folder / path).read_bytes()
        if (folder / path).is_file()
        else None
        for path in paths
    }


def _fits(folder: pathlib.Path, patch: Patch, *options: str) -> bool:
    return not _run(folder, patch, '--dry-run', *options).returncode


def _explain(folder: pathlib.Path, patch: Patch, *options: str) -> str:
    """The first failing hunk, in the words of GNU patch."""
    rejects = folder.parent / 'rejects'
    rejects.unlink(missing_ok=True)
    done = _run(folder, patch, *options, rejects=rejects)
    said = done.stdout.decode(errors='replace')
    hunk = rejects.read_text(errors='replace') if rejects.exists() else ''
    first = re.match(r'(?:.*\n){2}@@.*\n(?:[^@].*\n)*', hunk)
    failed = re.search(r'Hunk #\d+ FAILED at \d+', said)
    does = 'cannot be taken back from' if options else 'does not fit'
    return (
        f'{patch.name or "A patch"} {does} {" ".join(patch.files)}: '
        f'{failed[0] if failed else said.strip()}.\n'
        f'{first[0] if first else hunk}'
    )


def _run(
    folder: pathlib.Path,
    patch: Patch,
    *options: str,
    rejects: pathlib.Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    # What it says is read, and variables such as POSIXLY_CORRECT change what
    # it does.
    environment = {'LC_ALL': 'C', 'PATH': os.environ.get('PATH', os.defpath)}
    where = ('--reject-format=unified', f'--reject-file={rejects or "-"}')
    return subprocess.run(
        [_program(), *_OPTIONS, *where, *options, '-d', str(folder)],
        input=patch.diff.encode(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        check=False,
    )


def _program() -> str:
    program = shutil.which('patch')
    if not program:
        raise Missing(
            'GNU patch is missing: install the package "patch" first.'
        )
    return program
