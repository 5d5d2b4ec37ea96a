# SPDX-License-Identifier: Apache-2.0
from oslo_utils.fixture import uuidsentinel as uuids

from nova_live_tune import tunables
from nova_live_tune.tests.functional import base

FIRST, SECOND = base.PORTS
NO_LIMITS = {
    'cpu': {'quota': -1, 'period': 100000, 'shares': 100},
    'interface': {
        'inbound': {'average': 0, 'peak': 0, 'burst': 0},
        'outbound': {'average': 0, 'peak': 0, 'burst': 0},
    },
    'disk': dict.fromkeys((knob.name for knob in tunables.DISK), 0),
}


def entry(kind, flavor=None, tuned=None, effective=None, **names):
    """An entry of the read-back, as the contract has it."""
    return {
        **names,
        'flavor': flavor or {},
        'tuned': tuned or {},
        'effective': effective or NO_LIMITS[kind],
        'bounds': {},
        'expires_at': None,
        'not_in_effect': None,
    }


def nic(index, port, **values):
    return entry(
        'interface',
        index=index,
        port_id=port['id'],
        mac_address=port['mac_address'],
        **values,
    )


def disk(device, volume_id, boot_index, **values):
    return entry(
        'disk',
        device=device,
        volume_id=volume_id,
        boot_index=boot_index,
        **values,
    )


def numbers(value):
    """All the leaves below 'flavor', 'tuned' and 'effective'."""
    if isinstance(value, dict):
        return [n for part in value.values() for n in numbers(part)]
    return [value]


class ShowTest(base.OneServerTestBase):
    BOUNDED = True

    def test_server_without_limits_shows_unlimited_values(self):
        self.add_volume(self.server)
        self.assertEqual(
            {
                'generation': 0,
                'cpu': entry('cpu'),
                'interfaces': [nic(1, FIRST), nic(2, SECOND)],
                'disks': [
                    disk('vda', None, 0),
                    disk('vdb', None, -1),
                    disk('vdc', base.VOLUME, None),
                ],
            },
            self.show(self.server),
        )

    def test_stopped_server_shows_what_is_kept(self):
        self.set(self.server, 'setCpuQuota', {'quota': 50000})
        self.set(
            self.server, 'setDiskIO', {'disk': 'vdb', 'total_iops_sec': 100}
        )
        self._stop_server(self.server)
        self._check_only_effective_is_gone()

    def test_host_that_is_down_shows_what_is_kept(self):
        self.set(self.server, 'setCpuQuota', {'quota': 50000})
        self.set(
            self.server, 'setDiskIO', {'disk': 'vdb', 'total_iops_sec': 100}
        )
        service = self.admin_api.get_services(binary='nova-compute')[0]
        self.admin_api.put_service_force_down(service['id'], True)
        self._check_only_effective_is_gone()

    def test_host_that_does_not_answer_shows_what_is_kept(self):
        self.set(self.server, 'setCpuQuota', {'quota': 50000})
        self.set(
            self.server, 'setDiskIO', {'disk': 'vdb', 'total_iops_sec': 100}
        )
        self.flags(rpc_response_timeout=1)
        self.computes['compute1'].stop()
        self._check_only_effective_is_gone()

    def _check_only_effective_is_gone(self):
        shown = self.show(self.server)
        self.assertEqual({'quota': 50000}, shown['cpu']['tuned'])
        self.assertEqual({'total_iops_sec': 100}, shown['disks'][1]['tuned'])
        self.assertEqual([1, 2], [n['index'] for n in shown['interfaces']])
        for part in (shown['cpu'], *shown['interfaces'], *shown['disks']):
            self.assertIsNone(part['effective'])

    def test_unknown_server_is_404(self):
        response = self.api.api_request(base.READ_BACK.format(uuids.nobody))
        self.assert_refused(response, 404, uuids.nobody)

    def test_no_other_api_shows_what_is_kept(self):
        self.set(self.server, 'setCpuQuota', {'quota': 50000})
        for path in ('', '/metadata'):
            response = self.admin_api.api_request(
                f'/servers/{self.server["id"]}{path}'
            )
            self.assertEqual(200, response.status_code)
            self.assertNotIn('tune', response.text)


class ShowFlavorTest(base.OneServerTestBase):
    EXTRA_SPECS = {
        'quota:cpu_quota': '40000',
        'quota:cpu_period': '80000',
        'quota:cpu_shares': '200',
        'quota:vif_inbound_average': '3000',
        'quota:vif_inbound_peak': '4000',
        'quota:vif_inbound_burst': '500',
        'quota:vif_outbound_average': '6000',
        'quota:disk_read_bytes_sec': '7000',
        'quota:disk_write_iops_sec': '80',
    }
    QOS = {'total_bytes_sec': '6000', 'total_bytes_sec_max': '9000'}

    def setUp(self):
        super().setUp()
        self.add_volume(self.server, self.QOS)

    def test_limits_of_flavor_and_volume_are_shown(self):
        shown = self.show(self.server)
        self.assertEqual(
            {'quota': 40000, 'period': 80000, 'shares': 200},
            shown['cpu']['flavor'],
        )
        rates = {
            'inbound': {'average': 3000, 'peak': 4000, 'burst': 500},
            'outbound': {'average': 6000},
        }
        self.assertEqual(
            [rates] * 2, [port['flavor'] for port in shown['interfaces']]
        )
        local = {'read_bytes_sec': 7000, 'write_iops_sec': 80}
        volume = {'total_bytes_sec': 6000, 'total_bytes_sec_max': 9000}
        self.assertEqual(
            [local, local, volume], [d['flavor'] for d in shown['disks']]
        )

    def test_what_nova_has_set_is_shown_as_effective(self):
        shown = self.show(self.server)
        for part in (shown['cpu'], *shown['disks']):
            for name, value in part['flavor'].items():
                self.assertEqual(value, part['effective'][name])
        for port in shown['interfaces']:
            self.assertEqual(
                {'average': 3000, 'peak': 4000, 'burst': 500},
                port['effective']['inbound'],
            )

    def test_numbers_are_numbers(self):
        shown = self.show(self.server)
        parts = (shown['cpu'], *shown['interfaces'], *shown['disks'])
        found = [
            number
            for part in parts
            for kind in ('flavor', 'tuned', 'effective')
            for number in numbers(part[kind])
        ]
        self.assertEqual({int}, {type(number) for number in found})
