# SPDX-License-Identifier: Apache-2.0
"""Copies of the Nova that the tests run with, unpatched."""

import hashlib
import importlib.metadata
import pathlib
import shutil
import tempfile

import testtools

from nova_live_tune.patching import actions, series, tree

#: The release of that Nova.
RELEASE = tree.release_of(importlib.metadata.version('nova'))

FILES = sorted({f for patch in series.read(RELEASE) for f in patch.files})
ROUTES = 'nova/api/openstack/compute/routes.py'
DRIVER = 'nova/virt/libvirt/driver.py'
LOADER = 'nova/extension_hooks.py'
_NEEDED = ('nova/__init__.py', 'nova/compute/__init__.py')


def checksum(site):
    """Of names, modes, times and contents of all files."""
    found = hashlib.sha256()
    for path in sorted(site.rglob('*')):
        if path.is_file():
            status = path.stat()
            name = path.relative_to(site)
            line = f'{name} {status.st_mode} {status.st_mtime_ns}\n'
            found.update(line.encode() + path.read_bytes())
    return found.hexdigest()


def edit(path, old, new):
    """Change a file as somebody else would."""
    text = path.read_text()
    assert text.count(old) == 1, f'{text.count(old)} times {old!r}'
    path.write_text(text.replace(old, new))


class SiteTest(testtools.TestCase):
    """Has `self.site`, a site-packages with what we touch of Nova."""

    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.site = self.folder / 'site-packages'
        installed = tree.installed()
        information = f'nova-{importlib.metadata.version("nova")}.dist-info'
        for name in (*FILES, *_NEEDED, f'{information}/METADATA'):
            self._copy(installed, name)
        self._copy(installed, 'nova/.live-tune-series')
        actions.revert(self.site, RELEASE)
        self.original = checksum(self.site)

    def _copy(self, installed, name):
        target = self.site / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (installed / name).exists():
            shutil.copy2(installed / name, target)

    def assertOriginal(self):
        self.assertEqual(self.original, checksum(self.site))

    def text(self, name):
        return (self.site / name).read_text()
