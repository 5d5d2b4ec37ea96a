# SPDX-License-Identifier: Apache-2.0
import testtools
from nova import exception
from nova.api.validation import validators
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.api import schemas


def validate(schema, body):
    validators._SchemaValidator(schema).validate(body)


class SchemaTestCase(base.BaseTestCase):
    def accepted(self, schema, *bodies):
        for body in bodies:
            validate(schema, body)

    def refused(self, schema, *bodies):
        for body in bodies:
            self.assertRaises(
                exception.ValidationError, validate, schema, body
            )


class SetRequestTest(SchemaTestCase):
    def test_the_contracts_examples(self):
        port = uuids.port
        self.accepted(
            schemas.set_interface,
            {'setInterface': {'interface': 1, 'rate': 10240}},
            {
                'setInterface': {
                    'interface': port,
                    'inbound': {'average': 10240, 'peak': 20480, 'burst': 1},
                    'outbound': {'average': None},
                }
            },
        )
        self.accepted(
            schemas.set_cpu_quota,
            {'setCpuQuota': {'quota': 50000, 'period': 100000, 'shares': 512}},
            {'setCpuQuota': {'quota': -1}},
        )
        self.accepted(
            schemas.set_disk_io,
            {
                'setDiskIO': {
                    'disk': 'vda',
                    'total_bytes_sec': 10485760,
                    'total_iops_sec': 200,
                    'total_iops_sec_max': 2000,
                    'total_iops_sec_max_length': 10,
                }
            },
        )

    def test_unknown_keys(self):
        self.refused(
            schemas.set_cpu_quota,
            {'setCpuQuota': {'quota': 5000, 'speed': 1}},
            {'setCpuQuota': {'quota': 5000}, 'setDiskIO': {}},
            {},
        )
        self.refused(
            schemas.set_interface,
            {'setInterface': {'interface': 1, 'inbound': {'rate': 1}}},
        )

    def test_which_device_has_to_be_said(self):
        self.refused(schemas.set_interface, {'setInterface': {'rate': 5}})
        self.refused(schemas.set_disk_io, {'setDiskIO': {'read_iops_sec': 5}})

    def test_selectors(self):
        for selector in (0, -1, True, 1.5, '', None, [1], 'x' * 256):
            self.refused(
                schemas.set_interface,
                {'setInterface': {'interface': selector, 'rate': 5}},
            )
        for selector in (1, '', None):
            self.refused(
                schemas.set_disk_io,
                {'setDiskIO': {'disk': selector, 'read_iops_sec': 5}},
            )

    def test_every_knob_takes_its_range_and_null_and_no_more(self):
        for target, schema in (
            (tunables.CPU, schemas.set_cpu_quota),
            (tunables.INTERFACE, schemas.set_interface),
            (tunables.DISK, schemas.set_disk_io),
        ):
            for knob in target:
                self._check_knob(target, schema, knob)

    def _check_knob(self, target, schema, knob):
        def body(value):
            named = target.nest({knob.name: value})
            if target.selector:
                named[target.selector] = 'any'
            return {target.action: named}

        good = {None, knob.minimum, knob.maximum, knob.unlimited}
        self.accepted(schema, *map(body, good))
        lowest = min({knob.minimum, knob.unlimited} - {None})
        bad = (lowest - 1, knob.maximum + 1, True, '5', 1.5, [], {})
        self.refused(schema, *map(body, bad))


class ResetRequestTest(SchemaTestCase):
    def test_all(self):
        self.accepted(schemas.reset, {'resetLiveTune': None})

    def test_some(self):
        self.accepted(
            schemas.reset,
            {'resetLiveTune': {'cpu': True}},
            {'resetLiveTune': {'interfaces': [1, uuids.port]}},
            {'resetLiveTune': {'disks': ['vda']}},
        )

    def test_refused(self):
        self.refused(
            schemas.reset,
            {'resetLiveTune': {}},
            {'resetLiveTune': True},
            {'resetLiveTune': {'cpu': 1}},
            {'resetLiveTune': {'disks': []}},
            {'resetLiveTune': {'disks': 'vda'}},
            {'resetLiveTune': {'memory': True}},
            {},
        )


_CPU = {
    'flavor': {},
    'tuned': {'quota': 5000},
    'effective': {'quota': 5000, 'period': 100000, 'shares': 100},
    'bounds': {},
    'expires_at': None,
    'not_in_effect': None,
}
_NIC = {
    'index': 1,
    'port_id': uuids.port,
    'mac_address': 'fa:16:3e:00:00:01',
    'flavor': {'inbound': {'average': 5}},
    'tuned': {},
    'effective': None,
    'bounds': {
        'vif_inbound_average': {'min': None, 'max': 5, 'set_by_admin': True}
    },
    'expires_at': None,
    'not_in_effect': 'The server has no running domain.',
}
_DISK = {
    'device': 'vda',
    'volume_id': None,
    'boot_index': 0,
    'flavor': {},
    'tuned': {},
    'effective': {'read_iops_sec': 0},
    'bounds': {},
    'expires_at': None,
    'not_in_effect': None,
}


class AnswerTest(SchemaTestCase):
    def test_read_back(self):
        entries = {
            'generation': 3,
            'cpu': _CPU,
            'interfaces': [_NIC],
            'disks': [_DISK],
        }
        self.accepted(schemas.show_response, {'live_tune': entries})
        some = {'generation': 3, 'disks': [_DISK]}
        self.accepted(schemas.reset_response, entries, some)
        self.refused(schemas.reset_response, {'disks': [_DISK]})
        for missing in entries:
            some = {k: v for k, v in entries.items() if k != missing}
            self.refused(schemas.show_response, {'live_tune': some})

    def test_what_was_used_may_be_beside_it(self):
        cpu = {
            'at': '2026-11-21T16:40:07.000005Z',
            'time': 5,
            'vcpu_times': [5, None],
            'periods': None,
            'throttled_periods': 0,
            'throttled_time': 2**63,
            'not_observed': None,
        }
        for seen, check in (
            (None, self.accepted),
            (cpu, self.accepted),
            ({**cpu, 'time': -1}, self.refused),
            ({**cpu, 'more': 1}, self.refused),
            ({k: v for k, v in cpu.items() if k != 'at'}, self.refused),
        ):
            entries = {
                'generation': 1,
                'cpu': {**_CPU, 'observed': seen},
                'interfaces': [{**_NIC, 'observed': None}],
                'disks': [],
            }
            check(schemas.show_response, {'live_tune': entries})
        for answer in (schemas.reset_response, schemas.set_cpu_quota_response):
            self.refused(answer, {'cpu': {**_CPU, 'observed': cpu}})

    def test_a_volumes_id_is_a_uuid(self):
        volume = {**_DISK, 'volume_id': uuids.volume}
        self.accepted(
            schemas.set_disk_io_response, {'disk': volume, 'generation': 1}
        )

    def test_a_dry_run(self):
        verdict = {'allowed': True, 'code': 202, 'reason': None}
        change = {'quota': {'from': None, 'to': 5000}}
        self.accepted(
            schemas.set_cpu_quota_response,
            {
                'dry_run': verdict,
                'generation': 1,
                'cpu': {**_CPU, 'changes': change},
            },
            {'dry_run': {**verdict, 'allowed': False, 'reason': 'no.'}},
        )
        self.refused(schemas.set_cpu_quota_response, {'dry_run': {}}, {})

    def test_numbers_are_numbers(self):
        for value in ('5000', None, 5.5):
            wrong = {**_CPU, 'tuned': {'quota': value}}
            self.refused(
                schemas.set_cpu_quota_response,
                {'cpu': wrong, 'generation': 1},
            )

    def test_nothing_is_missing(self):
        for missing in _NIC:
            some = {k: v for k, v in _NIC.items() if k != missing}
            self.refused(
                schemas.set_interface_response,
                {'interface': some, 'generation': 1},
            )


class QueryTest(SchemaTestCase):
    def test_show(self):
        self.accepted(schemas.show_query, {}, {'observed': ['true']})
        self.refused(
            schemas.show_query,
            {'observed': ['true', 'true']},
            {'observe': ['true']},
        )

    def test_list(self):
        self.accepted(
            schemas.list_query,
            {},
            {'all_tenants': [''], 'host': ['h'], 'limit': ['5']},
            {'marker': [uuids.server]},
        )
        self.refused(
            schemas.list_query,
            {'limit': ['1', '2']},
            {'host': ['']},
            {'marker': ['']},
            {'sort_key': ['host']},
        )


class ListTest(SchemaTestCase):
    def setUp(self):
        super().setUp()
        others = {'flavor', 'effective', 'bounds', 'not_in_effect'}
        cpu, nic, disk = (
            {k: v for k, v in part.items() if k not in others}
            for part in (_CPU, _NIC, _DISK)
        )
        self.server = {
            'id': uuids.server,
            'name': 'web',
            'tenant_id': 'project',
            'host': None,
            'status': 'ACTIVE',
            'live_tune': {'cpu': cpu, 'interfaces': [nic], 'disks': [disk]},
        }

    def test_servers(self):
        links = [{'rel': 'next', 'href': 'http://nova/?marker=x'}]
        for servers in ([], [self.server]):
            self.accepted(
                schemas.list_response,
                {'servers': servers},
                {'servers': servers, 'servers_links': links},
            )

    def test_all_but_the_host_is_there(self):
        for missing in self.server:
            some = {k: v for k, v in self.server.items() if k != missing}
            check = self.accepted if missing == 'host' else self.refused
            check(schemas.list_response, {'servers': [some]})

    def test_what_is_in_effect_is_not_there(self):
        self.server['live_tune']['cpu']['effective'] = None
        self.refused(schemas.list_response, {'servers': [self.server]})


class FormatTest(testtools.TestCase):
    def test_only_strings_have_one(self):
        # Not every release of Nova passes over the format of what is none.
        ours = [v for n, v in vars(schemas).items() if not n.startswith('__')]
        found = [schema for schema in _schemas(ours) if 'format' in schema]
        self.assertTrue(found)
        for schema in found:
            self.assertEqual('string', schema['type'])


def _schemas(found):
    if isinstance(found, dict):
        yield found
        found = found.values()
    for inner in found:
        if isinstance(inner, (dict, list)):
            yield from _schemas(inner)
