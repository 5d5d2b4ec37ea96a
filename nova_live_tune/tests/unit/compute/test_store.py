# SPDX-License-Identifier: Apache-2.0
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.compute import store
from nova_live_tune.tests.unit import fakes

#: What an entry of system_metadata has room for.
_ROOM = 255


def _longest(target):
    """The longest value that a set of limits can have in the store.

    A limit's other side is 0, and a burst's length times its rate is bounded.
    """
    values = {}
    for knob in target:
        longest = str(knob.maximum)
        if knob.side == 'total':
            longest = '0'
        elif knob.unit == 'seconds':
            longest = '1'
        values[knob.name] = int(longest)
    return values


class StoreTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.instance = fakes.instance(system_metadata={'image': 'x'})

    def test_keys(self):
        self.assertEqual('live_tune:cpu', store.key(fakes.cpu()))
        self.assertEqual(
            f'live_tune:interface:{uuids.port1}', store.key(fakes.nic())
        )
        self.assertEqual(
            f'live_tune:disk:{uuids.bdm}', store.key(fakes.disk())
        )

    def test_value_lists_codes(self):
        store.put(
            self.instance,
            fakes.disk(),
            {'total_iops_sec': 200, 'total_bytes_sec': 10485760},
        )
        self.assertEqual(
            {
                'image': 'x',
                f'live_tune:disk:{uuids.bdm}': 'tb=10485760 ti=200',
            },
            self.instance.system_metadata,
        )

    def test_no_limit_is_kept_as_such(self):
        store.put(self.instance, fakes.cpu(), {'quota': -1})
        self.assertEqual({'quota': -1}, store.load(self.instance, fakes.cpu()))

    def test_devices_do_not_mix(self):
        store.put(self.instance, fakes.cpu(), {'quota': 5000})
        store.put(self.instance, fakes.nic(), {'inbound_peak': 7})
        self.assertEqual({}, store.load(self.instance, fakes.disk()))
        self.assertEqual(
            {'quota': 5000}, store.load(self.instance, fakes.cpu())
        )

    def test_nothing_leaves_no_key(self):
        store.put(self.instance, fakes.cpu(), {'quota': 5000})
        store.put(self.instance, fakes.cpu(), {})
        store.put(self.instance, fakes.nic(), {})
        self.assertEqual({'image': 'x'}, self.instance.system_metadata)

    def test_a_code_of_a_later_version_is_passed_over(self):
        self.instance.system_metadata['live_tune:cpu'] = 'q=5000 zz=1'
        self.assertEqual(
            {'quota': 5000}, store.load(self.instance, fakes.cpu())
        )

    def test_the_longest_value_fits(self):
        lengths = {}
        for device in (fakes.cpu(), fakes.nic(), fakes.disk()):
            store.put(self.instance, device, _longest(device.target))
            text = self.instance.system_metadata[store.key(device)]
            lengths[device.target.name] = len(text)
        self.assertEqual(
            [], [name for name in lengths if lengths[name] > _ROOM]
        )
        # A 20th knob of a disk would need another look.
        self.assertEqual(241, lengths[tunables.DISK.name])
