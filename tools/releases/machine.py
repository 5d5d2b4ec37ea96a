# SPDX-License-Identifier: Apache-2.0
"""What the matrix is run with: tox, uv, and the Pythons of this machine."""

import contextlib
import dataclasses
import pathlib
import subprocess
import tempfile

from lab import settings
from tools import tallies
from tools.releases import trees, versions

_TOX = versions.ROOT / '.tox'
_LAB_DOWN = (settings.PYTHON, '-m', 'lab', 'down')


@dataclasses.dataclass(frozen=True)
class Machine:
    """This machine.

    :ivar tox: the path of tox; uv is beside it
    """

    tox: pathlib.Path

    @property
    def uv(self):
        return str(self.tox.with_name('uv'))

    def pythons(self, release):
        """The oldest and the newest to run a release with, by version."""
        return versions.pythons(trees.unpacked(release.last, self.uv))

    def run(self, environment, release, python):
        """Run tests of ours beside a release; return their tally."""
        return tallies.run(self.tox, environment, *self._with(release, python))

    def run_patches(self, name, version):
        """Run a test of the series on one version; return its tally."""
        trees.unpacked(version, self.uv)
        chosen = ('--', f'{name}.*\\({version}\\)')
        return tallies.run(self.tox, 'patches', _TOX, options=chosen)

    def run_smoke(self, release):
        """Try in the lab, running a release, what matters most."""
        variables = {'NOVA_RELEASE': release.name}
        try:
            return tallies.run(self.tox, 'smoke', _TOX, variables)
        finally:
            # Idle as it is, it would slow down all that follows.
            subprocess.run(_LAB_DOWN, cwd=versions.ROOT)

    def home_of_nova(self, release):
        """Build what Nova's own tests need.

        :returns: the virtual environment and its Python's version; it is the
            oldest, as the tests are of its time
        """
        python = next(iter(self.pythons(release)))
        workdir, variables = self._with(release, python)
        code = tallies.call(
            self.tox, 'nova', workdir, variables, ('--notest',)
        )
        if code:
            raise RuntimeError(f'tox could not build it: exit {code}')
        return workdir / 'nova', python

    @contextlib.contextmanager
    def patched(self, release, version):
        """A patched copy of a Nova, for a while."""
        with tempfile.TemporaryDirectory() as folder:
            tree = trees.copy(version, pathlib.Path(folder), self.uv)
            trees.patch(tree, release.name)
            yield tree

    def _with(self, release, python):
        workdir = _TOX / 'releases' / f'{release.name}-py{python}'
        return workdir, {
            'NOVA_RELEASE': release.name,
            'TEST_PYTHON': self.pythons(release)[python],
        }
