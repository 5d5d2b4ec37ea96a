# SPDX-License-Identifier: Apache-2.0
"""The lab's Horizon without our panel: logging in, and looking at a server."""

from lab import passwords
from nova_live_tune.tests.browser import base


class LoginTest(base.BrowserTest):
    user = None

    def setUp(self) -> None:
        super().setUp()
        self.browser.log_out()

    def styles(self) -> set[str]:
        links = self.browser.all('link[rel=stylesheet]')
        return {str(link.get_attribute('href')) for link in links}

    def test_the_page_has_two_themes(self) -> None:
        seen = {}
        for theme in base.THEMES:
            self.browser.use_theme(theme)
            self.browser.open('/auth/login/')
            self.browser.find('#id_password')
            self.browser.screenshot(f'login-{theme}')
            seen[theme] = self.styles()
        self.assertTrue(seen['default'])
        self.assertNotEqual(seen['default'], seen['material'])

    def test_a_wrong_password_is_told(self) -> None:
        self.browser.submit_login('demo', passwords.password('reader'))
        self.browser.wait_for_text('form', 'Invalid credentials')
        self.assertTrue(self.browser.find('#id_password'))

    def test_an_admin_sees_more_than_a_tenant(self) -> None:
        for user, is_admin in (('demo', False), ('admin', True)):
            self.browser.log_in(user)
            panels = self.browser.all('a[href="/admin/instances/"]')
            self.assertEqual(is_admin, bool(panels), user)

    def test_a_reader_is_let_in(self) -> None:
        self.browser.log_in('reader')
        self.browser.open(base.INSTANCES)
        self.browser.find('#instances')
        self.assertIn('reader', self.browser.driver.page_source)


class ServerTest(base.ServerTest):
    def test_the_tenants_servers_are_listed(self) -> None:
        for theme in base.THEMES:
            self.browser.use_theme(theme)
            self.browser.open(base.INSTANCES)
            self.browser.wait_for_text('#instances', self.server.name)
            self.browser.screenshot(f'instances-{theme}')
            self.assertEqual([], self.browser.errors())

    def test_a_server_has_a_page(self) -> None:
        self.open_server()
        self.browser.wait_for_text('#instance_details__overview', 'lab.small')
        self.browser.screenshot('server-overview', whole=True)
        self.assertEqual([], self.browser.errors())
        self.assertEqual([], self.complaints())

    def complaints(self) -> list[str]:
        return [line for line in self.browser.console() if 'SEVERE' in line]
