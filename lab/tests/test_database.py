# SPDX-License-Identifier: Apache-2.0
from lab import database, passwords, state
from lab.tests.base import LabCase


class TestIsPrepared(LabCase):
    def setUp(self) -> None:
        super().setUp()
        folders = (self.lab / 'mariadb', self.lab / 'rabbitmq')
        self.patch(database, 'FOLDERS', folders)
        for folder in folders:
            folder.mkdir()
        state.done('mariadb', passwords.version())

    def test_it_is(self) -> None:
        self.assertTrue(database.is_prepared())

    def test_first_syncs_were_broken_off(self) -> None:
        state.done('sync-keystone')
        self.assertTrue(database.is_prepared())

    def test_a_folder_is_gone(self) -> None:
        (self.lab / 'mariadb').rmdir()
        self.assertFalse(database.is_prepared())

    def test_a_password_is_gone(self) -> None:
        (self.lab / 'passwords' / 'nova').unlink()
        self.assertFalse(database.is_prepared())

    def test_tables_are_gone_that_others_refer_to(self) -> None:
        for service in database.SYNCS:
            state.done(f'sync-{service}')
        state.done('identity')
        self.assertTrue(database.is_prepared())
        state.undo('sync-keystone')
        self.assertFalse(database.is_prepared())
