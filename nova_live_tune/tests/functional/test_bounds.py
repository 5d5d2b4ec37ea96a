# SPDX-License-Identifier: Apache-2.0
"""How far a tenant gets, and what an administrator's limit is to him."""

from nova.tests.functional.api import client

from nova_live_tune.tests.functional import base, lasting

SPECS = {
    'quota:cpu_quota': '50000',
    'live_tune:min_cpu_percent': '10',
    'live_tune:max_cpu_shares': '500',
    'quota:vif_inbound_average': '1000',
    'live_tune:max_vif_inbound_average': '2000',
    'live_tune:max_vif_outbound_average': '3000',
    'quota:disk_total_bytes_sec': '1000000',
    'quota:disk_read_iops_sec': '100',
    'live_tune:max_disk_read_iops_sec': '200',
}

#: By action what a tenant may not, and what of it is beyond the bounds.
REFUSED = {
    'setCpuQuota': (
        ({'quota': 60000}, 'cpu_percent would be 60'),
        ({'quota': -1}, 'cpu_percent would be unlimited'),
        ({'period': 50000}, 'cpu_percent would be 100'),
        ({'quota': 600000, 'period': 1000000}, 'cpu_percent would be 60'),
        ({'quota': 5000}, 'cpu_percent would be 5'),
        ({'shares': 501}, 'cpu_shares would be 501'),
    ),
    'setInterface': (
        ({'inbound': {'average': 2001}}, 'vif_inbound_average would be 2001'),
        ({'inbound': {'average': 0}}, 'vif_inbound_average would be unlim'),
        ({'inbound': {'peak': 2001}}, 'vif_inbound_peak would be 2001'),
        ({'inbound': {'burst': 2001}}, 'vif_inbound_burst would be 2001'),
        ({'rate': 2001}, 'vif_inbound_average would be 2001'),
    ),
    'setDiskIO': (
        ({'total_bytes_sec': 1000001}, 'disk_total_bytes_sec would be 10000'),
        ({'total_bytes_sec': 0}, 'disk_total_bytes_sec would be unlimited'),
        ({'read_bytes_sec': 5}, 'disk_total_bytes_sec would be unlimited'),
        (
            {'read_bytes_sec': 600000, 'write_bytes_sec': 500000},
            'disk_total_bytes_sec would be 1100000',
        ),
        (
            {'total_bytes_sec_max': 1000001},
            'disk_total_bytes_sec_max would be 1000001',
        ),
        ({'read_iops_sec': 201}, 'disk_read_iops_sec would be 201'),
        ({'total_iops_sec': 201}, 'disk_read_iops_sec would be 201'),
        ({'write_iops_sec': 5, 'read_iops_sec': 0}, 'disk_read_iops_sec'),
        ({'read_iops_sec_max': 201}, 'disk_read_iops_sec_max would be 201'),
    ),
}

ALLOWED = {
    'setCpuQuota': (
        {'quota': 10000},
        {'quota': 500000, 'period': 1000000},
        {'shares': 500},
        {'quota': None, 'period': None, 'shares': None},
    ),
    'setInterface': (
        {'rate': 2000},
        {'inbound': {'average': 500, 'peak': 2000, 'burst': 2000}},
        {'outbound': {'average': 1500}},
        {'outbound': {'average': 3000, 'peak': 3000}},
        {'rate': None},
    ),
    'setDiskIO': (
        {'read_bytes_sec': 600000, 'write_bytes_sec': 400000},
        {'total_bytes_sec': 500000, 'total_bytes_sec_max': 1000000},
        {'read_iops_sec': 200},
        {'total_iops_sec': 200},
        {'total_bytes_sec': None, 'total_iops_sec': None},
    ),
}

WHICH = {'setInterface': {'interface': 1}, 'setDiskIO': {'disk': 'vda'}}


class TenantTest(base.OneServerTestBase):
    BOUNDED = True
    EXTRA_SPECS = SPECS

    def test_every_way_to_loosen_a_limit_is_refused(self):
        before = self.standing(self.server)
        for action, cases in REFUSED.items():
            for body, problem in cases:
                body = {**WHICH.get(action, {}), **body}
                response = self.act(self.server, action, body)
                self.assert_refused(
                    response, 403, 'is beyond your bounds', problem
                )
        self.assert_nothing_changed(self.server, before)

    def test_what_is_within_the_bounds(self):
        for action, bodies in ALLOWED.items():
            for body in bodies:
                which = WHICH.get(action, {})
                self.set(self.server, action, {**which, **body})

    def test_the_sentence_names_knob_value_and_bound(self):
        response = self.act(self.server, 'setCpuQuota', {'quota': 60000})
        self.assert_refused(
            response,
            403,
            'quota 60000 is beyond your bounds: cpu_percent would be 60, '
            'allowed is 10..50 percent of a core.',
        )
        event = self.last_action(self.server)['events'][0]
        self.assertEqual('Error', event['result'])

    def test_the_read_back_shows_the_bounds(self):
        shown = self.show(self.server)
        self.assertEqual(
            {
                'cpu_percent': {'min': 10, 'max': 50, 'set_by_admin': False},
                'cpu_shares': {'min': None, 'max': 500, 'set_by_admin': False},
            },
            shown['cpu']['bounds'],
        )
        most = {
            name: span['max']
            for name, span in shown['interfaces'][0]['bounds'].items()
        }
        self.assertEqual(
            {
                'vif_inbound_average': 2000,
                'vif_inbound_peak': 2000,
                'vif_inbound_burst': 2000,
                'vif_outbound_average': 3000,
                'vif_outbound_peak': 3000,
                'vif_outbound_burst': 3000,
            },
            most,
        )

    def test_a_volumes_qos_bounds_it(self):
        self.add_volume(self.server, {'total_iops_sec': '300'})
        body = {'disk': base.VOLUME, 'total_iops_sec': 301}
        response = self.act(self.server, 'setDiskIO', body)
        self.assert_refused(response, 403, 'disk_total_iops_sec would be 301')


class FreeTest(base.OneServerTestBase):
    BOUNDED = True

    def test_a_flavor_without_limits_bounds_nothing(self):
        self.assertEqual({}, self.show(self.server)['cpu']['bounds'])
        self.set(self.server, 'setCpuQuota', {'quota': 900000})
        self.set(self.server, 'setCpuQuota', {'quota': -1})


class AdminTest(base.OneServerTestBase):
    BOUNDED = True
    EXTRA_SPECS = SPECS

    def _throttle(self, body, action='setCpuQuota'):
        return self.set(self.server, action, body, self.admin_api)

    def _refused(self, action, body, problem):
        before = self.standing(self.server)
        response = self.act(self.server, action, body)
        self.assert_refused(
            response, 403, problem, 'as an administrator has set it'
        )
        self.assert_nothing_changed(self.server, before)

    def test_a_throttle_cannot_be_lifted_by_the_tenant(self):
        answer = self._throttle({'quota': 20000})
        self.assertEqual(
            {'min': 10, 'max': 20, 'set_by_admin': True},
            answer['cpu']['bounds']['cpu_percent'],
        )
        self.set(self.server, 'setCpuQuota', {'quota': 15000})
        for body in ({'quota': 30000}, {'period': 50000}, {'quota': None}):
            self._refused('setCpuQuota', body, 'cpu_percent would be')
        for body in (None, {'cpu': True}):
            self._refused('resetLiveTune', body, 'cpu_percent would be 50')
        self.set(self.server, 'setCpuQuota', {'quota': 20000})
        self.set(self.server, 'setCpuQuota', {'shares': 100})
        self.set(self.server, 'resetLiveTune', {'interfaces': [1]})

    def test_it_ends_when_an_administrator_takes_it_back(self):
        self._throttle({'quota': 20000})
        self._throttle({'quota': None})
        self.set(self.server, 'setCpuQuota', {'quota': 40000})
        shown = self.show(self.server)['cpu']['bounds']['cpu_percent']
        self.assertFalse(shown['set_by_admin'])

    def test_an_administrator_may_let_a_tenant_have_more(self):
        self._throttle({'quota': 90000})
        self.set(self.server, 'setCpuQuota', {'quota': 70000})
        self.set(self.server, 'setCpuQuota', {'quota': 90000})
        self._refused('setCpuQuota', {'quota': 91000}, 'would be 91')

    def test_of_a_disk_and_an_interface(self):
        disk = {'disk': 'vdb', 'total_bytes_sec': 1000}
        self._throttle(disk, 'setDiskIO')
        self._refused(
            'setDiskIO',
            {'disk': 'vdb', 'read_bytes_sec': 900, 'write_bytes_sec': 900},
            'disk_total_bytes_sec would be 1800',
        )
        self._throttle({'interface': 2, 'rate': 100}, 'setInterface')
        self._refused(
            'setInterface',
            {'interface': 2, 'inbound': {'burst': 101}},
            'vif_inbound_burst would be 101',
        )


class ResizeTest(lasting.LastingTestBase):
    """What is kept meets another flavor."""

    MORE_HOSTS = ('compute2',)

    def test_what_a_tenant_set_stays_within_the_new_bounds(self):
        self.resize(
            {'live_tune:max_cpu_percent': '20', 'quota:cpu_quota': '9000'}
        )
        cpu = self.show(self.server)['cpu']
        self.assertEqual(50000, cpu['tuned']['quota'])
        self.assertEqual(9000, cpu['effective']['quota'])
        self.assertEqual(300, cpu['effective']['shares'])
        self.assertIn('cpu_percent would be 100', cpu['not_in_effect'])
        self.tick()
        self.assertEqual(cpu, self.show(self.server)['cpu'])
        self.resize({})
        self.assert_all_in_effect()

    def test_a_ceiling_holds_over_any_flavor(self):
        self.set(self.server, 'setCpuQuota', {'quota': 20000}, self.admin_api)
        self.set(self.server, 'setCpuQuota', {'quota': 10000})
        self.resize({'quota:cpu_quota': '90000'})
        cpu = self.show(self.server)['cpu']
        self.assertEqual(10000, cpu['effective']['quota'])
        self.assertEqual(40, cpu['bounds']['cpu_percent']['max'])
        response = self.act(self.server, 'setCpuQuota', {'quota': None})
        self.assert_refused(response, 403, 'administrator')


class ExtraSpecTest(base.LiveTuneTestBase):
    def _add(self, name, value):
        flavor = self._create_flavor()
        self.admin_api.post_extra_spec(flavor, {'extra_specs': {name: value}})

    def test_good_ones(self):
        self._add('live_tune:max_cpu_percent', '50')
        self._add('live_tune:min_disk_total_iops_sec_max_length', '0')

    def test_bad_ones(self):
        for name, value in (
            ('live_tune:max_cpu_percents', '50'),
            ('live_tune:max_cpu_percent', 'much'),
            ('live_tune:max_cpu_percent', '-1'),
            ('live_tune:min_vif_inbound_average', '1.5'),
        ):
            error = self.assertRaises(
                client.OpenStackApiException, self._add, name, value
            )
            self.assertEqual(400, error.response.status_code, name)
