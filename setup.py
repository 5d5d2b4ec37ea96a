# SPDX-License-Identifier: Apache-2.0
import pathlib
import shutil

import setuptools
from setuptools.command import build_py


class BuildWithPatches(build_py.build_py):
    """Puts patches/ into the package: who installs it has them too."""

    def run(self):
        super().run()
        if not self.editable_mode:
            inside = pathlib.Path(self.build_lib, 'nova_live_tune', 'patches')
            shutil.rmtree(inside, ignore_errors=True)
            shutil.copytree('patches', inside)


class Distribution(setuptools.Distribution):
    """As pbr overwrites a cmdclass."""

    def get_command_class(self, command):
        if command == 'build_py':
            return BuildWithPatches
        return super().get_command_class(command)


setuptools.setup(
    setup_requires=['pbr>=6.0.0'], pbr=True, distclass=Distribution
)
