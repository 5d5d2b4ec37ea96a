# SPDX-License-Identifier: Apache-2.0
"""The read-back, the answers and virsh say the same of every knob."""

from typing import Any

from lab import virsh
from lab.probe import on
from nova_live_tune import tunables
from nova_live_tune.tests.e2e import base

SELECTED = {'interface': 1, 'disk': 'vda'}
BURSTS = {'': 1000, '_max': 3000, '_max_length': 7}


def throttles(*operations: str) -> dict[str, int]:
    """Every knob of these operations, no two with the same value."""
    return {
        f'{operation}_{kind}_sec{suffix}': value + turn
        for turn, (operation, kind) in enumerate(
            (operation, kind)
            for operation in operations
            for kind in ('bytes', 'iops')
        )
        for suffix, value in BURSTS.items()
    }


def knobs_of(values: dict[str, Any]) -> set[str]:
    """Flat names of what an answer lists."""
    names: set[str] = set()
    for key, value in values.items():
        if isinstance(value, dict):
            names |= {f'{key}_{inner}' for inner in value}
        else:
            names.add(key)
    return names


class ReadBackTest(base.ServerTest):
    def assert_set(
        self, target: tunables.Target, body: dict[str, Any]
    ) -> None:
        """What was asked for, is answered, reported by virsh, and kept."""
        entry = self.tune(body)
        self.assertEqual(set(target.names), knobs_of(entry['effective']))
        asked = {
            key: value
            for key, value in body[target.action].items()
            if key != target.selector
        }
        self.assertEqual(asked, entry['tuned'])
        self.assertEqual(
            asked, {key: entry['effective'][key] for key in asked}
        )
        self.assertEqual(self.reported(), self.effective())

    def test_cpu(self) -> None:
        values = {'quota': 71000, 'period': 90000, 'shares': 333}
        self.assert_set(tunables.CPU, {'setCpuQuota': values})

    def test_interface(self) -> None:
        limits = {
            'inbound': {'average': 1001, 'peak': 2002, 'burst': 303},
            'outbound': {'average': 1004, 'peak': 2005, 'burst': 306},
        }
        body = {'setInterface': {'interface': 1, **limits}}
        self.assert_set(tunables.INTERFACE, body)

    def test_disk_in_total(self) -> None:
        values = {**throttles('total'), 'size_iops_sec': 4096}
        body = {'setDiskIO': {'disk': 'vda', **values}}
        self.assert_set(tunables.DISK, body)

    def test_disk_each_way(self) -> None:
        values = {**throttles('read', 'write'), 'size_iops_sec': 8192}
        body = {'setDiskIO': {'disk': 'vdb', **values}}
        self.assert_set(tunables.DISK, body)

    def test_the_ends_of_the_ranges(self) -> None:
        """libvirt, tc and QEMU take what our table allows."""
        low, high = tunables.SHARES_RANGES[self.cgroup_version()]
        shares = {'minimum': low, 'maximum': high}
        for target, names in (
            (tunables.CPU, ('quota', 'period')),
            (tunables.INTERFACE, tunables.INTERFACE.names),
            (tunables.DISK, ('total_bytes_sec', 'total_iops_sec')),
            (tunables.DISK, ('read_bytes_sec', 'write_iops_sec')),
        ):
            for end in ('minimum', 'maximum'):
                values = {name: getattr(target[name], end) for name in names}
                if target is tunables.CPU:
                    values['shares'] = shares[end]
                settings = target.nest(values)
                if target.selector:
                    settings[target.selector] = SELECTED[target.selector]
                entry = self.tune({target.action: settings})
                self.assertLessEqual(
                    target.nest(values).items(), entry['tuned'].items()
                )
                self.assertEqual(self.reported(), self.effective())

    def test_refusals_name_the_knob_the_value_and_the_range(self) -> None:
        """Of the host's own, too, and without its traceback."""
        low, high = tunables.SHARES_RANGES[self.cgroup_version()]
        beyond = low - 1 if low > 1 else high + 1
        response = self.post({'setCpuQuota': {'shares': beyond}})
        self.assertEqual(400, response.status_code, response.text)
        message = response.json()['badRequest']['message']
        for words in ('shares', str(beyond), f'{low}..{high}'):
            self.assertIn(words, message)
        self.assertEqual(1, len(message.splitlines()), message)

    def cgroup_version(self) -> int:
        found = on(self.guest.host, 'stat', '-f', '-c', '%T', '/sys/fs/cgroup')
        return 2 if found.strip() == 'cgroup2fs' else 1

    def test_a_knob_that_is_not_named_keeps_its_value(self) -> None:
        first = {'total_bytes_sec': 1 << 20, 'total_iops_sec': 300}
        self.tune({'setDiskIO': {'disk': 'vda', **first}})
        entry = self.tune({'setDiskIO': {'disk': 'vda', 'total_iops_sec': 9}})
        self.assertEqual({**first, 'total_iops_sec': 9}, entry['tuned'])
        self.assertEqual(1 << 20, entry['effective']['total_bytes_sec'])
        self.assertEqual(self.reported(), self.effective())

    def test_the_configuration_is_set_as_well(self) -> None:
        self.tune({'setCpuQuota': {'quota': 33000}})
        host, domain = self.guest.host, self.server.id
        parameters = virsh.parameters(host, 'schedinfo', domain, '--config')
        self.assertEqual(33000, parameters['vcpu_quota'])

    def test_reset_gives_what_a_fresh_server_has(self) -> None:
        before = self.reported()
        self.tune({'setCpuQuota': {'quota': 50000, 'shares': 100}})
        self.tune({'setInterface': {'interface': 2, 'rate': 777}})
        self.tune({'setDiskIO': {'disk': 'vdb', 'read_bytes_sec': 4096}})
        self.assertNotEqual(before, self.reported())
        self.tenant.tune(self.server, {'resetLiveTune': None})
        self.assertEqual(before, self.reported())
        limits = self.limits()
        entries = [limits['cpu'], *limits['interfaces'], *limits['disks']]
        self.assertEqual([{}] * 5, [entry['tuned'] for entry in entries])
