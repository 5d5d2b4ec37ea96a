# SPDX-License-Identifier: Apache-2.0
import dataclasses

import fixtures
from nova import objects
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune.compute import store
from nova_live_tune.compute.store import Kept
from nova_live_tune.leases import Change
from nova_live_tune.tests.unit import fakes


class StoreTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.instance = fakes.instance(system_metadata={'image': 'x'})

    def test_value_lists_codes(self):
        fakes.put(
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
        fakes.put(self.instance, fakes.cpu(), {'quota': -1})
        self.assertEqual({'quota': -1}, fakes.load(self.instance, fakes.cpu()))

    def test_devices_do_not_mix(self):
        fakes.put(self.instance, fakes.cpu(), {'quota': 5000})
        fakes.put(self.instance, fakes.nic(), {'inbound_peak': 7})
        self.assertEqual({}, fakes.load(self.instance, fakes.disk()))
        self.assertEqual(
            {'quota': 5000}, fakes.load(self.instance, fakes.cpu())
        )

    def test_nothing_leaves_no_key(self):
        fakes.put(self.instance, fakes.cpu(), {'quota': 5000})
        fakes.put(self.instance, fakes.cpu(), {})
        fakes.put(self.instance, fakes.nic(), {})
        self.assertEqual({'image': 'x'}, self.instance.system_metadata)

    def test_a_code_of_a_later_version_is_passed_over(self):
        self.instance.system_metadata['live_tune:cpu'] = 'q=5000 zz=1'
        self.assertEqual(
            {'quota': 5000}, fakes.load(self.instance, fakes.cpu())
        )


class GenerationTest(base.BaseTestCase):
    def test_it_counts_changes(self):
        instance = fakes.instance()
        self.assertEqual(0, Kept.of(instance).generation)
        for expected in (1, 2):
            Kept.of(instance).changed(()).put_into(instance)
            self.assertEqual(expected, Kept.of(instance).generation)

    def test_what_is_put_is_not_counted(self):
        instance = fakes.instance()
        fakes.put(instance, fakes.cpu(), {'quota': 5000})
        self.assertEqual(0, Kept.of(instance).generation)

    def test_none_that_is_no_number(self):
        for text in ('', 'many', '-1'):
            instance = fakes.instance(
                system_metadata={'live_tune:generation': text}
            )
            self.assertEqual(0, Kept.of(instance).generation)


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
        fakes.put(self.instance, fakes.cpu(), {'quota': 5000})
        self._assert_marked(True)
        fakes.put(self.instance, fakes.nic(), {'inbound_average': 5})
        fakes.put(self.instance, fakes.cpu(), {})
        self._assert_marked(True)
        store.forget_port(self.instance, fakes.PORTS[0])
        self._assert_marked(False)
        self.assertEqual(1, Kept.of(self.instance).generation)

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
        fakes.put(self.instance, fakes.cpu(), {'quota': 5000})
        kept = Kept.of(self.instance)
        self.assertEqual(Kept(0, {'cpu': 'q=5000'}), kept)


class ForgetPortTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.instance = fakes.instance()
        fakes.put(self.instance, fakes.nic(), {'inbound_average': 5})
        fakes.put(self.instance, fakes.cpu(), {'quota': 5000})

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
            {'total_iops_sec': 200}, fakes.load(self.instance, fakes.disk())
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


class LeaseTest(base.BaseTestCase):
    """What is kept is looked at at one time."""

    def setUp(self):
        super().setUp()
        self.instance = fakes.instance()
        changes = [
            Change({'quota': 6000}, until=100),
            Change({'quota': 7000}, until=200, by_admin=True),
        ]
        fakes.put(self.instance, fakes.cpu(), {'quota': 5000}, None, changes)

    def _at(self, now):
        return dataclasses.replace(Kept.of(self.instance), now=now)

    def test_values_and_ceiling_of_then(self):
        for now, quota, capped in ((99, 7000, True), (200, 5000, False)):
            kept = self._at(now)
            self.assertEqual({'quota': quota}, kept.values(fakes.cpu()))
            (device,) = kept.capped([fakes.cpu()])
            self.assertEqual(capped, bool(device.ceiling))

    def test_the_next_end(self):
        for now, end in ((99, 100), (100, 200), (200, None)):
            self.assertEqual(end, self._at(now).next_end(fakes.cpu()))

    def test_whether_an_end_is_to_be_made(self):
        self.assertFalse(self._at(99).has_ended())
        self.assertTrue(self._at(100).has_ended())

    def test_when_it_is_looked_at_makes_no_other_of_it(self):
        self.assertEqual(self._at(1), self._at(2))

    def test_a_device_is_found_by_its_leases_alone(self):
        fakes.put(self.instance, fakes.cpu(), {})
        change = Change({'inbound_peak': 7}, until=100)
        fakes.put(self.instance, fakes.nic(), {}, None, [change])
        kept = Kept.of(self.instance)
        (device,) = kept.devices(self.instance)
        self.assertEqual(fakes.nic().ident, device.ident)
        self.assertEqual(kept, kept.only([device]))
        self.assertTrue(store.forget_port(self.instance, device.ident))
        self.assertEqual({}, Kept.of(self.instance).entries)


class NewestTest(base.BaseTestCase):
    def test_the_copy_if_it_is_ahead(self):
        instance = fakes.instance(
            system_metadata={'live_tune:generation': '3'}
        )
        kept = Kept.of(instance)
        for generation, newest in ((2, kept), (3, kept), (4, None)):
            copied = Kept(generation, {'cpu': 'q=5000'})
            self.assertEqual(newest or copied, store.newest(instance, copied))
        self.assertEqual(kept, store.newest(instance, None))
