# SPDX-License-Identifier: Apache-2.0
import unittest
from unittest import mock

from lab import packages, settings

TEXT = """\
# a remark
always
libvirt-dev [platform:dpkg lab test]
g++-12 [platform:dpkg lab]
only-tests [test]
no-profile [platform:dpkg]

"""


class TestWanted(unittest.TestCase):
    def test_profile(self) -> None:
        self.assertEqual(
            ['always', 'libvirt-dev', 'g++-12', 'no-profile'],
            packages.wanted(TEXT, 'lab'),
        )
        self.assertEqual(
            ['always', 'libvirt-dev', 'only-tests', 'no-profile'],
            packages.wanted(TEXT, 'test'),
        )

    def test_our_own(self) -> None:
        names = packages.wanted(
            (settings.CLONE / 'bindep.txt').read_text(), 'lab'
        )
        # Their packages with daemons in them are for a machine's own use.
        self.assertIn('mariadb-server-core', names)
        self.assertNotIn('mariadb-server', names)
        self.assertIn('patch', names)


class TestMissing(unittest.TestCase):
    def test_only_what_is_installed_counts(self) -> None:
        shown = 'ii  one\nrc  two\nno packages found matching three\n'
        with mock.patch.object(packages, 'run', return_value=shown):
            self.assertEqual(
                ['two', 'three'], packages.missing(['one', 'two', 'three'])
            )
