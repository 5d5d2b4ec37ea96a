# SPDX-License-Identifier: Apache-2.0
"""The panel, as its users see it."""

from typing import Any

from selenium.webdriver.common.keys import Keys

from lab import hosts, variants, virsh
from lab.probe import host_of, on
from lab.tenant import Tenant
from nova_live_tune.tests.browser import base, chromium

TAB = '?tab=instance_details__live_tune'
ADMIN_SERVER = '/admin/instances/{}/detail'
SUBMIT = '.live-tune-form [type=submit]'
RESET_ALL = '.live-tune-reset-all'
WIDTH = 'return document.documentElement.scrollWidth'


def row(device: str, rest: str = '') -> str:
    """Of a device, `cpu` or `disk:vda`, something in its row."""
    return f'.live-tune-device[data-device="{device}"] {rest}'


def cell(device: str, knob: str, column: str) -> str:
    return row(device, f'[data-knob="{knob}"] .live-tune-{column}')


class PanelTest(base.ServerTest):
    """What a panel's test does to it."""

    def setUp(self) -> None:
        super().setUp()
        self.nic = self.tenant.limits(self.server)['interfaces'][0]
        self.interface = f'interface:{self.nic["port_id"]}'
        self.domain = (host_of(self.server.id), self.server.id)

    def tune(self, **bodies: Any) -> None:
        """Set limits for the time of the test, not by the panel."""
        self.addCleanup(self.reset)
        for action, body in bodies.items():
            self.tenant.tune(self.server, {action: body})

    def reset(self) -> None:
        # What an admin has set is a ceiling to the tenant.
        admin = Tenant('lab-admin')
        admin.tune(self.server, {'resetLiveTune': None})

    def open_tab(self, page: str = base.SERVER) -> None:
        self.browser.open(page.format(self.server.id) + TAB)
        self.browser.find('.live-tune')

    def edit(self, device: str, **values: object) -> None:
        """Fill in a device's form, and send it."""
        self.browser.click(row(device, '.live-tune-set'))
        for name, value in values.items():
            self.browser.fill(f'#id_{name}', str(value))
        self.browser.click(SUBMIT)

    def says(self, device: str, knob: str, text: str) -> None:
        """Wait until that is in effect, as the panel has it."""
        self.browser.wait_for_text(cell(device, knob, 'effective'), text)


class MemberTest(PanelTest):
    def test_each_of_the_three(self) -> None:
        self.addCleanup(self.reset)
        self.open_tab()
        loaded = self.browser.run('return performance.timeOrigin')
        self.browser.screenshot('panel-untuned', whole=True)

        self.edit('cpu', quota=50000, shares=512)
        self.says('cpu', 'quota', '50000')
        self.edit(self.interface, rate=10240)
        self.says(self.interface, 'outbound_peak', '10240')
        self.edit('disk:vda', total_bytes_sec=10485760, total_iops_sec=200)
        self.says('disk:vda', 'total_iops_sec', '200')

        self.browser.wait_until_gone('.modal')
        self.browser.screenshot('panel-tuned', whole=True)
        now = self.browser.run('return performance.timeOrigin')
        self.assertEqual(loaded, now, 'the page was loaded anew')
        self._check_libvirt()

    def _check_libvirt(self) -> None:
        cpu = virsh.cpu(*self.domain)
        self.assertEqual((50000, 512), (cpu['quota'], cpu['shares']))
        nic = virsh.interface(*self.domain, self.nic['mac_address'])
        rate = {'average': 10240, 'peak': 10240, 'burst': 10240}
        self.assertEqual({'inbound': rate, 'outbound': rate}, nic)
        disk = virsh.disk(*self.domain, 'vda')
        self.assertEqual(
            (10485760, 200), (disk['total_bytes_sec'], disk['total_iops_sec'])
        )

    def test_an_error_is_at_its_field_and_can_be_mended(self) -> None:
        self.addCleanup(self.reset)
        self.open_tab()
        self.edit('cpu', quota=500)
        self.browser.wait_for_text(
            '.has-error #live-tune-error-quota', 'quota 500 is not allowed'
        )
        field = self.browser.find('#id_quota')
        self.assertEqual(field, self.browser.driver.switch_to.active_element)
        self.assertEqual('true', field.get_attribute('aria-invalid'))
        self.browser.screenshot('panel-error')
        self.browser.fill('#id_quota', '60000')
        self.browser.find('#id_quota').send_keys(Keys.ENTER)
        self.says('cpu', 'quota', '60000')

    def test_an_admins_throttle_is_how_far_one_may_go(self) -> None:
        self.addCleanup(self.reset)
        admin = Tenant('lab-admin')
        admin.tune(self.server, {'setCpuQuota': {'quota': 20000}})
        self.open_tab()
        self.edit('cpu', quota=30000)
        self.browser.wait_for_text(
            '.has-error #live-tune-error-quota', 'beyond your bounds'
        )
        self.browser.click('.live-tune-bounds summary')
        self.browser.wait_for_text(
            '.live-tune-bounds',
            'at most 20 percent of a core, as an administrator has set it',
        )
        self.browser.screenshot('panel-bounds')

    def test_back_to_the_flavor(self) -> None:
        self.tune(
            setCpuQuota={'quota': 50000},
            setInterface={'interface': 1, 'rate': 5000},
            setDiskIO={'disk': 'vda', 'read_iops_sec': 50},
        )
        self.open_tab()
        self.browser.click(row('cpu', '.live-tune-reset'))
        self.browser.find('.live-tune-form')
        self.browser.screenshot('panel-reset')
        self.browser.click(SUBMIT)
        self.says('cpu', 'quota', 'no limit')
        self.says('disk:vda', 'read_iops_sec', '50')
        self.browser.wait_until_gone('.modal')

        self.browser.click(RESET_ALL)
        self.browser.click(SUBMIT)
        self.says('disk:vda', 'total_iops_sec', 'no limit')
        self.browser.wait_until_gone(RESET_ALL)
        limits = self.tenant.limits(self.server)
        self.assertEqual({}, limits['disks'][0]['tuned'])
        self.assertEqual(-1, virsh.cpu(*self.domain)['quota'])

    def test_no_limit_and_a_field_that_is_emptied(self) -> None:
        self.tune(setCpuQuota={'quota': 50000, 'shares': 300})
        self.open_tab()
        self.browser.click(row('cpu', '.live-tune-set'))
        self.browser.click('#id_quota__unlimited')
        self.assertFalse(self.browser.find('#id_quota').is_enabled())
        self.browser.fill('#id_shares', '')
        self.browser.click(SUBMIT)
        self.says('cpu', 'quota', 'no limit')
        self.browser.wait_until_gone('.modal')
        tuned = self.tenant.limits(self.server)['cpu']['tuned']
        self.assertEqual({'quota': -1}, tuned)

    def test_by_keyboard(self) -> None:
        self.addCleanup(self.reset)
        self.open_tab()
        button = row('cpu', '.live-tune-set')
        self.browser.find(button).send_keys(Keys.ENTER)
        self.browser.find('.live-tune-form')
        self._focus_is('#id_quota')
        self._press(Keys.ESCAPE)
        self.browser.wait_until_gone('.modal')
        self._focus_is(button)

        self._press(Keys.ENTER)
        self.browser.find('.live-tune-form')
        self._focus_is('#id_quota')
        self._press('70000' + Keys.ENTER)
        self.says('cpu', 'quota', '70000')
        self._focus_is(button)

    def _press(self, keys: str) -> None:
        self.browser.driver.switch_to.active_element.send_keys(keys)

    def _focus_is(self, css: str) -> None:
        self.browser.wait(
            lambda: (
                self.browser.find(css)
                == self.browser.driver.switch_to.active_element
            ),
            f'{css} has not the focus',
        )

    def test_somebody_changed_it_behind_novas_back(self) -> None:
        self.tune(setCpuQuota={'quota': 40000})
        self._change_by_virsh(90000)
        # nova-compute puts it back. Just after that it leaves the page the
        # longest time to tell of the next.
        self.browser.wait(self._is_put_back, 'nova-compute let it be')
        self._change_by_virsh(90000)
        self.open_tab()
        self.browser.wait_for_text(row('cpu', '.live-tune-problem'), '90000')
        self.browser.wait_for_text(
            cell('cpu', 'quota', 'effective'), 'differs'
        )
        self.browser.screenshot('panel-differs')

    def _change_by_virsh(self, quota: int) -> None:
        host, domain = self.domain
        change = ('--live', f'vcpu_quota={quota}')
        on(host, 'virsh', 'schedinfo', domain, *change)

    def _is_put_back(self) -> bool:
        return bool(virsh.cpu(*self.domain)['quota'] == 40000)

    def test_both_themes_wide_and_narrow(self) -> None:
        self.tune(
            setCpuQuota={'quota': 50000},
            setDiskIO={'disk': 'vda', 'total_bytes_sec': 104857600},
        )
        for theme in base.THEMES:
            self.browser.use_theme(theme)
            for size in (chromium.WIDE, chromium.NARROW):
                self.browser.resize(size)
                self._check_size(f'panel-{theme}-{size[0]}', size[0])

    def _check_size(self, name: str, width: int) -> None:
        self.open_tab()
        self.assertLessEqual(self.browser.run(WIDTH), width, name)
        self.browser.click(row('disk:vda', '.live-tune-set'))
        self.browser.find('.live-tune-form')
        self.browser.screenshot(f'{name}-form')
        self.assertLessEqual(self.browser.run(WIDTH), width, name)
        self._press(Keys.ESCAPE)
        self.browser.wait_until_gone('.modal')
        # It moves the page, so nothing may be clicked on after it.
        self.browser.screenshot(name, whole=True)

    def test_charts(self) -> None:
        self.tune(setCpuQuota={'quota': 50000})
        self.open_tab()
        for device in ('cpu', self.interface, 'disk:vda'):
            # One without any use is flat, and so is not seen as displayed.
            line = row(device, '.live-tune-chart polyline')
            self.browser.wait(
                lambda line=line: self.browser.all(line),
                f'{device} has no chart',
            )
        limits = self.browser.all(row('cpu', 'line.live-tune-limit'))
        self.assertEqual(1, len(limits))
        self.browser.wait_for_text(
            row('cpu', '.live-tune-words'), 'of 50 % of a core'
        )
        self.browser.screenshot('panel-charts', whole=True)

    def test_the_row_action_leads_to_the_tab(self) -> None:
        self.browser.open(base.INSTANCES)
        tr = f'#instances tr[data-object-id="{self.server.id}"]'
        self.browser.click(f'{tr} .dropdown-toggle')
        self.browser.click(f'{tr} [id$=action_live_tune]')
        self.browser.find(row('cpu'))


class ReaderTest(PanelTest):
    user = 'reader'

    def test_a_tab_without_buttons(self) -> None:
        self.tune(setCpuQuota={'quota': 50000})
        self.open_tab()
        self.says('cpu', 'quota', '50000')
        self.browser.screenshot('panel-reader', whole=True)
        for button in ('set', 'reset', 'reset-all'):
            found = self.browser.all(f'.live-tune-{button}')
            self.assertFalse([e for e in found if e.is_displayed()], button)


class AdminTest(PanelTest):
    user = 'admin'

    def test_the_admins_own_page(self) -> None:
        self.addCleanup(self.reset)
        self.open_tab(ADMIN_SERVER)
        self.edit('cpu', quota=80000)
        self.says('cpu', 'quota', '80000')

    def test_a_host_without_the_extension(self) -> None:
        host = hosts.COMPUTES[1]
        admin = Tenant('lab-admin')
        self.addCleanup(variants.use, variants.OURS, host)
        variants.use(variants.PLAIN, host)
        server = admin.boot('browser-on-a-plain-host', host=host.name)
        self.addCleanup(admin.delete, server)
        self.browser.open(base.SERVER.format(server.id) + TAB)
        self.browser.wait_for_text(
            '.live-tune .alert', 'does not run the live-tune extension'
        )
        self.assertEqual([], self.browser.all('.live-tune-set'))
        self.browser.screenshot('panel-plain-host', whole=True)
