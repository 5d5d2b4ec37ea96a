# SPDX-License-Identifier: Apache-2.0
"""What the tab shows, and to whom."""

from django.template import loader
from openstack_dashboard.dashboards.admin.instances import tabs as admin_tabs
from openstack_dashboard.dashboards.project.instances import tabs

from nova_live_tune import tunables
from nova_live_tune.tests.dashboard import base


class TabTest(base.PanelTest):
    def _tab(self, group=tabs.InstanceDetailTabs):
        return group(self.request, instance=self.server).get_tab('live_tune')

    def _page(self):
        tab = self._tab()
        return loader.render_to_string(
            tab.template_name, tab.get_context_data(self.request)
        )

    def test_it_is_on_the_page_of_tenants_and_of_admins(self):
        self.assertIsNotNone(self._tab())
        self.be('admin', project='of-another')
        self.assertIsNotNone(self._tab(admin_tabs.AdminInstanceDetailTabs))

    def test_it_asks_nova_only_when_it_is_looked_at(self):
        self.assertFalse(self._tab().load)

    def test_it_is_hidden_for_whom_the_policy_denies(self):
        for roles in ((), ('auditor',)):
            self.be(*roles)
            self.assertIsNone(self._tab())
        self.be('member', 'reader')
        self.server.tenant_id = 'of-another'
        self.assertIsNone(self._tab())

    def test_rows_with_names(self):
        self.shows()
        page = self._page()
        for words in (
            'Interface 1: front',
            'network blue, 192.0.2.7, fa:16:3e:00:00:01',
            'Disk vda',
            'volume books',
        ):
            self.assertIn(words, page)

    def test_flavor_set_and_in_effect(self):
        self.shows(
            nic=base.entry(
                tunables.INTERFACE,
                {'inbound_average': 300},
                flavor={'inbound': {'average': 100}},
                tuned={'inbound': {'average': 300}},
            )
        )
        context = self._tab().get_context_data(self.request)
        [line, other] = context['devices'][1]['device'].lines()
        self.assertEqual('inbound_average', line.knob.name)
        self.assertEqual(
            ('100', '300', '300'),
            (line.flavor.text, line.tuned.text, line.effective.text),
        )
        self.assertFalse(line.differs)
        self.assertEqual('no limit', other.effective.text)

    def test_a_sign_where_kept_and_effective_differ(self):
        self.shows(
            cpu=base.entry(
                tunables.CPU,
                {'quota': 90000},
                tuned={'quota': 40000},
                not_in_effect='quota is 90000 where 40000 is kept.',
            )
        )
        page = self._page()
        self.assertIn('quota is 90000 where 40000 is kept.', page)
        self.assertEqual(1, page.count('>differs<'))

    def test_when_a_lease_ends(self):
        self.shows()
        self.assertNotIn('live-tune-expires', self._page())
        self.shows(
            cpu=base.entry(
                tunables.CPU,
                {'quota': 90000},
                tuned={'quota': 90000},
                expires_at='2026-11-21T12:00:00Z',
            )
        )
        page = self._page()
        self.assertEqual(1, page.count('live-tune-expires'))
        self.assertIn('comes back at 2026-11-21 12:00:00 UTC', page)

    def test_a_burst_without_a_length_differs_from_nothing(self):
        tuned = {'read_iops_sec_max_length': 0, 'read_iops_sec_max': 5}
        effective = {'read_iops_sec_max_length': 1, 'read_iops_sec_max': 5}
        self.shows(disk=base.entry(tunables.DISK, effective, tuned=tuned))
        self.assertNotIn('>differs<', self._page())

    def test_buttons_for_a_member(self):
        self.shows(
            cpu=base.entry(
                tunables.CPU, {'quota': 5000}, tuned={'quota': 5000}
            )
        )
        page = self._page()
        self.assertEqual(4, page.count('ajax-modal live-tune-set"'))
        self.assertEqual(1, page.count('ajax-modal live-tune-reset"'))
        self.assertIn('live-tune-reset-all"', page)

    def test_nothing_to_take_back(self):
        self.shows()
        page = self._page()
        self.assertNotIn('live-tune-reset"', page)
        self.assertIn('live-tune-reset-all hidden"', page)

    def test_no_buttons_for_a_reader(self):
        self.be('reader')
        self.shows(
            cpu=base.entry(
                tunables.CPU, {'quota': 5000}, tuned={'quota': 5000}
            )
        )
        page = self._page()
        self.assertIn('5000', page)
        self.assertNotIn('live-tune-set', page)
        self.assertNotIn('live-tune-reset"', page)
        self.assertIn('live-tune-reset-all hidden"', page)

    def test_charts_for_whom_the_tab_is(self):
        self.shows()
        for role in ('reader', 'admin'):
            self.be(role)
            self.assertIn(self.url('usage'), self._page())

    def test_no_charts_of_what_does_not_run(self):
        self.assertNotIn('data-usage-url', self._untold())

    def test_a_cloud_without_the_extension(self):
        self.answer(
            'GET', '/os-live-tune', 'The resource could not be found.', 404
        )
        self.assertIn(
            'This cloud does not run the live-tune extension.', self._page()
        )

    def test_a_refusal_is_said(self):
        self.answer('GET', '/os-live-tune', 'Not for you.', 403)
        self.assertIn('Not for you.', self._page())

    def _untold(self, **more):
        untold = {'effective': None, **more}
        self.shows(cpu=untold, nic=untold, disk=untold)
        found = base.read_back(cpu=untold, nic=untold, disk=untold)
        found['disks'][1]['effective'] = None
        self.answer('GET', '/os-live-tune', {'live_tune': found})
        return self._page()

    def test_a_host_without_the_extension(self):
        page = self._untold()
        self.assertIn('does not run the live-tune extension, or', page)
        self.assertNotIn('live-tune-set"', page)

    def test_a_server_that_does_not_run(self):
        self.server.status = 'SHUTOFF'
        self.assertIn('The server does not run', self._untold())

    def test_without_names(self):
        for module, name in (
            (base.api.neutron, 'port_list'),
            (base.api.cinder, 'volume_get'),
        ):
            getattr(module, name).side_effect = Exception('none today')
        self.shows()
        page = self._page()
        self.assertIn('fa:16:3e:00:00:01', page)
        self.assertIn(base.VOLUME, page)
