# SPDX-License-Identifier: Apache-2.0
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile
from unittest import mock

import testtools

from nova_live_tune.patching import series, tree


def _fake_nova(site):
    (site / 'nova/compute').mkdir(parents=True)
    (site / 'nova/compute/manager.py').touch()
    return site


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class FolderTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, self.folder)


class LocateTest(FolderTest):
    def test_where_nova_may_be(self):
        for number, below in enumerate(
            (
                '.',
                'lib/python3.12/site-packages',
                'usr/lib/python3/dist-packages',
                'debian/nova/usr/lib/python3/dist-packages',
                'debian/python3-nova/usr/lib/python3/dist-packages',
            )
        ):
            top = self.folder / str(number)
            site = _fake_nova(top / below)
            self.assertEqual(site, tree.locate(top), below)

    def test_the_package_itself_will_do(self):
        _fake_nova(self.folder)
        self.assertEqual(self.folder, tree.locate(self.folder / 'nova'))

    def test_the_source_of_a_debian_package_comes_before_what_it_built(self):
        _fake_nova(self.folder)
        _fake_nova(self.folder / 'debian/nova/usr/lib/python3/dist-packages')
        self.assertEqual(self.folder, tree.locate(self.folder))

    def test_no_nova(self):
        (self.folder / 'nova').mkdir()
        error = self.assertRaises(tree.NotFound, tree.locate, self.folder)
        self.assertIn(f'no Nova in {self.folder}', str(error))

    def test_more_than_one_are_named(self):
        for version in ('3.11', '3.12'):
            _fake_nova(self.folder / f'lib/python{version}/site-packages')
        error = self.assertRaises(tree.NotFound, tree.locate, self.folder)
        self.assertIn('python3.11/site-packages, ', str(error))


class InstalledTest(FolderTest):
    def test_as_this_python_would_import_it(self):
        origin = importlib.util.find_spec('nova').origin
        self.assertEqual(pathlib.Path(origin).parents[1], tree.installed())

    def test_none(self):
        # What uninstalling leaves is no Nova.
        (self.folder / 'nova').mkdir()
        modules = {k: v for k, v in sys.modules.items() if k != 'nova'}
        with mock.patch.multiple(
            sys, path=[str(self.folder)], modules=modules
        ):
            self.assertRaises(tree.NotFound, tree.installed)

    def test_nothing_of_nova_is_imported(self):
        code = (
            'import sys; from nova_live_tune.patching import tree;'
            'tree.installed(); sys.exit("nova" in sys.modules)'
        )
        done = subprocess.run([sys.executable, '-c', code], check=False)
        self.assertEqual(0, done.returncode)


class VersionTest(FolderTest):
    def _git(self, *words):
        identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org']
        subprocess.run(
            ['git', '-C', self.folder, *identity, *words],
            check=True,
            capture_output=True,
        )

    def test_of_a_git_checkout_whatever_its_egg_info_says(self):
        self._git('init')
        for tag in ('debian/3%33.0.2-1', '33.0.2', None):
            self._git('commit', '--allow-empty', '-m', 'change')
            if tag:
                self._git('tag', '-a', '-m', 'tag', tag)
        _write(
            self.folder / 'nova.egg-info/PKG-INFO',
            'Metadata-Version: 2.1\nName: nova\nVersion: 31.0.0\n',
        )
        self.assertEqual('33.0.2', tree.version(self.folder))

    def test_of_a_checkout_without_tags_its_egg_info(self):
        self._git('init')
        _write(
            self.folder / 'nova.egg-info/PKG-INFO',
            'Metadata-Version: 2.1\nName: nova\nVersion: 34.0.1\n',
        )
        self.assertEqual('34.0.1', tree.version(self.folder))

    def test_of_what_is_installed(self):
        for kind in ('dist-info/METADATA', 'egg-info/PKG-INFO'):
            site = self.folder / kind.partition('-')[0]
            _write(
                site / f'nova-32.2.1.{kind}',
                'Metadata-Version: 2.1\nName: nova\nVersion: 32.2.1\n',
            )
            _write(
                site / f'novaclient-1.0.0.{kind}',
                'Metadata-Version: 2.1\nName: novaclient\nVersion: 1.0.0\n',
            )
            self.assertEqual('32.2.1', tree.version(site))

    def test_of_an_sdist(self):
        _write(
            self.folder / 'PKG-INFO',
            'Metadata-Version: 2.1\nName: nova\nVersion: 31.3.1\n\nLong\n',
        )
        self.assertEqual('31.3.1', tree.version(self.folder))

    def test_another_projects_sdist_tells_nothing(self):
        _write(self.folder / 'PKG-INFO', 'Name: cinder\nVersion: 31.3.1\n')
        self.assertIsNone(tree.version(self.folder))

    def test_of_a_debian_package(self):
        for number, (first, version) in enumerate(
            {
                'nova (3:34.0.0-2) unstable; urgency=medium': '34.0.0',
                'nova (3:33.0.0~rc1-1) sid; urgency=low': '33.0.0~rc1',
                'nova (31.0.0-0ubuntu1.2) noble; urgency=low': '31.0.0',
            }.items()
        ):
            top = self.folder / str(number)
            _write(top / 'debian/changelog', f'{first}\n\n  * New.\n')
            built = top / 'debian/nova/usr/lib/python3/dist-packages'
            self.assertEqual(version, tree.version(top))
            self.assertEqual(version, tree.version(built))

    def test_of_nothing(self):
        self.assertIsNone(tree.version(self.folder))


class ReleaseTest(FolderTest):
    def _choose(self, version, asked):
        with mock.patch.object(tree, 'version', return_value=version):
            return tree.release(self.folder, asked)

    def test_what_it_is(self):
        self.assertEqual('2026.1', self._choose('33.0.2', None))
        self.assertEqual('2026.1', self._choose('33.0.2', '2026.1'))

    def test_what_the_operator_says_of_an_unknown_one(self):
        self.assertEqual('2026.2', self._choose(None, '2026.2'))
        self.assertEqual('2026.2', self._choose('35.0.0.0b1', '2026.2'))

    def test_both_must_agree(self):
        error = self.assertRaises(
            tree.Mismatch, self._choose, '33.0.2', '2026.2'
        )
        self.assertIn('nova 33.0.2, which is 2026.1, not 2026.2', str(error))

    def test_unknown(self):
        for version, asked, told in (
            (None, None, 'one of 2025.1, '),
            ('30.0.0', None, '31 (2025.1), '),
            ('34.0.0', '2024.1', '31 (2025.1), '),
        ):
            error = self.assertRaises(
                series.Unknown, self._choose, version, asked
            )
            self.assertIn(told, str(error))
