# SPDX-License-Identifier: Apache-2.0
"""Devices that carry no limits: 400, and nothing changed."""

from nova.tests import fixtures as nova_fixtures
from nova.tests.fixtures import libvirt as nova_fake
from nova.tests.functional.libvirt import base as nova_base
from oslo_serialization import jsonutils
from oslo_utils.fixture import uuidsentinel as uuids

from nova_live_tune.tests.functional import base


class _OtherNicTestBase(base.LiveTuneTestBase):
    """A server whose first NIC is an ordinary one and whose second is not."""

    def check_only_the_first_is_tuned(self, server, port):
        before = self.standing(server)
        for selector in (2, port['id'], port['mac_address']):
            response = self.act(
                server, 'setInterface', {'interface': selector, 'rate': 1000}
            )
            self.assert_refused(response, 400, port['id'], 'limit')
        self.assert_nothing_changed(server, before)
        self.set(server, 'setInterface', {'interface': 1, 'rate': 1000})
        self.set(server, 'setCpuQuota', {'quota': 50000})
        # A reset of all passes over it.
        self.set(server, 'resetLiveTune', None)
        self.assertEqual({}, self.kept(server))


class VhostUserTest(_OtherNicTestBase):
    PORT = {
        **nova_fixtures.NeutronFixture.port_2,
        'binding:vif_type': 'vhostuser',
        'binding:vif_details': {
            'vhostuser_mode': 'client',
            'vhostuser_socket': '/run/vhost-user.sock',
            'vhostuser_ovs_plug': True,
        },
    }

    def setUp(self):
        super().setUp()
        self.neutron._ports[self.PORT['id']] = dict(self.PORT)
        self.start_compute()
        self.server = self.boot(ports=(base.PORTS[0], self.PORT))

    def test_vhost_user_is_400(self):
        self.check_only_the_first_is_tuned(self.server, self.PORT)


class _PciTestBase(_OtherNicTestBase):
    ADDITIONAL_FILTERS = ('NUMATopologyFilter', 'PciPassthroughFilter')
    VENDOR, PF, VF = nova_fake.PCI_VEND_ID, nova_fake.PF_PROD_ID, None

    def setUp(self):
        self.flags(
            device_spec=[
                jsonutils.dumps(
                    {
                        'vendor_id': self.VENDOR,
                        'product_id': product,
                        'physical_network': 'physnet4',
                    }
                )
                for product in (self.PF, self.VF)
            ],
            group='pci',
        )
        super().setUp()
        self.neutron = self.useFixture(nova_base.LibvirtNeutronFixture(self))
        self.start_compute(**self.devices())
        port = self.port()
        self.neutron.create_port({'port': port})
        self.second = self.neutron._ports[port['id']]
        self.server = self.boot(ports=(self.neutron.port_1, self.second))


class SriovTest(_PciTestBase):
    VF = nova_fake.VF_PROD_ID

    def devices(self):
        return {'pci_info': nova_fake.HostPCIDevicesInfo(num_pfs=1, num_vfs=2)}

    def port(self):
        return dict(self.neutron.network_4_port_1)

    def test_sriov_is_400(self):
        self.check_only_the_first_is_tuned(self.server, self.second)


class VdpaTest(_PciTestBase):
    VENDOR, PF, VF = '15b3', '101d', '101e'

    def devices(self):
        pci = nova_fake.HostPCIDevicesInfo(num_pci=0, num_pfs=0, num_vfs=0)
        vdpa = nova_fake.HostVDPADevicesInfo()
        common = {
            'bus': 6,
            'slot': 0,
            'numa_node': 0,
            'vf_ratio': 1,
            'vend_id': self.VENDOR,
            'vend_name': 'Mellanox Technologies',
            'driver_name': 'mlx5_core',
        }
        pci.add_device(
            dev_type='PF',
            function=0,
            iommu_group=40,
            prod_id=self.PF,
            prod_name='ConnectX-6 Dx',
            **common,
        )
        vf = pci.add_device(
            dev_type='VF',
            function=1,
            iommu_group=41,
            parent=(6, 0, 0),
            prod_id=self.VF,
            prod_name='Virtual Function',
            **common,
        )
        vdpa.add_device('vdpa_vdpa0', 0, vf)
        return {'pci_info': pci, 'vdpa_info': vdpa}

    def port(self):
        return {
            **self.neutron.network_4_port_1,
            'id': uuids.vdpa_port,
            'binding:vif_details': {},
            'binding:vif_type': 'ovs',
            'binding:vnic_type': 'vdpa',
        }

    def test_vdpa_is_400(self):
        self.check_only_the_first_is_tuned(self.server, self.second)


class RealtimeTest(base.LiveTuneTestBase):
    ADDITIONAL_FILTERS = ('NUMATopologyFilter',)

    def setUp(self):
        super().setUp()
        self.flags(cpu_dedicated_set='0-7', group='compute')
        self.flags(sysinfo_serial='none', group='libvirt')
        self.start_compute()
        self.server = self.boot(
            {
                'hw:cpu_realtime': 'yes',
                'hw:cpu_policy': 'dedicated',
                'hw:cpu_realtime_mask': '^1',
            }
        )

    def test_quota_of_realtime_cpus_is_400(self):
        before = self.standing(self.server)
        for body in ({'quota': 50000}, {'period': 50000, 'shares': 300}):
            response = self.act(self.server, 'setCpuQuota', body)
            self.assert_refused(response, 400, 'realtime')
        self.assert_nothing_changed(self.server, before)

    def test_shares_and_disks_of_a_realtime_server_are_tuned(self):
        self.set(self.server, 'setCpuQuota', {'shares': 300})
        self.set(
            self.server, 'setDiskIO', {'disk': 'vda', 'total_iops_sec': 100}
        )
