# SPDX-License-Identifier: Apache-2.0
"""The sdist and the wheel have all that there is."""

import configparser
import pathlib
import tarfile
import tempfile

import testtools

from nova_live_tune.tests.packaging import built

#: What cannot be left out of an sdist unnoticed.
SOURCES = ('patches/', 'etc/', 'doc/', 'api-ref/', 'lab/', 'tools/')


def below(folder):
    """The source files below a folder, by their names from there."""
    return {
        path[len(folder) :]
        for path in built.files()
        if path.startswith(folder)
    }


def files_of(folder):
    return {
        str(path.relative_to(folder))
        for path in folder.rglob('*')
        if path.is_file() and '__pycache__' not in path.parts
    }


class SdistTest(testtools.TestCase):
    def test_it_has_every_source_file(self):
        sdist, _ = built.distributions()
        self.assertEqual(f'nova_live_tune-{built.VERSION}.tar.gz', sdist.name)
        with tarfile.open(sdist) as archive:
            names = {name.partition('/')[2] for name in archive.getnames()}
        # pbr leaves this one out.
        self.assertEqual({'.gitignore'}, set(built.files()) - names)
        for folder in SOURCES:
            self.assertTrue(below(folder), folder)


class WheelTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.venv = built.installed()
        self.package = built.site_packages(self.venv) / 'nova_live_tune'

    def test_it_has_every_module(self):
        expected = below('nova_live_tune/')
        self.assertIn('virt/libvirt/driver.py', expected)
        found = files_of(self.package)
        self.assertEqual(set(), expected - found)

    def test_it_has_nothing_else_but_the_patches(self):
        expected = {f'patches/{name}' for name in below('patches/')}
        self.assertNotEqual(set(), expected)
        found = files_of(self.package)
        self.assertEqual(expected, found - below('nova_live_tune/'))
        for name in below('patches/'):
            self.assertEqual(
                (built.ROOT / 'patches' / name).read_text(),
                (self.package / 'patches' / name).read_text(),
            )

    def test_it_has_the_samples(self):
        folder = self.venv / 'etc' / 'nova-live-tune'
        for name in ('nova-live-tune.conf.sample', 'policy.yaml.sample'):
            self.assertEqual(
                (built.ROOT / 'etc/nova-live-tune' / name).read_text(),
                (folder / name).read_text(),
            )

    def test_it_has_what_its_entry_points_name(self):
        settings = configparser.ConfigParser()
        settings.read(built.ROOT / 'setup.cfg')
        expected = dict(settings['entry_points'])
        (listing,) = self.package.parent.glob(
            'nova_live_tune-*.dist-info/entry_points.txt'
        )
        points = configparser.ConfigParser(delimiters='=')
        points.optionxform = str
        points.read(listing)
        self.assertEqual(set(expected), set(points.sections()))
        for group in points.sections():
            for target in points[group].values():
                module = target.partition(':')[0].replace('.', '/')
                path = self.package.parent / f'{module}.py'
                self.assertTrue(path.is_file(), target)

    def test_the_patch_command_has_every_series(self):
        command = self.venv / 'bin' / 'nova-live-tune-patch'
        releases = {name.partition('/')[0] for name in below('patches/')}
        releases.remove('common')
        self.assertIn('2026.2', releases)
        for release in releases:
            self._check_export(command, release)

    def _check_export(self, command, release):
        listing = built.ROOT / 'patches' / release / 'series'
        lines = listing.read_text().splitlines()
        names = [x for x in lines if x and not x.startswith('#')]
        with tempfile.TemporaryDirectory() as folder:
            options = ('--format', 'quilt', '--release', release)
            built.run(command, 'export', *options, '--output', folder)
            series = pathlib.Path(folder, 'series').read_text().split()
            self.assertEqual(len(names), len(series))
            self.assertEqual(
                {*series, 'series'}, files_of(pathlib.Path(folder))
            )
