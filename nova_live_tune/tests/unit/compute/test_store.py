# SPDX-License-Identifier: Apache-2.0
import fixtures
from nova import objects
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.compute import store
from nova_live_tune.compute.store import Kept
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
                'live_tune:set': '1',
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


class GenerationTest(base.BaseTestCase):
    def test_it_counts_changes(self):
        instance = fakes.instance()
        self.assertEqual(0, store.generation(instance))
        for expected in (1, 2):
            store.count_change(instance)
            self.assertEqual(expected, store.generation(instance))

    def test_what_is_put_is_not_counted(self):
        instance = fakes.instance()
        store.put(instance, fakes.cpu(), {'quota': 5000})
        self.assertEqual(0, store.generation(instance))

    def test_none_that_is_no_number(self):
        for text in ('', 'many', '-1'):
            instance = fakes.instance(
                system_metadata={'live_tune:generation': text}
            )
            self.assertEqual(0, store.generation(instance))


class MarkTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.instance = fakes.instance()

    def _assert_marked(self, expected):
        self.assertTrue(store.is_marked(self.instance))
        ((key, value),) = store.FILTER['system_metadata'].items()
        found = self.instance.system_metadata.get(key)
        self.assertEqual(value if expected else None, found)

    def test_it_is_there_while_something_is_kept(self):
        self._assert_marked(False)
        store.put(self.instance, fakes.cpu(), {'quota': 5000})
        self._assert_marked(True)
        store.put(self.instance, fakes.nic(), {'inbound_average': 5})
        store.put(self.instance, fakes.cpu(), {})
        self._assert_marked(True)
        store.forget_port(self.instance, fakes.PORTS[0])
        self._assert_marked(False)
        self.assertEqual(1, store.generation(self.instance))

    def test_copy_that_is_put_back(self):
        Kept(3, {'cpu': 'q=5000'}).put_into(self.instance)
        self._assert_marked(True)
        Kept(4, {}).put_into(self.instance)
        self._assert_marked(False)

    def test_wrong_ones_are_seen(self):
        for metadata in (
            {'live_tune:cpu': 'q=5000'},
            {'live_tune:set': '1', 'live_tune:generation': '3'},
        ):
            instance = fakes.instance(system_metadata=metadata)
            self.assertFalse(store.is_marked(instance), metadata)

    def test_it_is_nothing_that_is_kept(self):
        store.put(self.instance, fakes.cpu(), {'quota': 5000})
        kept = Kept.of(self.instance)
        self.assertEqual(Kept(0, {'cpu': 'q=5000'}), kept)


class ForgetPortTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.instance = fakes.instance()
        store.put(self.instance, fakes.nic(), {'inbound_average': 5})
        store.put(self.instance, fakes.cpu(), {'quota': 5000})

    def test_it_is_a_change(self):
        self.assertTrue(store.forget_port(self.instance, fakes.PORTS[0]))
        self.assertEqual(Kept(1, {'cpu': 'q=5000'}), Kept.of(self.instance))

    def test_nothing_to_forget_is_none(self):
        before = dict(self.instance.system_metadata)
        self.assertFalse(store.forget_port(self.instance, fakes.PORTS[1]))
        self.assertEqual(before, self.instance.system_metadata)


class KeptTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.bdms = self.useFixture(
            fixtures.MockPatchObject(
                objects.BlockDeviceMappingList,
                'get_by_instance_uuid',
                return_value=[fakes.bdm('/dev/vda', boot_index=0)],
            )
        ).mock
        self.kept = Kept(
            3,
            {
                'cpu': 'q=5000',
                f'interface:{fakes.PORTS[0]}': 'ia=5 ip=7',
                f'disk:{uuids.bdm}': 'ti=200',
            },
        )
        self.instance = fakes.instance(system_metadata={'image': 'x'})
        self.kept.put_into(self.instance)

    def test_the_same_comes_out(self):
        self.assertEqual(self.kept, Kept.of(self.instance))

    def test_nothing_at_all(self):
        self.assertEqual(Kept(0, {}), Kept.of(fakes.instance()))

    def test_what_is_kept_no_more_leaves_and_others_stay(self):
        Kept(4, {'cpu': 'q=7000'}).put_into(self.instance)
        self.assertEqual(
            {
                'image': 'x',
                'live_tune:cpu': 'q=7000',
                'live_tune:generation': '4',
                'live_tune:set': '1',
            },
            self.instance.system_metadata,
        )

    def test_keys_are_those_of_the_store(self):
        self.assertEqual(
            {'total_iops_sec': 200}, store.load(self.instance, fakes.disk())
        )

    def test_values_of_a_device(self):
        self.assertEqual(
            {'inbound_average': 5, 'inbound_peak': 7},
            self.kept.values(fakes.nic()),
        )
        self.assertEqual({}, Kept(3, {}).values(fakes.nic()))

    def test_devices_of_which_something_is_kept(self):
        found = self.kept.devices(self.instance)
        self.assertEqual(
            ['cpu', f'interface {fakes.MACS[0]}', 'disk vda'],
            [str(device) for device in found],
        )

    def test_disks_are_looked_for_only_if_one_is_kept(self):
        cpu = Kept(1, {'cpu': 'q=5000'})
        self.assertEqual(['cpu'], [str(d) for d in cpu.devices(self.instance)])
        self.bdms.assert_not_called()

    def test_a_device_that_was_detached_is_not_among_them(self):
        self.bdms.return_value = []
        found = self.kept.devices(self.instance)
        self.assertNotIn('disk vda', [str(device) for device in found])
        left = self.kept.only(found)
        self.assertEqual(3, left.generation)
        self.assertEqual(
            {'cpu', f'interface:{fakes.PORTS[0]}'}, set(left.entries)
        )
