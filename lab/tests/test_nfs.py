# SPDX-License-Identifier: Apache-2.0
"""What the stand-in for mount makes of Nova's and Cinder's calls."""

import os
import subprocess

from lab import settings
from lab.tests.base import LabCase

RECORDER = '#!/bin/sh\necho "${0##*/} $*" >>"$CALLS"\n'
BINDFS = 'bindfs -o subtype=glusterfs /srv/volumes /mnt/1f'


class TestMount(LabCase):
    def calls(self, name: str, words: str) -> list[str]:
        for tool in ('bindfs', 'real-mount'):
            path = self.lab / tool
            path.write_text(RECORDER)
            path.chmod(0o755)
        environment = {
            'PATH': f'{self.lab}:{os.environ["PATH"]}',
            'CALLS': str(self.lab / 'calls'),
            'LAB_REAL_MOUNT': str(self.lab / 'real-mount'),
        }
        command = [settings.NFS / name, *words.split()]
        subprocess.run(command, env=environment, check=True)
        return (self.lab / 'calls').read_text().splitlines()

    def test_nova(self) -> None:
        words = '-t nfs controller:/srv/volumes /mnt/1f'
        self.assertEqual([BINDFS], self.calls('mount', words))

    def test_cinder(self) -> None:
        words = '-t nfs -o vers=4,minorversion=2 controller:/srv/volumes'
        self.assertEqual([BINDFS], self.calls('mount', f'{words} /mnt/1f'))

    def test_the_rest_is_passed_on(self) -> None:
        words = '-t tmpfs -o mode=755 tmpfs /run'
        self.assertEqual([f'real-mount {words}'], self.calls('mount', words))

    def test_cinder_looks_for_the_helper(self) -> None:
        self.assertEqual(['real-mount '], self.calls('mount.nfs', ''))
