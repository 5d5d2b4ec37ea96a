# SPDX-License-Identifier: Apache-2.0
"""What a domain has used: libvirt's statistics, and the kernel's of a quota.

The names are those of libvirt 9.0, the files those of Linux 6.1.
"""

import pathlib

import fixtures

#: libvirt's own numbers, which Nova's fake does without.
KINDS = {'CPU_TOTAL': 2, 'VCPU': 8, 'INTERFACE': 16, 'BLOCK': 32}

CPU = {
    'cpu.time': 61000000000,
    'cpu.user': 50000000000,
    'vcpu.current': 2,
    'vcpu.maximum': 2,
    'vcpu.0.time': 40000000000,
    'vcpu.1.time': 20000000000,
}
NIC = {
    'rx.bytes': 1048576,
    'rx.pkts': 812,
    'rx.errs': 0,
    'rx.drop': 3,
    'tx.bytes': 524288,
    'tx.pkts': 407,
    'tx.errs': 0,
    'tx.drop': 0,
}
DISK = {
    'rd.reqs': 512,
    'rd.bytes': 8388608,
    'rd.times': 4000,
    'wr.reqs': 128,
    'wr.bytes': 2097152,
    'wr.times': 3000,
    'capacity': 1073741824,
}


class Usage:
    """A domain's counters; all of its devices have the same at first."""

    def __init__(self):
        self.cpu = dict(CPU)
        #: By the name that libvirt gives a device.
        self.devices = {}

    def stats(self, tree, kinds):
        """What domainListGetStats() says of a domain with this XML."""
        found = {}
        if kinds & KINDS['CPU_TOTAL']:
            found.update(self._cpu('cpu.'))
        if kinds & KINDS['VCPU']:
            found.update(self._cpu('vcpu.'))
        if kinds & KINDS['INTERFACE']:
            found.update(self._devices('net', tree, 'interface', NIC))
        if kinds & KINDS['BLOCK']:
            found.update(self._devices('block', tree, 'disk', DISK))
        return found

    def _cpu(self, prefix):
        return {k: v for k, v in self.cpu.items() if k.startswith(prefix)}

    def _devices(self, kind, tree, tag, usual):
        targets = tree.iterfind(f'devices/{tag}/target')
        names = [target.get('dev') for target in targets]
        found = {f'{kind}.count': len(names)}
        for number, name in enumerate(names):
            found[f'{kind}.{number}.name'] = name
            for key, value in self.devices.get(name, usual).items():
                found[f'{kind}.{number}.{key}'] = value
        return found


class Connection:
    """A domain's own, as far as it is asked for statistics."""

    def __init__(self, domain):
        self._domain = domain

    def domainListGetStats(self, domains, stats=0, flags=0):
        return self._domain.calls.run(
            'domainListGetStats',
            lambda: [(d, d.stats(stats)) for d in domains if d.isActive()],
        )


class CgroupsFixture(fixtures.Fixture):
    """A host's cgroups, in a folder of their own; nobody is in them yet."""

    def __init__(self, version):
        self._version = version

    def _setUp(self):
        folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.root = folder / 'cgroup'
        kind = 'cgroup2' if self._version == 2 else 'cgroup'
        mounts = folder / 'mounts'
        mounts.write_text(f'x {self.root} {kind} rw,nosuid,cpu 0 0\n')
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_live_tune.virt.libvirt.throttling.MOUNTS', mounts
            )
        )

    def write(self, domain, periods, throttled, nanoseconds, vcpus=1):
        """Let each vCPU of a domain have been throttled so far."""
        name = f'qemu-{domain.ID()}-{domain.name()}.libvirt-qemu'
        time = (
            f'throttled_usec {nanoseconds // 1000}'
            if self._version == 2
            else f'throttled_time {nanoseconds}'
        )
        for number in range(vcpus):
            group = self.root / 'machine' / name / f'vcpu{number}'
            group.mkdir(parents=True, exist_ok=True)
            (group / 'cpu.stat').write_text(
                f'nr_periods {periods}\nnr_throttled {throttled}\n{time}\n'
            )


class StatsFixture(fixtures.Fixture):
    """Gives Nova's fake libvirt the names of what is asked for."""

    def _setUp(self):
        module = 'nova.tests.fixtures.libvirt.VIR_DOMAIN_STATS_'
        for name, number in KINDS.items():
            self.useFixture(fixtures.MonkeyPatch(module + name, number))
