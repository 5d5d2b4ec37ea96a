# SPDX-License-Identifier: Apache-2.0
import os
import pathlib
import shutil
import subprocess

import fixtures
from oslotest import base

from nova_live_tune.checks import results, traffic


class TrafficTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.replace(traffic, 'PROC', self.folder / 'proc')
        self.replace(traffic, 'MODULES', self.folder / 'modules')
        (self.folder / 'modules').mkdir()
        self.replace(shutil, 'which', lambda name, path: f'/sbin/{name}')
        self.replace(subprocess, 'run', self.run_command)
        #: Words of commands that fail.
        self.failing = ()
        self.commands = []

    def replace(self, place, name, value):
        self.useFixture(fixtures.MockPatchObject(place, name, value))

    def run_command(self, command, env, timeout, **_):
        self.commands.append((' '.join(command), env['PATH']))
        failed = any(word in ' '.join(command) for word in self.failing)
        return subprocess.CompletedProcess(command, int(failed))

    def process(self, pid, name, environment=b'', shared=traffic.MINE):
        """A process, with some of our namespaces."""
        folder = self.folder / 'proc' / pid
        for place in (folder, self.folder / 'proc' / 'self'):
            (place / 'ns').mkdir(parents=True, exist_ok=True)
        for part in traffic.MINE:
            mine = self.folder / 'proc' / 'self' / part
            mine.touch()
            if part in shared:
                os.link(mine, folder / part)
            else:
                (folder / part).touch()
        (folder / 'comm').write_text(name + '\n')
        (folder / 'environ').write_bytes(environment)


class TriedTest(TrafficTestCase):
    def test_all_there(self):
        result = traffic.check()
        self.assertEqual(results.Code.SUCCESS, result.code)
        self.assertIn(
            'was tried, and sets up htb, sfq, fw, ingress, police',
            result.details,
        )

    def test_each_in_a_network_namespace_of_its_own(self):
        traffic.check()
        self.assertEqual(1 + len(traffic.ABILITIES), len(self.commands))
        for command, _ in self.commands:
            self.assertTrue(command.startswith('unshare --net sh -c '))

    def test_what_is_lacking(self):
        self.failing = ('sfq', 'police')
        result = traffic.check()
        self.assertEqual(results.Code.FAILURE, result.code)
        self.assertIn('cannot set up sfq, police,', result.details)
        self.assertIn('modules sch_sfq, cls_u32, act_police.', result.details)

    def test_with_the_path_of_libvirts_daemon(self):
        self.process('71', 'nova-compute', b'PATH=/nova\0')
        self.process('72', 'virtqemud', b'A=B\0PATH=/theirs\0')
        traffic.check()
        for _, path in self.commands:
            self.assertTrue(path.startswith('/theirs:'))


class LookedUpTest(TrafficTestCase):
    def setUp(self):
        super().setUp()
        self.failing = ('unshare', 'cls_fw', 'act_police')

    def test_all_there(self):
        for module in ('cls_fw', 'act_police'):
            (self.folder / 'modules' / module).mkdir()
        result = traffic.check()
        self.assertEqual(results.Code.SUCCESS, result.code)
        self.assertIn('only root can try tc', result.details)

    def test_what_is_lacking(self):
        result = traffic.check()
        self.assertEqual(results.Code.WARNING, result.code)
        self.assertIn('no module cls_fw, act_police;', result.details)
        self.assertIn('run this as root', result.details)

    def test_nothing_is_loaded(self):
        traffic.check()
        asked = [c for c, _ in self.commands if c.startswith('modprobe')]
        self.assertNotEqual([], asked)
        for command in asked:
            self.assertIn('--dry-run', command)

    def test_no_unshare_and_no_modprobe(self):
        self.replace(subprocess, 'run', _not_there)
        result = traffic.check()
        self.assertEqual(results.Code.WARNING, result.code)
        self.assertIn('sch_htb', result.details)


def _not_there(command, **_):
    raise FileNotFoundError(command[0])


class NoTcTest(TrafficTestCase):
    def setUp(self):
        super().setUp()
        self.replace(shutil, 'which', lambda name, path: None)

    def test_where_libvirt_runs(self):
        self.process('72', 'libvirtd', b'PATH=/theirs\0')
        result = traffic.check()
        self.assertEqual(results.Code.FAILURE, result.code)
        self.assertIn('no tc on /theirs', result.details)
        self.assertIn('Install iproute2.', result.details)

    def test_libvirt_is_not_to_be_seen(self):
        result = traffic.check()
        self.assertEqual(results.Code.WARNING, result.code)
        self.assertIn('where libvirt runs', result.details)

    def test_libvirt_is_in_a_container(self):
        for number, part in enumerate(traffic.MINE):
            shared = set(traffic.MINE) - {part}
            self.process(str(number), 'libvirtd', b'PATH=/theirs\0', shared)
        self.assertEqual(results.Code.WARNING, traffic.check().code)

    def test_libvirt_is_not_ours_to_look_at(self):
        self.process('72', 'libvirtd')
        os.unlink(self.folder / 'proc' / '72' / 'environ')
        self.assertEqual(results.Code.WARNING, traffic.check().code)
