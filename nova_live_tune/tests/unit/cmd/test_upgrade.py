# SPDX-License-Identifier: Apache-2.0
import contextlib
import io
from importlib import metadata

import fixtures
from oslo_serialization import jsonutils
from oslo_upgradecheck import upgradecheck
from oslotest import base

from nova_live_tune.checks import package, results
from nova_live_tune.cmd import status, upgrade


class CommandsTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.connect = self.useFixture(
            fixtures.MockPatchObject(upgrade, '_connect')
        ).mock

    def check(self, *found):
        """The exit code, and what is printed, where the checks find this."""
        rows = tuple(
            (f'Check {number}', lambda commands, result=result: result)
            for number, result in enumerate(found)
        )
        commands = upgrade.Commands()
        commands._upgrade_checks = rows
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            code = commands.check()
        return code, printed.getvalue()

    def test_the_worst_is_the_exit_code(self):
        green, so_so = results.success('a'), results.warning('b')
        self.assertEqual(0, self.check(green)[0])
        self.assertEqual(1, self.check(green, so_so, green)[0])
        self.assertEqual(2, self.check(results.failure('c'), so_so)[0])

    def test_nova_is_wired_first(self):
        self.check(results.success('a'))
        self.connect.assert_called_once_with()

    def test_each_host_has_a_line_and_no_name_is_broken(self):
        path = '/a/path-with-hyphens' * 3
        _, printed = self.check(results.success(f'one: fine\ntwo: {path}'))
        lines = [line.strip('| ') for line in printed.splitlines()]
        self.assertIn('Details: one: fine', lines)
        self.assertTrue([line for line in lines if line.endswith(path)])

    def test_every_check_is_there(self):
        self.assertEqual(
            [
                'Patches',
                'Entry points',
                'Policy rules',
                'Compute hosts',
                'libvirt and QEMU',
                'CPU cgroup',
                'Traffic control',
            ],
            [name for name, _ in upgrade.Commands._upgrade_checks],
        )

    def test_json_keeps_the_lines(self):
        conf = type('Conf', (), {'command': type('C', (), {'json': True})})
        self.useFixture(fixtures.MockPatchObject(upgradecheck, 'CONF', conf))
        _, printed = self.check(results.warning('one\ntwo'))
        (row,) = jsonutils.loads(printed)['checks']
        self.assertEqual('one\ntwo', row['details'])
        self.assertEqual(1, row['result'])


class CommandTest(base.BaseTestCase):
    def test_it_is_installed(self):
        (command,) = (
            entry_point
            for entry_point in metadata.distribution(package.NAME).entry_points
            if entry_point.name == 'nova-live-tune-status'
        )
        self.assertIs(status.main, command.load())
