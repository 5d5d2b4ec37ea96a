# SPDX-License-Identifier: Apache-2.0
import fixtures
from nova import context as nova_context
from nova import exception, objects
from nova.compute import instance_list
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune.compute import listing
from nova_live_tune.compute.store import Kept
from nova_live_tune.tests.unit import fakes


class SearchTest(base.BaseTestCase):
    def test_the_database_searches(self):
        search = self.useFixture(
            fixtures.MockPatchObject(
                instance_list,
                'get_instance_objects_sorted',
                return_value=(objects.InstanceList(objects=[]), []),
            )
        ).mock
        self.assertEqual(
            [], listing.search('context', {'host': 'h'}, 5, 'marker')
        )
        (context, filters, limit, marker, *_), _ = search.call_args
        self.assertEqual(('context', 5, 'marker'), (context, limit, marker))
        self.assertEqual(
            {
                'host': 'h',
                'deleted': False,
                'system_metadata': {'live_tune:set': '1'},
            },
            filters,
        )


class TunedTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MockPatchObject
        self.cells = self.useFixture(
            patch(
                objects.InstanceMappingList,
                'get_by_instance_uuids',
                return_value=[self._mapping(uuids.cell)],
            )
        ).mock
        self.bdms = {uuids.server: [fakes.bdm('/dev/vda', boot_index=0)]}
        self.ask = self.useFixture(
            patch(
                nova_context,
                'scatter_gather_cells',
                side_effect=lambda *_: {uuids.cell: self.bdms},
            )
        ).mock

    def _mapping(self, uuid):
        return objects.InstanceMapping(
            cell_mapping=uuid and objects.CellMapping(uuid=uuid)
        )

    def _tuned(self, entries, **attrs):
        """What is listed of a server of which this is kept."""
        instance = fakes.instance(**attrs)
        Kept(1, entries).put_into(instance)
        found = listing.tuned('context', [instance])
        return [limits for listed, limits in found if listed is instance]

    def test_each_kind_of_device(self):
        entries = {
            'cpu': 'q=5000',
            f'interface:{fakes.PORTS[1]}': 'ia=5 ip=7',
            f'disk:{uuids.bdm}': 'ti=200',
        }
        port = {
            'index': 2,
            'port_id': fakes.PORTS[1],
            'mac_address': fakes.MACS[1],
            'tuned': {'inbound': {'average': 5, 'peak': 7}},
            'expires_at': None,
        }
        disk = {
            'device': 'vda',
            'volume_id': None,
            'boot_index': 0,
            'tuned': {'total_iops_sec': 200},
            'expires_at': None,
        }
        self.assertEqual(
            [
                {
                    'cpu': {'tuned': {'quota': 5000}, 'expires_at': None},
                    'interfaces': [port],
                    'disks': [disk],
                }
            ],
            self._tuned(entries),
        )

    def test_cells_are_asked_only_if_a_disk_is_tuned(self):
        (limits,) = self._tuned({'cpu': 'q=5000'})
        self.assertEqual([], limits['disks'])
        self.cells.assert_not_called()
        self.ask.assert_not_called()

    def test_each_cell_is_asked_once(self):
        self.cells.return_value = [
            self._mapping(uuid)
            for uuid in (uuids.cell, uuids.other, uuids.cell, None)
        ]
        self._tuned({f'disk:{uuids.bdm}': 'ti=200'})
        ((_, cells, _, _, servers), _) = self.ask.call_args
        self.assertEqual([uuids.cell, uuids.other], [c.uuid for c in cells])
        self.assertEqual([uuids.server], servers)

    def test_devices_that_are_gone(self):
        gone = {
            f'interface:{uuids.gone}': 'ia=5',
            f'disk:{uuids.gone}': 'ti=5',
        }
        self.assertEqual([], self._tuned(gone))
        (limits,) = self._tuned({'cpu': 'q=5000', **gone})
        self.assertEqual(([], []), (limits['interfaces'], limits['disks']))

    def test_leases_as_long_as_they_last(self):
        for until, text in (('4102444800', 'ti=200'), ('5', None)):
            name = f'change:0:disk:{uuids.bdm}'
            found = self._tuned({name: f'{until} - ti=200'})
            self.assertEqual(text is not None, bool(found))
            for limits in found:
                (disk,) = limits['disks']
                self.assertEqual({'total_iops_sec': 200}, disk['tuned'])
                self.assertEqual('2100-01-01T00:00:00Z', disk['expires_at'])

    def test_a_cell_that_fails(self):
        for answer in (
            nova_context.did_not_respond_sentinel,
            exception.NovaException(),
        ):
            self.bdms = answer
            (limits,) = self._tuned(
                {'cpu': 'q=5000', f'disk:{uuids.bdm}': 'ti=200'}
            )
            self.assertEqual([], limits['disks'])

    def test_a_server_in_two_cells_is_there_once(self):
        instance = fakes.instance()
        Kept(1, {'cpu': 'q=5000'}).put_into(instance)
        found = listing.tuned('context', [instance, instance])
        self.assertEqual(1, len(found))
