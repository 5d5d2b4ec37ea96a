# SPDX-License-Identifier: Apache-2.0
import fixtures
import nova.conf
from lxml import etree
from nova import objects
from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune import tunables
from nova_live_tune.compute.store import Kept
from nova_live_tune.metrics import table
from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt import overlay, xml

_NIC = f'interface:{fakes.PORTS[0]}'
_DISK = f'disk:{uuids.bdm}'


class OverlayTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MockPatchObject
        self.log = self.useFixture(fixtures.FakeLogger())
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_live_tune.virt.libvirt.guest.cgroup_version', lambda: 2
            )
        )
        self.bdms = self.useFixture(
            patch(
                objects.BlockDeviceMappingList,
                'get_by_instance_uuid',
                return_value=[fakes.bdm('/dev/vda')],
            )
        ).mock
        self.told = self.useFixture(
            patch(overlay.record, 'not_in_effect')
        ).mock
        self.count = self.useFixture(patch(overlay.counting, 'count')).mock
        self.instance = fakes.instance()
        self.addCleanup(self._check_counts)

    def _check_counts(self):
        """What the user is told of is counted."""
        self.assertEqual(self.told.called, self.count.called)

    def keep(self, **entries):
        """Keep entries by the name of their target."""
        names = {'cpu': 'cpu', 'nic': _NIC, 'disk': _DISK}
        names['cpu_ceiling'] = 'ceiling:cpu'
        kept = Kept(3, {names[k]: text for k, text in entries.items()})
        kept.put_into(self.instance)
        return kept

    def turn_off(self):
        nova.conf.CONF.set_override('overlay', False, 'live_tune')
        self.addCleanup(nova.conf.CONF.clear_override, 'overlay', 'live_tune')

    def assertTold(self, *words):
        self.told.assert_called_once()
        told = str(self.told.call_args)
        for word in words:
            self.assertIn(word, told)
        self.count.assert_called_with(
            table.OVERLAY_FAILURES,
            extent='all' if 'Error: ' in told else 'part',
        )


class GuestXmlTest(OverlayTestCase):
    def overlaid(self, text=fakes.DOMAIN, rescue=None):
        result = overlay.guest_xml(text, self.instance, {}, rescue)
        self.assertIsInstance(result, str)
        return etree.fromstring(result)

    def untouched(self, text=fakes.DOMAIN):
        self.assertIs(text, overlay.guest_xml(text, self.instance, {}, None))

    def test_all_that_is_kept_with_its_copy(self):
        kept = self.keep(cpu='q=5000', nic='ia=5 ip=7', disk='ti=200')
        domain = self.overlaid()
        self.assertEqual('5000', domain.findtext('cputune/quota'))
        nic = xml.find(domain, fakes.nic())
        self.assertEqual(
            {'average': '5', 'peak': '7'},
            dict(nic.find('bandwidth/inbound').attrib),
        )
        disk = xml.find(domain, fakes.disk())
        self.assertEqual('200', disk.findtext('iotune/total_iops_sec'))
        self.assertEqual(kept, xml.kept(domain))
        self.told.assert_not_called()

    def test_never_tuned(self):
        self.untouched()

    def test_all_taken_back(self):
        kept = Kept(3, {})
        kept.put_into(self.instance)
        text = overlay.guest_xml(fakes.DOMAIN, self.instance, None, None)
        domain = etree.fromstring(text)
        self.assertEqual(kept, xml.kept(domain))
        for element in domain.iter():
            self.assertNotIn(element.tag, xml.SECTIONS.values())

    def test_off(self):
        self.keep(cpu='q=5000')
        self.turn_off()
        self.untouched()
        self.told.assert_not_called()

    def test_a_total_drives_out_what_the_flavor_reads(self):
        self.instance = fakes.instance({'quota:disk_read_bytes_sec': '9'})
        self.keep(disk='tb=5')
        text = fakes.DOMAIN.replace(
            '<target dev="vda"/>',
            '<target dev="vda"/><iotune>'
            '<read_bytes_sec>9</read_bytes_sec></iotune>',
        )
        (limit,) = self.overlaid(text).find('devices/disk/iotune')
        self.assertEqual(('total_bytes_sec', '5'), (limit.tag, limit.text))

    def test_no_limit_is_laid_over_the_flavors(self):
        self.instance = fakes.instance({'quota:cpu_quota': '9000'})
        self.keep(cpu='q=-1', cpu_ceiling='q=-1 p=100000')
        text = fakes.DOMAIN.replace(
            '<devices>', '<cputune><quota>9000</quota></cputune><devices>'
        )
        self.assertIsNone(self.overlaid(text).find('cputune'))

    def test_a_disk_that_was_detached_loses_its_entry_in_the_copy(self):
        self.keep(cpu='q=5000', disk='ti=200')
        self.bdms.return_value = []
        domain = self.overlaid()
        self.assertEqual(Kept(3, {'cpu': 'q=5000'}), xml.kept(domain))
        self.assertIsNone(domain.find('devices/disk/iotune'))
        self.told.assert_not_called()

    def test_a_device_that_is_not_in_the_guest_is_told(self):
        kept = self.keep(cpu='q=5000', disk='ti=200')
        domain = self.overlaid(
            fakes.DOMAIN.replace('-uuid/disk', '-uuid/another')
        )
        self.assertTold('disk vda', 'no such disk')
        self.assertEqual('5000', domain.findtext('cputune/quota'))
        # It is still the server's, and so are its limits.
        self.assertEqual(kept, xml.kept(domain))

    def test_a_guest_in_rescue_need_not_have_all_of_its_disks(self):
        kept = self.keep(cpu='q=5000', disk='ti=200')
        text = fakes.DOMAIN.replace('-uuid/disk', '-uuid/disk.rescue')
        domain = self.overlaid(text, rescue={})
        self.told.assert_not_called()
        self.assertEqual('5000', domain.findtext('cputune/quota'))
        self.assertIsNone(domain.find('devices/disk/iotune'))
        self.assertEqual(kept, xml.kept(domain))

    def test_what_cannot_be_for_another_reason_is_told_in_rescue_too(self):
        self.keep(cpu='s=20000')
        self.overlaid(rescue={})
        self.assertTold('shares 20000')

    def test_an_interface_past_the_host_is_told(self):
        self.keep(cpu='q=5000', nic='ia=5')
        domain = self.overlaid(fakes.DOMAIN.replace('bridge', 'vhostuser'))
        self.assertTold('vhostuser')
        self.assertIsNone(domain.find('devices/interface/bandwidth'))
        self.assertEqual('5000', domain.findtext('cputune/quota'))

    def test_shares_out_of_this_hosts_range_are_told(self):
        kept = self.keep(cpu='q=5000 s=20000')
        domain = self.overlaid()
        self.assertTold('shares 20000')
        self.assertEqual('5000', domain.findtext('cputune/quota'))
        self.assertIsNone(domain.find('cputune/shares'))
        # The next host may take them.
        self.assertEqual(kept, xml.kept(domain))

    def test_a_flavor_that_no_longer_fits_is_told_and_stands(self):
        self.instance = fakes.instance({'quota:vif_inbound_average': '9'})
        self.keep(nic='ip=5')
        bandwidth = '<bandwidth><inbound average="9"/></bandwidth></interface>'
        text = fakes.DOMAIN.replace('</interface>', bandwidth, 1)
        nic = xml.find(self.overlaid(text), fakes.nic())
        self.assertEqual(
            {'average': '9'}, dict(nic.find('bandwidth/inbound').attrib)
        )
        self.assertTold('inbound.peak 5')

    def test_whatever_fails_nova_gets_its_own_xml(self):
        for failing in (
            'nova_live_tune.compute.store.Kept.of',
            'nova_live_tune.virt.libvirt.checks.desired',
            'nova_live_tune.virt.libvirt.xml.put',
            'nova_live_tune.virt.libvirt.xml.put_kept',
        ):
            self.told.reset_mock()
            self.keep(cpu='q=5000')
            with fixtures.MockPatch(failing, side_effect=ZeroDivisionError):
                self.untouched()
            self.assertTold('ZeroDivisionError')

    def test_so_it_does_of_a_record_that_makes_no_sense(self):
        self.keep(cpu='q=many')
        self.untouched()
        self.assertTold('ValueError')

    def test_so_it_does_without_the_database(self):
        self.keep(disk='ti=5')
        self.bdms.side_effect = ZeroDivisionError
        self.untouched()
        self.assertTold('ZeroDivisionError')

    def test_text_that_is_no_xml_is_libvirts_to_refuse(self):
        self.keep(cpu='q=5000')
        self.untouched('<domain>')


class MigrationXmlTest(OverlayTestCase):
    def overlaid(self):
        self.document = etree.fromstring(fakes.DOMAIN)
        return overlay.migration_xml(self.document, self.instance, None)

    def test_all_that_is_kept_with_its_copy(self):
        kept = self.keep(cpu='q=5000 s=10000', nic='ia=5')
        domain = self.overlaid()
        self.assertEqual('5000', domain.findtext('cputune/quota'))
        self.assertEqual('10000', domain.findtext('cputune/shares'))
        nic = xml.find(domain, fakes.nic())
        self.assertEqual('5', nic.find('bandwidth/inbound').get('average'))
        self.assertEqual(kept, xml.kept(domain))
        self.told.assert_not_called()

    def test_shares_that_not_every_host_takes_are_left_out(self):
        for shares in (1, 10001):
            self.told.reset_mock()
            self.keep(cpu=f'q=5000 s={shares}')
            domain = self.overlaid()
            self.assertEqual('5000', domain.findtext('cputune/quota'))
            self.assertIsNone(domain.find('cputune/shares'))
            self.assertTold(f'shares {shares}')

    def test_every_version_of_cgroups_has_shares_in_common(self):
        ranges = tunables.SHARES_RANGES.values()
        self.assertLess(
            max(low for low, _ in ranges), min(high for _, high in ranges)
        )

    def test_nothing_kept_or_off(self):
        for prepare in (lambda: None, self.turn_off):
            prepare()
            domain = self.overlaid()
            self.assertIs(self.document, domain)
            self.assertEqual(
                etree.tostring(etree.fromstring(fakes.DOMAIN)),
                etree.tostring(domain),
            )
            self.keep(cpu='q=5000')

    def test_whatever_fails_half_way_novas_own_xml_is_sent(self):
        self.keep(cpu='q=5000', nic='ia=5')
        with fixtures.MockPatchObject(
            xml, 'put_kept', side_effect=ZeroDivisionError
        ):
            domain = self.overlaid()
        self.assertEqual(
            etree.tostring(etree.fromstring(fakes.DOMAIN)),
            etree.tostring(domain),
        )
        self.assertTold('ZeroDivisionError')
