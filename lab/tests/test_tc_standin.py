# SPDX-License-Identifier: Apache-2.0
"""What the stand-in makes of libvirt's own calls."""

import os
import pathlib
import shutil
import subprocess

from lab import settings
from lab.tests.base import LabCase

RECORDER = """\
#!/bin/sh
echo "${0##*/} $*" >>"$CALLS"
[ "$1" != -batch ] || cat >>"$CALLS"
"""
TAP = 'tap381dad9f-3d'
IFB = 'ifb381dad9f-3d'
SFQ = f'qdisc add dev {TAP} parent 1:1 handle 2: sfq perturb 10'
FW = (
    f'filter add dev {TAP} parent 1:0 protocol all prio 1 handle 1 fw flowid 1'
)
MATCH = f'filter add dev {TAP} parent ffff: protocol all u32 match u32 0 0'
POLICE = f'{MATCH} police rate 2000kbps burst 600kb mtu 64kb drop flowid :1'


class TestTcStandin(LabCase):
    def setUp(self) -> None:
        super().setUp()
        self.tools, self.devices = self.lab / 'tools', self.lab / 'devices'
        for folder in (self.tools, self.devices, self.lab / 'bin'):
            folder.mkdir()
        self.standin = self.lab / 'bin' / 'tc'
        shutil.copy(settings.HERE / 'tc-standin', self.standin)
        for name in ('real-tc', 'ip'):
            self.recorder(self.tools / name)
        self.device(TAP)

    def recorder(self, path: pathlib.Path) -> None:
        path.write_text(RECORDER)
        path.chmod(0o755)

    def device(self, name: str) -> None:
        (self.devices / name).mkdir()

    def calls(self, words: str, lacks: str = 'sfq fw police') -> list[str]:
        (self.lab / 'bin' / 'tc-lacks').write_text(f'{lacks}\n')
        recorded = self.lab / 'calls'
        recorded.write_text('')
        environment = {
            'PATH': f'{self.tools}:{os.environ["PATH"]}',
            'CALLS': str(recorded),
            'LAB_REAL_TC': str(self.tools / 'real-tc'),
            'LAB_DEVICES': str(self.devices),
        }
        subprocess.run(
            [self.standin, *words.split()], env=environment, check=True
        )
        return recorded.read_text().splitlines()

    def test_the_rest_is_passed_on(self) -> None:
        for words in (
            f'qdisc add dev {TAP} root handle 1: htb default 1',
            f'qdisc del dev {TAP} root',
            f'qdisc add dev {TAP} ingress',
            'qdisc show',
        ):
            self.assertEqual([f'real-tc {words}'], self.calls(words))

    def test_sfq(self) -> None:
        shorter = SFQ.replace('sfq perturb 10', 'pfifo')
        self.assertEqual([f'real-tc {shorter}'], self.calls(SFQ))

    def test_fw(self) -> None:
        self.assertEqual([], self.calls(FW))

    def test_police(self) -> None:
        bucket = 'rate 2000kbps burst 600kb latency 50ms'
        redirect = f'action mirred egress redirect dev {IFB}'
        batch = [
            'real-tc -batch -',
            f'qdisc replace dev {IFB} root tbf {bucket}',
            f'{MATCH} {redirect}',
        ]
        self.assertEqual(
            [f'ip link add {IFB} up type ifb', *batch], self.calls(POLICE)
        )
        self.device(IFB)
        self.assertEqual(batch, self.calls(POLICE))

    def test_only_what_is_lacking(self) -> None:
        for word, words in (('sfq', SFQ), ('fw', FW), ('police', POLICE)):
            others = {'sfq', 'fw', 'police'} - {word}
            self.assertEqual(
                [f'real-tc {words}'], self.calls(words, ' '.join(others))
            )

    def test_an_ifb_goes_after_its_tap(self) -> None:
        self.device(IFB)
        self.device('ifb12345678-9a')
        words = f'qdisc del dev {TAP} ingress'
        self.assertEqual(
            ['ip link delete ifb12345678-9a', f'real-tc {words}'],
            self.calls(words),
        )

    def test_a_failure_is_told(self) -> None:
        (self.tools / 'real-tc').write_text('#!/bin/sh\nexit 2\n')
        with self.assertRaises(subprocess.CalledProcessError):
            self.calls(SFQ)
