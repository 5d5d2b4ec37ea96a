# SPDX-License-Identifier: Apache-2.0
"""``openstack server tune``: what is asked for is what Nova does."""

from oslo_utils.fixture import uuidsentinel as uuids

from nova_live_tune import tunables
from nova_live_tune.osc import options
from nova_live_tune.tests.functional import base, examples, shell

MIB = 1 << 20


class CommandsTest(shell.ShellMixin, base.OneServerTestBase):
    EXTRA_SPECS = {'quota:cpu_quota': 80000, 'quota:cpu_period': 200000}

    def setUp(self):
        super().setUp()
        self.name = self.server['name']

    def done(self, *words, **kwargs):
        """Run a command that shall succeed, and tell its rows."""
        done = self.tune(*words, '-f', 'json', **kwargs)
        self.assertEqual('', done.stderr)
        self.assertEqual(0, done.status)
        return done.json

    def refused(self, *words, **kwargs):
        """Run a command that shall not; return its one sentence."""
        before = self.standing(self.server)
        done = self.tune(*words, **kwargs)
        self.assertEqual('', done.stdout)
        self.assertEqual(1, done.status)
        self.assert_nothing_changed(self.server, before)
        self.assertEqual(1, done.stderr.count('\n'), done.stderr)
        return done.stderr

    def tuned(self):
        return self.show(self.server)['cpu']['tuned']

    def test_each_knob_has_its_option(self):
        words = {'interface': ['1'], 'disk': ['vda']}
        for target in tunables.TARGETS:
            device = words.get(target.name, [])
            for option in options.of(target):
                for place, knob in enumerate(option.knobs):
                    self._check_knob(target, device, option, place, knob)
                self.done('unset', self.name, '--all')

    def _check_knob(self, target, device, option, place, knob):
        if isinstance(knob, tunables.Shorthand):
            return
        asked = [examples.value(k) for k in option.knobs[: place + 1]]
        basis = []
        for base_of in knob.needs[:1] if len(option.knobs) == 1 else ():
            basis = self._basis(target, base_of)
        text = ':'.join(map(str, asked))
        [row] = self.done(
            target.name, 'set', self.name, *device, *basis, option.flag, text
        )
        self.assertEqual(asked[-1], row['Effective'][knob.name])

    def _basis(self, target, name):
        """What has to be limited too for the knob to mean anything."""
        knob = target[name]
        flag = '--' + name.replace('_', '-')
        return [
            *(self._basis(target, knob.needs[0]) if knob.needs else ()),
            *(flag, str(examples.value(knob))),
        ]

    def test_cpu(self):
        [row] = self.done('cpu', 'set', self.name, '--percent', '25')
        self.assertEqual('cpu', row['Device'])
        self.assertEqual({'quota': 50000}, self.tuned())
        self.done(
            'cpu', 'set', self.name, '--percent', '12.5', '--period', 80000
        )
        self.assertEqual({'quota': 10000, 'period': 80000}, self.tuned())
        self.done(
            'cpu', 'set', self.name, '--percent', '50', '--period', 'flavor'
        )
        self.assertEqual({'quota': 100000}, self.tuned())
        self.done('cpu', 'set', self.name, '--unlimited')
        self.assertEqual({'quota': -1}, self.tuned())
        self.done('cpu', 'set', self.name, '--quota', 'flavor')
        self.assertEqual({}, self.tuned())

    def test_interface_by_each_of_its_names(self):
        nics = self.show(self.server)['interfaces']
        [fixed] = base.PORTS[1]['fixed_ips'][:1]
        names = (2, nics[1]['port_id'], nics[1]['mac_address'])
        for rate, name in enumerate((*names, fixed['ip_address']), 1):
            row = self.done(
                *('interface', 'set', self.name, name),
                *('--inbound', f'{rate}M:{rate * 2}M:4M'),
            )[0]
            self.assertEqual('interface 2', row['Device'])
            nic = self.show(self.server)['interfaces'][1]
            self.assertEqual(
                {'average': rate << 10, 'peak': rate << 11, 'burst': 4096},
                nic['effective']['inbound'],
            )
        self.done(
            *('interface', 'set', self.name, '2', '--inbound', 'unlimited')
        )
        nic = self.show(self.server)['interfaces'][1]
        self.assertEqual(0, nic['effective']['inbound']['average'])

    def test_disk_and_show(self):
        self.done(
            *(
                'disk',
                'set',
                self.name,
                '/dev/vda',
                '--total-bytes-sec',
                '10M',
            ),
            *('--total-iops-sec', '2k'),
        )
        rows = {
            (row['Device'], row['Knob']): row
            for row in self.done('show', self.name)
        }
        row = rows['vda', 'total_bytes_sec']
        self.assertEqual('bytes/s', row['Unit'])
        self.assertEqual(
            (None, 10 * MIB, 10 * MIB),
            (row['Flavor'], row['Tuned'], row['Effective']),
        )
        self.assertEqual(2000, rows['vda', 'total_iops_sec']['Effective'])
        self.assertEqual(80000, rows['cpu', 'quota']['Flavor'])
        self.assertNotIn(('vda', 'read_bytes_sec'), rows)
        long = self.done('show', '--long', self.name)
        self.assertEqual(
            sum(len(target.knobs) * n for target, n in self._counts()),
            len(long),
        )

    def _counts(self):
        return zip(tunables.TARGETS, (1, len(base.PORTS), 2))

    def test_every_format(self):
        self.done('cpu', 'set', self.name, '--quota', '50000')
        ask = ('show', self.name, '-c', 'Knob', '-c', 'Tuned', '-f')
        for format, expected in {
            'value': 'quota 50000\n',
            'csv': '"quota",50000\n',
            'yaml': '- Knob: quota\n  Tuned: 50000\n',
            'shell': 'knob_1=quota\ntuned_1=50000\n',
            'table': '| quota            | 50000 (25 %) |',
            'json': '"Knob": "quota",\n    "Tuned": 50000\n',
        }.items():
            done = self.tune(*ask, format)
            self.assertEqual('', done.stderr)
            self.assertIn(expected, done.stdout)

    def test_bad_input_is_told_in_one_sentence(self):
        cpu = ('cpu', 'set', self.name)
        nic = ('interface', 'set', self.name, '1')
        for words, expected in {
            (
                *cpu,
                '--quota',
                '500',
            ): '--quota 500 is not allowed: give 1000..',
            (*cpu, '--quota', '10M'): '--quota 10M is not understood',
            (*cpu, '--percent', 'x'): '--percent x is not understood',
            (*cpu, '--percent', '.1'): '--percent .1 is not understood',
            (*cpu, '--percent', '0.1'): '--percent makes a quota of 200',
            (*cpu, '--percent', '1', '--unlimited'): 'Give one of --quota',
            cpu: 'There is nothing to set: give at least one of --quota,',
            (
                *cpu,
                '--quota',
                '5000',
                '--parallel',
                '0',
            ): '--parallel 0 is not',
            (*nic, '--rate', '10MB'): '--rate 10MB is not understood',
            (*nic, '--rate', '1', '--inbound', '1'): 'cannot stand beside',
            (*nic, '--inbound', '9:8'): 'inbound.peak 8 is below',
            (
                *nic,
                '--inbound',
                '1:2:3:4',
            ): 'give <average>[:<peak>[:<burst>]]',
            (*nic[:-1], '7', '--rate', '1'): 'no interface 7',
            (*nic[:-1], '192.0.2.1', '--rate', '1'): 'no interface 192.0.2.1',
            ('disk', 'set', self.name, 'vdz', '--read-iops-sec', '1'): 'vdz',
            ('cpu', 'set', 'nobody', '--quota', '5000'): 'ID of nobody',
            ('cpu', 'set', uuids.nobody, '--quota', '5000'): uuids.nobody,
            ('cpu', 'set', '--quota', '5000'): 'Name a server',
            (*cpu, '--quota', '5000', '--host', 'x'): 'Give either servers or',
            ('unset', self.name): 'Give either --all, or',
            ('show', 'nobody'): 'ID of nobody',
            ('watch', self.name, '--interval', '0'): '--interval 0 is not',
        }.items():
            self.assertIn(expected, self.refused(*words))

    def test_policy(self):
        sentence = self.refused(
            'cpu', 'set', self.server['id'], '--quota', '5000', user='reader'
        )
        self.assertIn("Policy doesn't allow", sentence)

    def test_a_lease(self):
        [row] = self.done(
            *('cpu', 'set', self.name, '--quota', '5000'),
            *('--duration', '90m'),
        )
        self.assertIsNotNone(row['Expires At'])
        shown = self.show(self.server)['cpu']
        self.assertEqual(shown['expires_at'], row['Expires At'])
        [row, *_] = self.done('show', self.name)
        self.assertEqual(shown['expires_at'], row['Expires At'])
        self.assertIn(
            '--duration 30 is not allowed',
            self.refused(
                *('cpu', 'set', self.name, '--quota', '5000'),
                *('--duration', '30'),
            ),
        )

    def test_a_dry_run(self):
        self.done('cpu', 'set', self.name, '--quota', '5000')
        before = self.standing(self.server)
        words = ('cpu', 'set', self.name, '--quota', '6000', '--dry-run')
        [row] = self.done(*words)
        self.assertEqual('would be done', row['Result'])
        change = {'quota': {'from': 5000, 'to': 6000}}
        self.assertEqual(change, row['Changes'])
        self.assertIn('quota 5000 -> 6000', self.tune(*words).stdout)
        [row] = self.done('unset', self.name, '--cpu', '--dry-run')
        change = {'quota': {'from': 5000, 'to': 80000}}
        self.assertEqual(change, row['Changes'])
        self.assertIn(
            'no interface 9',
            self.refused(
                *('interface', 'set', self.name, '9'),
                *('--rate', '1M', '--dry-run'),
            ),
        )
        self.assert_nothing_changed(self.server, before)

    def test_generations(self):
        self.done('cpu', 'set', self.name, '--quota', '5000')
        [row, *_] = self.done('show', self.name, '--long')
        self.assertEqual(1, row['Generation'])
        words = ('cpu', 'set', self.name, '--quota', '6000', '--generation')
        self.assertIn('generation 0 is not', self.refused(*words, '0'))
        self.done(*words, '1')
        self.assertIn(
            'generation 1 is not',
            self.refused('unset', self.name, '--all', '--generation', '1'),
        )

    def test_unset(self):
        self.done('cpu', 'set', self.name, '--quota', '5000')
        self.done('interface', 'set', self.name, '1', '--rate', '1M')
        self.done('interface', 'set', self.name, '2', '--rate', '1M')
        rows = self.done('unset', self.name, '--cpu', '--interface', '2')
        self.assertEqual(['cpu', 'interface 2'], [r['Device'] for r in rows])
        self.assertEqual(80000, rows[0]['Effective']['quota'])
        shown = self.show(self.server)
        tuned = [nic['tuned'] != {} for nic in shown['interfaces']]
        self.assertEqual([True, False], tuned)
        self.assertEqual(5, len(self.done('unset', self.name, '--all')))
        self.assertEqual({}, self.kept(self.server))

    def test_list(self):
        self.assertEqual([], self.done('list'))
        self.done('cpu', 'set', self.name, '--quota', '5000')
        [row] = self.done('list')
        self.assertEqual(['ID', 'Name', 'Status', 'Tuned'], list(row))
        self.assertEqual(
            (self.server['id'], self.name, 'ACTIVE'),
            (row['ID'], row['Name'], row['Status']),
        )
        self.assertEqual({'quota': 5000}, row['Tuned']['cpu']['tuned'])
        table = self.tune('list')
        self.assertIn('| cpu: quota 5000 |', table.stdout)
        for words in (('--all-projects',), ('--host', 'compute1')):
            self.assertIn("Policy doesn't", self.refused('list', *words))
            [row] = self.done('list', *words, user='admin')
            self.assertEqual('compute1', row['Host'])
        self.assertEqual([], self.done('list', '--host', 'x', user='admin'))

    def test_show_bounds(self):
        self.done('cpu', 'set', self.name, '--percent', '25', user='admin')
        rows = {
            row['Bound']: row
            for row in self.done('show', self.name, '--bounds')
        }
        row = rows['cpu_percent']
        self.assertEqual(
            ('cpu', 'percent of a core', None, 25, True),
            tuple(
                row[c]
                for c in ('Device', 'Unit', 'Min', 'Max', 'Set By Admin')
            ),
        )
        self.assertIn(
            'not allowed with argument',
            self.tune('show', self.name, '--bounds', '--observed').stderr,
        )

    def test_show_observed(self):
        fake = self.domain(self.server)
        self.domains.groups.write(fake, 100, 40, 7000000)
        rows = {
            (row['Device'], row['Counter']): row
            for row in self.done('show', self.name, '--observed')
        }
        for device, counter, unit, count in (
            ('cpu', 'throttled_periods', 'periods', 40),
            ('cpu', 'vcpu 1 time', 'nanoseconds', 20000000000),
            ('interface 2', 'inbound.bytes', 'bytes', 1048576),
            ('vdb', 'write_operations', 'operations', 128),
        ):
            row = rows[device, counter]
            self.assertEqual(
                (unit, count), (row['Unit'], row['Observed']), counter
            )
        self.assertIsNone(row['Not Observed'])
        table = self.tune('show', self.name, '--observed')
        self.assertIn('| 1048576 ', table.stdout)

    def test_watch(self):
        self.done('cpu', 'set', self.name, '--percent', '25')
        fake = self.domain(self.server)
        self.domains.groups.write(fake, 100, 40, 7000000)
        ask = ('watch', self.name, '--interval', '0.5', '--count', '1')
        done = self.tune(*ask)
        self.assertEqual((0, ''), (done.status, done.stderr))
        self.assertIn(' cpu busiest vCPU: 0 of 25 % of a core\n', done.stdout)
        self.assertIn(' cpu throttled: 0 % of periods\n', done.stdout)

    def test_watch_a_server_that_does_not_run(self):
        self._stop_server(self.server)
        done = self.tune('watch', self.name, '--count', '1')
        self.assertEqual(0, done.status)
        [line] = done.stderr.splitlines()
        self.assertIn(
            'What the server uses cannot be seen: The server does not run',
            line,
        )


class ManyServersTest(shell.ShellMixin, base.LiveTuneTestBase):
    def setUp(self):
        super().setUp()
        self.start_compute()
        self.servers = [self.boot(ports=[port]) for port in base.PORTS]
        self.names = [server['name'] for server in self.servers]

    def quotas(self, *words, **kwargs):
        """Set CPU quotas; return the rows, the rest, and who has what."""
        done = self.tune('cpu', 'set', *words, '-f', 'json', **kwargs)
        shown = [self.show(server)['cpu'] for server in self.servers]
        kept = [cpu['tuned'].get('quota') for cpu in shown]
        return done, kept

    def test_what_fails_is_reported_and_the_others_are_done(self):
        names = [self.names[0], 'nobody', self.names[1]]
        done, kept = self.quotas(*names, '--percent', '30')
        self.assertEqual(1, done.status)
        self.assertEqual('2 of 3 servers done, 1 failed.\n', done.stderr)
        self.assertEqual(names, [row['Server'] for row in done.json])
        self.assertEqual(
            ['done', 'failed', 'done'], [row['Result'] for row in done.json]
        )
        self.assertIn('ID of nobody', done.json[1]['Message'])
        self.assertEqual([30000, 30000], kept)

    def test_by_property(self):
        for server, values in zip(self.servers, ({'a': '1', 'b': '2'}, {})):
            self.api.api_post(
                f'/servers/{server["id"]}/metadata',
                {'metadata': {'a': '1', **values}},
            )
        both = ('--property', 'a=1', '--property', 'b=2')
        done, kept = self.quotas(*both, '--quota', '30000')
        self.assertEqual((0, [30000, None]), (done.status, kept))
        done, kept = self.quotas('--property', 'a=1', '--quota', '40000')
        self.assertEqual((0, [40000, 40000]), (done.status, kept))

    def test_by_flavor(self):
        flavor = self.servers[1]['flavor']['original_name']
        done, kept = self.quotas('--flavor', flavor, '--quota', '30000')
        self.assertEqual((0, [None, 30000]), (done.status, kept))
        self.assertEqual(self.names[1], done.json[0]['Server'])

    def test_by_host_is_for_admins(self):
        host = ('--host', 'compute1', '--quota', '30000')
        done, kept = self.quotas(*host)
        self.assertEqual((1, [None, None]), (done.status, kept))
        self.assertIn("Policy doesn't allow", done.stderr)
        done, kept = self.quotas(*host, user='admin')
        self.assertEqual((0, [30000, 30000]), (done.status, kept))

    def test_none_that_fits(self):
        done, kept = self.quotas('--property', 'a=1', '--quota', '30000')
        self.assertEqual((1, [None, None]), (done.status, kept))
        self.assertEqual('There is no server that fits.\n', done.stderr)


class WithoutExtensionTest(shell.ShellMixin, base.LiveTuneTestBase):
    def test_it_is_said_to_be_not_there(self):
        self.start_without_extension()
        server = self.boot()
        done = self.tune('cpu', 'set', server['name'], '--quota', '30000')
        self.assertEqual((1, ''), (done.status, done.stdout))
        self.assertIn('does not run the live-tune extension', done.stderr)
