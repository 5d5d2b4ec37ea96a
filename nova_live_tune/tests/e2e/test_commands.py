# SPDX-License-Identifier: Apache-2.0
"""``openstack server tune``, as a tenant's shell has it."""

import os
import pty
import signal
import subprocess
import time
from concurrent import futures
from typing import Any

from lab import virsh
from lab.probe import host_of
from lab.volumes import Volumes
from nova_live_tune.tests.e2e import base, shell

MIB = 1 << 20
MANY = 300
#: Runs what the openstack command says that completes it, as bash would.
COMPLETES = """
_get_comp_words_by_ref() { words=("${COMP_WORDS[@]}"); cur=${words[-1]}; }
source /dev/stdin
COMP_WORDS=("$@")
_openstack
echo "${COMPREPLY[@]}"
"""


def both(*jobs: Any) -> list[Any]:
    with futures.ThreadPoolExecutor() as executor:
        return [job.result() for job in [executor.submit(j) for j in jobs]]


class CommandsTest(base.LabTest):
    first: Any
    second: Any
    shell: shell.Shell

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        names = ('e2e-commands-1', 'e2e-commands-2')
        cls.first, cls.second = both(
            *(lambda n=name: cls.tenant.boot(n) for name in names)
        )
        for server in (cls.first, cls.second):
            cls.addClassCleanup(cls.tenant.delete, server)
        cls.shell = shell.Shell()
        cls.addClassCleanup(cls.shell.close)

    def setUp(self) -> None:
        super().setUp()
        self.name = self.first.name
        self.addCleanup(self._take_back)

    def _take_back(self) -> None:
        for server in (self.first, self.second):
            self.tenant.tune(server, {'resetLiveTune': None})

    def done(self, *words: Any) -> Any:
        """Run a command that shall succeed; return its rows."""
        done = self.shell.run(*shell.TUNE, *words, '-f', 'json')
        self.assertEqual((0, ''), (done.status, done.stderr))
        return done.json

    def refused(self, *words: Any) -> str:
        """Run a command that shall not; return its one sentence."""
        done = self.shell.run(*shell.TUNE, *words)
        self.assertEqual((1, ''), (done.status, done.stdout))
        self.assertEqual(1, done.stderr.count('\n'), done.stderr)
        return done.stderr

    def limits(self) -> dict[str, Any]:
        return self.tenant.limits(self.first)

    def tuned(self, server: Any) -> Any:
        return self.tenant.limits(server)['cpu']['tuned']

    def test_cpu(self) -> None:
        self.done('cpu', 'set', self.name, '--percent', '40', '--shares', 300)
        reported = virsh.cpu(host_of(self.first.id), self.first.id)
        self.assertEqual((40000, 300), (reported['quota'], reported['shares']))
        rows = self.done('show', self.name)
        self.assertEqual(
            {
                'Device': 'cpu',
                'ID': None,
                'Knob': 'quota',
                'Unit': 'microseconds per period and vCPU',
                'Flavor': None,
                'Tuned': 40000,
                'Effective': 40000,
                'Expires At': None,
                'Not In Effect': None,
            },
            rows[0],
        )
        shown = shell.run(*shell.TUNE, 'show', self.first.id)
        self.assertEqual((0, ''), (shown.status, shown.stderr))
        self.assertIn('| 40000 (40 %)', shown.stdout)
        rows = self.done('unset', self.name, '--cpu')
        self.assertEqual(-1, rows[0]['Effective']['quota'])
        self.assertEqual({}, self.tuned(self.first))

    def test_interface_by_each_of_its_names(self) -> None:
        network = self.tenant.connection.network
        nic = self.limits()['interfaces'][1]
        port = network.update_port(nic['port_id'], name='e2e-front')
        names = (2, nic['port_id'], nic['mac_address'], port.name)
        address = port.fixed_ips[0]['ip_address']
        for rate, name in enumerate((*names, address), 1):
            [row] = self.done(
                *('interface', 'set', self.name, name, '--rate', f'{rate}M')
            )
            self.assertEqual('interface 2', row['Device'])
            reported = virsh.interface(
                host_of(self.first.id), self.first.id, nic['mac_address']
            )
            self.assertEqual(rate << 10, reported['inbound']['average'])

    def test_disk_by_each_of_its_names(self) -> None:
        volumes = Volumes(self.tenant)
        with volumes.attached(self.first) as volume:
            volumes.storage.update_volume(volume, name='e2e-data')
            device = self._device(volume)
            names = (device, f'/dev/{device}', volume.id, 'e2e-data')
            for rate, name in enumerate(names, 1):
                [row] = self.done(
                    *('disk', 'set', self.name, name),
                    *('--total-bytes-sec', f'{rate}M'),
                )
                self.assertEqual(device, row['Device'])
                reported = virsh.disk(
                    host_of(self.first.id), self.first.id, device
                )
                self.assertEqual(rate * MIB, reported['total_bytes_sec'])

    def _device(self, volume: Any) -> str:
        found = {disk['volume_id']: disk for disk in self.limits()['disks']}
        return str(found[volume.id]['device'])

    def test_bad_input(self) -> None:
        for words, expected in {
            ('cpu', 'set', self.name, '--quota', '500'): '--quota 500 is not',
            ('interface', 'set', self.name, 1, '--rate', 'x'): '--rate x is',
            ('interface', 'set', self.name, 'no', '--rate', 1): 'interface no',
            ('disk', 'set', self.name, 'no', '--read-iops-sec', 1): 'disk no',
            ('disk', 'set', self.name, 'vdz', '--read-iops-sec', 1): 'vdz',
            ('unset', self.name): 'Give either --all',
            ('show', 'e2e-nobody'): 'ID of e2e-nobody',
            ('list', '--all-projects'): "Policy doesn't allow",
        }.items():
            self.assertIn(expected, self.refused(*words))

    def test_a_process_has_the_same_status_and_sentence(self) -> None:
        ask = ('disk', 'set', self.name, 'vdz', '--total-bytes-sec', '1M')
        done = shell.run(*shell.TUNE, *ask)
        self.assertEqual((1, ''), (done.status, done.stdout))
        self.assertEqual(self.refused(*ask), done.stderr)

    def test_many_of_which_one_fails(self) -> None:
        compute = self.tenant.connection.compute
        compute.lock_server(self.second)
        self.addCleanup(compute.unlock_server, self.second)
        ask = ('cpu', 'set', self.name, self.second.name, '--percent', '30')
        done = self.shell.run(*shell.TUNE, *ask, '-f', 'json')
        self.assertEqual(1, done.status)
        self.assertEqual('1 of 2 servers done, 1 failed.\n', done.stderr)
        first, second = done.json
        self.assertEqual('done', first['Result'])
        self.assertEqual('failed', second['Result'])
        self.assertIn('locked', second['Message'])
        self.assertEqual({'quota': 30000}, self.tuned(self.first))

    def test_many_by_what_they_have(self) -> None:
        compute = self.tenant.connection.compute
        for server in (self.first, self.second):
            compute.set_server_metadata(server, e2e='commands')
        where = ('--property', 'e2e=commands', '--project', 'demo')
        rows = self.done('cpu', 'set', *where, '--percent', '25')
        self.assertEqual(['done', 'done'], [row['Result'] for row in rows])
        for server in (self.first, self.second):
            self.assertEqual({'quota': 25000}, self.tuned(server))
        self.assertIn(
            "Policy doesn't allow",
            self.refused('unset', '--host', 'compute1', '--all'),
        )

    def test_list(self) -> None:
        self.assertEqual([], self._listed())
        self.done('cpu', 'set', self.name, '--quota', '30000')
        [row] = self._listed()
        self.assertEqual(self.first.id, row['ID'])
        self.assertEqual({'quota': 30000}, row['Tuned']['cpu']['tuned'])

    def _listed(self) -> list[dict[str, Any]]:
        ours = (self.first.id, self.second.id)
        return [row for row in self.done('list') if row['ID'] in ours]

    def test_an_interrupt_stops_and_says_what_was_done(self) -> None:
        others = [f'e2e-nobody-{number}' for number in range(MANY)]
        process = shell.start(
            *(*shell.TUNE, 'cpu', 'set', self.name, *others),
            *('--quota', '30000', '--parallel', '1', '-f', 'json'),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        while not self.tuned(self.first):
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=30)
        self.assertEqual(130, process.returncode, stderr)
        results = [row['Result'] for row in shell.Done(0, stdout, '').json]
        self.assertEqual(1 + MANY, len(results))
        self.assertEqual(('done', 'not begun'), (results[0], results[-1]))
        self.assertTrue(stderr.startswith(f'Interrupted: 1 of {1 + MANY} '))
        self.assertEqual(1, stderr.count('\n'), stderr)

    def test_watch(self) -> None:
        self.done('cpu', 'set', self.name, '--percent', '40')
        ask = ('watch', self.name, '--interval', '0.5', '--count', '2')
        done = self.shell.run(*shell.TUNE, *ask)
        self.assertEqual((0, ''), (done.status, done.stderr))
        lines = [x for x in done.stdout.splitlines() if ' cpu busiest' in x]
        self.assertEqual(2, len(lines))
        self.assertRegex(lines[0], r': \d+ of 40 % of a core$')
        self.assertRegex(done.stdout, r' cpu throttled: \d+ % of periods\n')

    def test_what_was_used(self) -> None:
        rows = self.done('show', self.name, '--observed')
        counts = {(r['Device'], r['Counter']): r['Observed'] for r in rows}
        self.assertGreater(counts['cpu', 'vcpu 0 time'], 0)
        self.assertGreater(counts['interface 1', 'inbound.packets'], 0)
        self.assertIn(('cpu', 'throttled_time'), counts)
        self.assertIsNone(rows[0]['Not Observed'])

    def test_watch_on_a_terminal_until_an_interrupt(self) -> None:
        reader, terminal = pty.openpty()
        process = shell.start(
            *(*shell.TUNE, 'watch', self.name, '--interval', '0.5'),
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )
        os.close(terminal)
        seen = self._read_until(reader, b'cpu busiest vCPU', times=3)
        process.send_signal(signal.SIGINT)
        self.assertEqual(0, process.wait(30))
        # The cursor goes up, and is shown again in the end.
        self.assertIn(b'\x1b[1A', seen)
        seen = self._read_until(reader, b'\x1b[?25h')
        self.assertNotIn(b'Traceback', seen)
        os.close(reader)

    def _read_until(self, reader: int, words: bytes, times: int = 1) -> bytes:
        seen = b''
        end = time.monotonic() + 60
        while seen.count(words) < times:
            self.assertLess(time.monotonic(), end, seen)
            seen += os.read(reader, 65536)
        return seen

    def test_completion(self) -> None:
        told = shell.run('complete')
        self.assertEqual((0, ''), (told.status, told.stderr))
        self.assertEqual(
            ['cpu', 'disk', 'interface', 'list', 'show', 'unset', 'watch'],
            self._completed(told.stdout, *shell.TUNE, ''),
        )
        ask = ('interface', 'set', '--r')
        self.assertEqual(
            ['--rate'], self._completed(told.stdout, *shell.TUNE, *ask)
        )

    def _completed(self, script: str, *words: str) -> list[str]:
        """What bash offers for the last of these words."""
        done = subprocess.run(
            ['bash', '-c', COMPLETES, 'bash', 'openstack', *words],
            input=script,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()
