# SPDX-License-Identifier: Apache-2.0
import datetime

import fixtures
from nova.tests.fixtures import libvirt as fakelibvirt
from oslo_utils import fixture as utils_fixture
from oslotest import base

from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt import observed, throttling

STATS = {
    'cpu.time': 900,
    'vcpu.current': 2,
    'vcpu.maximum': 3,
    'vcpu.0.time': 300,
    'vcpu.2.time': 500,
    'net.count': 2,
    'net.0.name': 'tap0',
    'net.0.rx.bytes': 1,
    'net.1.name': 'tap1',
    'net.1.rx.bytes': 10,
    'net.1.rx.pkts': 11,
    'net.1.rx.drop': 12,
    'net.1.tx.bytes': 20,
    'net.1.tx.pkts': 21,
    'net.1.tx.drop': 22,
    'block.count': 2,
    # A CD-ROM drive that is empty has no numbers.
    'block.0.name': 'sda',
    'block.1.name': 'vda',
    'block.1.rd.reqs': 31,
    'block.1.rd.bytes': 32,
    'block.1.wr.reqs': 33,
    'block.1.wr.bytes': 34,
}
HELD = {'periods': 9, 'throttled_periods': 5, 'throttled_time': 77}


class ReadTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MockPatch
        self.useFixture(patch('nova.virt.libvirt.guest.libvirt', fakelibvirt))
        self.throttling = self.useFixture(
            patch(f'{throttling.__name__}.read', return_value=HELD)
        ).mock
        moment = datetime.datetime(2026, 11, 21, 16, 40, 7, 5)
        self.clock = self.useFixture(utils_fixture.TimeFixture(moment))
        self.guest = fakes.Guest()
        self.guest.statistics = dict(STATS)
        tap = self.guest.element(fakes.nic())
        tap.append(tap.makeelement('target', {'dev': 'tap1'}))

    def read(self, *devices):
        return observed.read(self.guest, devices)

    def test_cpu(self):
        self.assertEqual(
            [
                {
                    'at': '2026-11-21T16:40:07.000005Z',
                    'time': 900,
                    'vcpu_times': [300, None, 500],
                    **HELD,
                    'not_observed': None,
                }
            ],
            self.read(fakes.cpu()),
        )
        self.throttling.assert_called_once_with(5, 'instance-5', '/machine')

    def test_throttling_that_nobody_knows_is_none_and_no_0(self):
        self.throttling.side_effect = throttling.Unknown('Not here.')
        [cpu] = self.read(fakes.cpu())
        self.assertEqual([None] * 3, [cpu[name] for name in HELD])
        self.assertEqual('Not here.', cpu['not_observed'])
        self.assertEqual(900, cpu['time'])

    def test_interface(self):
        [nic] = self.read(fakes.nic())
        del nic['at']
        self.assertEqual(
            {
                'inbound': {'bytes': 10, 'packets': 11, 'drops': 12},
                'outbound': {'bytes': 20, 'packets': 21, 'drops': 22},
            },
            nic,
        )

    def test_disk(self):
        [disk] = self.read(fakes.disk())
        del disk['at']
        self.assertEqual(
            {
                'read_bytes': 32,
                'read_operations': 31,
                'write_bytes': 34,
                'write_operations': 33,
            },
            disk,
        )

    def test_a_number_that_libvirt_leaves_out(self):
        del self.guest.statistics['block.1.wr.bytes']
        [disk] = self.read(fakes.disk())
        self.assertIsNone(disk['write_bytes'])
        self.assertEqual(33, disk['write_operations'])

    def test_a_device_of_which_libvirt_has_nothing(self):
        self.guest.remove(fakes.nic())
        self.guest.statistics['block.count'] = 1
        cpu, nic, disk = self.read(fakes.cpu(), fakes.nic(), fakes.disk())
        self.assertIsNotNone(cpu)
        self.assertEqual((None, None), (nic, disk))

    def test_one_clock_for_all(self):
        seen = self.read(fakes.cpu(), fakes.nic(), fakes.disk())
        self.assertEqual(1, len({one['at'] for one in seen}))
        self.clock.advance_time_seconds(2)
        [later] = self.read(fakes.cpu())
        self.assertEqual('2026-11-21T16:40:09.000005Z', later['at'])

    def test_a_guest_that_has_gone(self):
        self.guest.statistics = {}
        self.assertEqual([None, None], self.read(fakes.cpu(), fakes.disk()))

    def test_libvirt_that_fails(self):
        self.guest.fails['stats', fakes.LIVE] = fakes.libvirt_error()
        self.assertEqual([None], self.read(fakes.cpu()))
