# SPDX-License-Identifier: Apache-2.0
"""What a server has used, beside what limits it."""

import datetime

from lxml import etree

from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.fake import usage

OBSERVED = '?observed=true'
FIRST, SECOND = base.PORTS


class ObservedTest(base.OneServerTestBase):
    def setUp(self):
        super().setUp()
        self.fake = self.domain(self.server)

    def parts(self, shown):
        return [shown['cpu'], *shown['interfaces'], *shown['disks']]

    def observed(self):
        shown = self.show(self.server, query=OBSERVED)
        return [part['observed'] for part in self.parts(shown)]

    def throttle(self, *counters, **more):
        self.domains.groups.write(self.fake, *counters, **more)

    def targets(self, tag):
        """What libvirt calls the devices of a kind."""
        tree = etree.fromstring(self.fake.XMLDesc(0))
        return [e.get('dev') for e in tree.iterfind(f'devices/{tag}/target')]

    def test_it_is_there_only_when_it_is_asked_for(self):
        for query in ('', '?observed=false', '?observed=0', '?observed=no'):
            shown = self.show(self.server, query=query)
            for part in self.parts(shown):
                self.assertNotIn('observed', part)
        for query in (OBSERVED, '?observed=1', '?observed=Yes'):
            shown = self.show(self.server, query=query)
            for part in self.parts(shown):
                self.assertIn('observed', part)

    def test_nothing_else_changes(self):
        self.set(self.server, 'setCpuQuota', {'quota': 50000})
        shown = self.show(self.server, query=OBSERVED)
        for part in self.parts(shown):
            del part['observed']
        self.assertEqual(self.show(self.server), shown)

    def test_cpu(self):
        self.throttle(100, 40, 7000000, vcpus=2)
        cpu, *_ = self.observed()
        del cpu['at']
        self.assertEqual(
            {
                'time': 61000000000,
                'vcpu_times': [40000000000, 20000000000],
                'periods': 200,
                'throttled_periods': 80,
                'throttled_time': 14000000,
                'not_observed': None,
            },
            cpu,
        )

    def test_without_the_cgroup_throttling_is_not_known(self):
        cpu, *_ = self.observed()
        for name in ('periods', 'throttled_periods', 'throttled_time'):
            self.assertIsNone(cpu[name])
        self.assertEqual(61000000000, cpu['time'])
        self.assertIn('is not found', cpu['not_observed'])

    def test_each_device_has_its_own(self):
        _, second = self.targets('interface')
        vda, _ = self.targets('disk')
        self.fake.usage.devices = {
            second: {**usage.NIC, 'tx.drop': 9},
            vda: {**usage.DISK, 'wr.bytes': 77},
        }
        _, first, second, vda, vdb = self.observed()
        self.assertEqual(
            {'bytes': 1048576, 'packets': 812, 'drops': 3}, first['inbound']
        )
        self.assertEqual(0, first['outbound']['drops'])
        self.assertEqual(
            {'bytes': 524288, 'packets': 407, 'drops': 9}, second['outbound']
        )
        del vda['at'], vdb['at']
        self.assertEqual(
            {
                'read_bytes': 8388608,
                'read_operations': 512,
                'write_bytes': 77,
                'write_operations': 128,
            },
            vda,
        )
        self.assertEqual(2097152, vdb['write_bytes'])

    def test_all_are_of_one_moment(self):
        before = datetime.datetime.now(datetime.timezone.utc)
        [at] = {part['at'] for part in self.observed()}
        after = datetime.datetime.now(datetime.timezone.utc)
        self.assertRegex(at, r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$')
        read = datetime.datetime.fromisoformat(at.replace('Z', '+00:00'))
        self.assertTrue(before <= read <= after, at)

    def test_libvirt_is_asked_once(self):
        asked = []
        self.fake.calls.watch = asked.append
        self.show(self.server)
        plain = list(asked)
        asked.clear()
        self.observed()
        self.assertEqual([*plain, 'domainListGetStats'], asked)

    def test_libvirt_that_fails_leaves_the_limits(self):
        self.fake.calls.fail('domainListGetStats')
        shown = self.show(self.server, query=OBSERVED)
        for part in self.parts(shown):
            self.assertIsNone(part['observed'])
            self.assertIsNotNone(part['effective'])

    def test_a_server_that_is_stopped(self):
        self._stop_server(self.server)
        self.assertEqual({None}, set(self.observed()))

    def test_a_host_that_is_down(self):
        service = self.admin_api.get_services(binary='nova-compute')[0]
        self.admin_api.put_service_force_down(service['id'], True)
        self.assertEqual({None}, set(self.observed()))

    def test_what_is_no_boolean_is_400(self):
        path = base.READ_BACK.format(self.server['id'])
        for query in ('?observed=maybe', '?observed=', '?observed=2'):
            response = self.api.api_request(path + query)
            self.assert_refused(response, 400, 'observed', 'true')
        for query in ('?observed=1&observed=1', '?observe=1'):
            response = self.api.api_request(path + query)
            self.assertEqual(400, response.status_code)


class ObservedOnV1Test(base.OneServerTestBase):
    CGROUPS = 1

    def test_throttled(self):
        fake = self.domain(self.server)
        self.domains.groups.write(fake, 10, 4, 123456789)
        cpu = self.show(self.server, query=OBSERVED)['cpu']['observed']
        self.assertEqual(
            (10, 4, 123456789),
            (cpu['periods'], cpu['throttled_periods'], cpu['throttled_time']),
        )
