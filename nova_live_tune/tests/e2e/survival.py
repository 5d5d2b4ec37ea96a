# SPDX-License-Identifier: Apache-2.0
"""The survival table: which limits outlive which operation.

python -m nova_live_tune.tests.e2e.survival [--without-overlay]

Prints it as reStructuredText; with the overlay (and reconciling) switched off
it shows what Nova alone loses. Needs the lab.
"""

import argparse
import concurrent.futures
import configparser
import contextlib
import csv
import dataclasses
import io
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

from lab import hosts, power, virsh
from lab.measure import Cpu, Disk, Network, Window, rates
from lab.probe import on
from lab.volumes import Volumes
from nova_live_tune.tests.e2e.operations import (
    OF_HOSTS,
    OF_SERVERS,
    Operation,
    Subject,
)

KEPT, LOST, FAILED = 'kept', 'LOST', 'FAILED'
MIB = 1 << 20

#: What is set on each, and which of it libvirt has to report afterwards.
CPU = {'quota': 30000, 'shares': 700}
NICS = (
    {
        'inbound': {'average': 3000, 'peak': 6000, 'burst': 1000},
        'outbound': {'average': 600},
    },
    {'rate': 4000},
)
DISKS = {
    'disk': {
        'read_bytes_sec': 8 * MIB,
        'read_bytes_sec_max': 16 * MIB,
        'read_bytes_sec_max_length': 2,
        'write_bytes_sec': 4 * MIB,
    },
    'disk.eph0': {
        'total_iops_sec': 50,
        'total_iops_sec_max': 80,
        'total_iops_sec_max_length': 1,
    },
}
VOLUME = {
    'read_iops_sec': 70,
    'write_iops_sec': 60,
    'write_iops_sec_max': 120,
    'write_iops_sec_max_length': 3,
}
EVERY = {'average': 4000, 'peak': 4000, 'burst': 4000}
REPORTED_NICS = (
    {
        'inbound': NICS[0]['inbound'],
        'outbound': {'average': 600, 'peak': 0, 'burst': 0},
    },
    {'inbound': EVERY, 'outbound': EVERY},
)

#: What holds then: % of each vCPU (of Nova's period of 100 ms; low enough
#: that the larger flavor's vCPUs, or a guest of a busy machine, which may get
#: half of a CPU, would get more without it), KiB/s, operations a second.
MEASURED = {'NIC': 600, 'disk': 50, 'CPU': 30}
#: The most that a measurement may be above its limit.
TOLERANCE = 1.2
#: Past the burst: QEMU's bucket of max * length leaks at the limit's rate.
WINDOW = Window(settle=2, seconds=2)
ATTEMPTS = 3
#: Of an error's text.
WIDTH = 200

COLUMNS = (
    'CPU quota',
    'CPU shares',
    'NIC 1',
    'NIC 2',
    'root disk',
    'ephemeral disk',
    'volume',
    'CPU, measured',
    'NIC, measured',
    'disk, measured',
)


@dataclasses.dataclass
class Row:
    operation: str
    seconds: float
    cells: dict[str, str]
    note: str = ''

    @property
    def lost(self) -> bool:
        return bool(self.note) or any(
            not cell.startswith(KEPT) for cell in self.cells.values()
        )


class Survival:
    """One server to which one operation after the other is done."""

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._begin()

    def _begin(self) -> None:
        self.subject = Subject('survival')
        self._ports = [nic['port_id'] for nic in self._limits()['interfaces']]
        volumes = Volumes(self.subject.tenant)
        self._volume = volumes.create()
        volumes.attach(self.subject.server, self._volume)
        self.tune()

    def tune(self) -> None:
        bodies = [{'setCpuQuota': CPU}]
        for port, nic in zip(self._ports, NICS):
            bodies.append({'setInterface': {'interface': port, **nic}})
        names = ('vda', 'vdb', self._volume.id)
        for disk, values in zip(names, (*DISKS.values(), VOLUME)):
            bodies.append({'setDiskIO': {'disk': disk, **values}})
        for body in bodies:
            self.subject.tenant.tune(self.subject.server, body)

    def run(self, operations: Iterable[Operation]) -> list[Row]:
        return [self._row(*operation) for operation in operations]

    def _row(self, name: str, operate: Callable[[Subject], None]) -> Row:
        begun = time.monotonic()
        try:
            operate(self.subject)
            row = Row(name, time.monotonic() - begun, self._cells())
        except Exception as error:
            note = f'{FAILED}: {type(error).__name__}: {error}'[:WIDTH]
            row = Row(name, time.monotonic() - begun, {}, note)
        self._tell(f'{name}: {row.seconds:.0f} s, {row.cells} {row.note}')
        if row.lost:
            self._again()
        return row

    def _again(self) -> None:
        """The next operation shall find a server with limits."""
        if self.subject.server.status == 'RESCUE':
            return
        try:
            self.tune()
        except Exception as error:
            self._tell(f'Another server, since this one: {error}'[:WIDTH])
            self.end()
            self._begin()

    def end(self) -> None:
        self.subject.tenant.delete(self.subject.server)
        Volumes(self.subject.tenant).delete(self._volume)

    def _cells(self) -> dict[str, str]:
        host, domain = self.subject.host.name, self.subject.server.id
        limits = self._limits()
        read_back = {nic['port_id']: nic for nic in limits['interfaces']}
        targets = _disk_targets(host, domain)
        found = virsh.cpu(host, domain)
        cells = {
            f'CPU {knob}': _verdict(limits['cpu'], {knob: value}, found)
            for knob, value in CPU.items()
        }
        for number, (port, wanted) in enumerate(
            zip(self._ports, REPORTED_NICS), 1
        ):
            entry = read_back[port]
            found = virsh.interface(host, domain, entry['mac_address'])
            cells[f'NIC {number}'] = _verdict(entry, wanted, found)
        images = {**DISKS, f'volume-{self._volume.id}': VOLUME}
        for column, entry, (image, wanted) in zip(
            ('root disk', 'ephemeral disk', 'volume'),
            limits['disks'],
            images.items(),
        ):
            found = {}
            if image in targets:
                found = virsh.disk(host, domain, targets[image])
            elif self.subject.server.status == 'RESCUE':
                cells[column] = f'{KEPT} (not attached)'
                continue
            cells[column] = _verdict(entry, wanted, found)
        if self.subject.server.status == 'ACTIVE':
            cells.update(self._measured())
        return cells

    def _measured(self) -> dict[str, str]:
        for _ in range(ATTEMPTS):
            measured = self._measure()
            # Less can be the machine's fault, more cannot.
            if all(got > limit / 2 for _, got, limit in measured):
                break
        return {
            f'{name}, measured': (
                f'{KEPT if got <= limit * TOLERANCE else LOST} '
                f'({got:.0f} of {limit})'
            )
            for name, got, limit in measured
        }

    def _measure(self) -> list[tuple[str, float, int]]:
        vcpus = int(self.subject.server.flavor['vcpus'])
        # What makes the guest slow begins last, and ends first.
        quantities = (
            Network(0, 'outbound'),
            Disk('vdb', 'read', operations=True, block_size='4k'),
            Cpu(vcpus),
        )
        with self.subject.guest() as guest:
            guest.wait()
            with contextlib.ExitStack() as loads:
                for quantity in quantities:
                    loads.enter_context(quantity.load(guest))
                found = rates(guest, WINDOW)
            values = [quantity.value(guest, found) for quantity in quantities]
        return list(zip(MEASURED, values, MEASURED.values()))

    def _limits(self) -> dict[str, Any]:
        return self.subject.tenant.limits(self.subject.server)


def run(
    tell: Callable[[str], object],
    chosen: Callable[[Operation], bool] = lambda operation: True,
) -> list[Row]:
    """Do all operations, or the chosen ones.

    Guests with so little CPU take long to start: as many at once as may be.
    """

    def group(operations: Iterable[Operation]) -> list[Row]:
        wanted = list(filter(chosen, operations))
        if not wanted:
            return []
        survival = Survival(tell)
        try:
            return survival.run(wanted)
        finally:
            survival.end()

    with concurrent.futures.ThreadPoolExecutor() as pool:
        rows = [row for rows in pool.map(group, OF_SERVERS) for row in rows]
    return rows + group(OF_HOSTS)


def _disk_targets(host: str, domain: str) -> dict[str, str]:
    """By its image's name, what libvirt calls a disk at the moment."""
    text = on(host, 'virsh', '--readonly', 'dumpxml', domain)
    found = {}
    for disk in ElementTree.fromstring(text).iterfind('devices/disk'):
        source, target = disk.find('source'), disk.find('target')
        if source is not None and target is not None:
            path = source.get('file', '')
            found[path.rpartition('/')[2]] = target.get('dev', '')
    return found


def _verdict(
    entry: dict[str, Any], wanted: dict[str, Any], found: dict[str, Any]
) -> str:
    if {name: found.get(name) for name in wanted} != wanted:
        return LOST
    if not entry['tuned'] or entry['not_in_effect']:
        return f'{LOST} (read-back: {entry["not_in_effect"]})'
    return KEPT


@contextlib.contextmanager
def without_overlay() -> Iterator[None]:
    """Nova as it is: what is set is recorded, and nothing else."""
    options = {'overlay': 'false', 'reconcile': 'false'}
    texts = {}
    for host in hosts.COMPUTES:
        path = host.etc / 'nova' / 'nova.conf'
        texts[path] = path.read_text()
        config = configparser.RawConfigParser(strict=False)
        config.read_dict({'live_tune': options})
        with path.open('a') as file:
            config.write(file)
        power.restart(host, 'nova-compute')
    try:
        yield
    finally:
        for host, (path, text) in zip(hosts.COMPUTES, texts.items()):
            path.write_text(text)
            power.restart(host, 'nova-compute')


def table(rows: Iterable[Row]) -> str:
    """As reStructuredText."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(['operation', *COLUMNS, 'seconds'])
    for row in rows:
        cells = [row.cells.get(name, row.note or '-') for name in COLUMNS]
        writer.writerow([row.operation, *cells, f'{row.seconds:.0f}'])
    head = '.. csv-table::\n   :header-rows: 1\n\n'
    return head + textwrap.indent(text.getvalue(), '   ')


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--without-overlay', action='store_true')
    parser.add_argument('only', nargs='*', help='words of operations')
    arguments = parser.parse_args()

    def chosen(operation: Operation) -> bool:
        words = arguments.only
        return not words or any(word in operation[0] for word in words)

    with contextlib.ExitStack() as stack:
        if arguments.without_overlay:
            stack.enter_context(without_overlay())
        rows = run(lambda line: print(line, file=sys.stderr), chosen)
    print(table(rows))
    return int(any(row.lost for row in rows))


if __name__ == '__main__':
    sys.exit(main())
