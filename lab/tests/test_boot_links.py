# SPDX-License-Identifier: Apache-2.0
from unittest import mock

from lab import boot_links
from lab.tests.base import LabCase


class TestBootLinks(LabCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch(boot_links, 'ETC', self.lab / 'etc')
        self.commands = mock.Mock()
        self.patch(boot_links, 'run', self.commands)
        self.unit('multi-user.target', 'theirs.service')
        self.script('S01theirs')

    def unit(self, target: str, name: str) -> None:
        folder = boot_links.ETC / 'systemd' / 'system' / f'{target}.wants'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(f'/lib/systemd/system/{name}')

    def script(self, name: str) -> None:
        folder = boot_links.ETC / 'rc2.d'
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to('../init.d/x')

    def units(self) -> set[str]:
        folder = boot_links.ETC / 'systemd' / 'system'
        return {link.name for link in folder.glob('*.wants/*')}

    def calls(self) -> list[list[str]]:
        return [call.args[0] for call in self.commands.call_args_list]

    def test_what_came_is_disabled_and_nothing_else(self) -> None:
        boot_links.remember()
        self.unit('sockets.target', 'epmd.socket')
        self.script('S01rabbitmq-server')
        boot_links.disable_new()
        self.assertEqual(
            [['update-rc.d', 'rabbitmq-server', 'disable']], self.calls()
        )
        self.assertEqual({'theirs.service'}, self.units())

    def test_a_broken_off_installation_is_remembered(self) -> None:
        boot_links.remember()
        self.unit('sockets.target', 'epmd.socket')
        boot_links.remember()
        boot_links.disable_new()
        self.assertEqual({'theirs.service'}, self.units())

    def test_nothing_installed_nothing_disabled(self) -> None:
        self.unit('sockets.target', 'epmd.socket')
        boot_links.disable_new()
        self.assertEqual([], self.calls())
        self.assertIn('epmd.socket', self.units())
