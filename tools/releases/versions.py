# SPDX-License-Identifier: Apache-2.0
"""Which versions of Nova there are to run with, and which Pythons.

Nothing is listed here: a release is what has a series of patches and pins, its
last version is what the pins say, and its Pythons are what that version says.
"""

import dataclasses
import email.parser
import os
import re
import subprocess

from tools.tallies import ROOT

#: The first one of which nova-compute runs with native threads.
_THREADS_SINCE = 34


@dataclasses.dataclass(frozen=True)
class Release:
    """A release of OpenStack.

    :ivar name: such as 2025.1
    :ivar last: its newest version of Nova, such as 31.3.1
    """

    name: str
    last: str

    @property
    def major(self):
        return int(self.last.partition('.')[0])

    @property
    def versions(self):
        """The first and the last version, which may be one."""
        return tuple(dict.fromkeys((f'{self.major}.0.0', self.last)))

    @property
    def modes(self):
        """The concurrency modes in which all of its services run."""
        threads = self.major >= _THREADS_SINCE
        return ('eventlet', 'threading') if threads else ('eventlet',)

    @property
    def constraints(self):
        return ROOT / 'tests-constraints' / f'{self.name}.txt'


def releases():
    """All releases, the oldest first."""
    found = []
    for series in sorted((ROOT / 'patches').glob('*/series')):
        name = series.parent.name
        pins = (ROOT / 'tests-constraints' / f'{name}.txt').read_text()
        pin = re.search(r'^nova==(\S+)', pins, re.MULTILINE)
        found.append(Release(name, pin[1]))
    return found


def pythons(tree):
    """Return the oldest and the newest Python to run an unpacked Nova with.

    :returns: of each its version, such as 3.9, and its path; those that the
        Nova says it supports and that this machine has
    """
    found = {v: interpreter(v) for v in _supported(tree)}
    found = {v: path for v, path in found.items() if path}
    ends = list(found)[:1] + list(found)[-1:]
    return {version: found[version] for version in ends}


def _supported(tree):
    (metadata,) = tree.glob('nova-*.dist-info/METADATA')
    classifiers = email.parser.HeaderParser().parsestr(
        metadata.read_text(), headersonly=True
    )
    named = re.findall(
        r':: Python :: 3\.(\d+)$',
        '\n'.join(classifiers.get_all('Classifier')),
        re.MULTILINE,
    )
    return [f'3.{minor}' for minor in sorted(map(int, named))]


def interpreter(version):
    """Return the path of this machine's Python; None if it has none."""
    # Not a virtual environment's, which may go.
    code = 'import os, sys; print(os.path.realpath(sys.executable))'
    command = [f'python{version}', '-c', code]
    # To pyenv's shims it has to be said which one is meant.
    environment = {**os.environ, 'PYENV_VERSION': version}
    try:
        asked = subprocess.run(
            command, env=environment, capture_output=True, text=True
        )
    except FileNotFoundError:
        return None
    return asked.stdout.strip() if not asked.returncode else None
