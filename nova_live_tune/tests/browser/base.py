# SPDX-License-Identifier: Apache-2.0
"""What the browser tests share: the lab, and a browser at its Horizon."""

from typing import Any

from testtools import content

from nova_live_tune.tests.browser import chromium
from nova_live_tune.tests.e2e import base

SERVER = '/project/instances/{}/'
INSTANCES = '/project/instances/'
ADMIN_INSTANCES = '/admin/instances/'
THEMES = ('default', 'material')


class BrowserTest(base.LabTest):
    """The tests of a class share a browser, logged in as `user`.

    Each begins in the default theme, on a wide page.
    """

    #: Of the lab's users; None begins at the login page.
    user: str | None = 'demo'
    browser: chromium.Chromium

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        chromium.install()
        cls.browser = cls.enterClassContext(chromium.Chromium())
        if cls.user:
            cls.browser.log_in(cls.user)

    def setUp(self) -> None:
        super().setUp()
        self.browser.use_theme('default')
        self.browser.resize(chromium.WIDE)
        # What was said before is not of this test.
        self.browser.console()
        self.evidence = f'FAILED-{self.id().rpartition("browser.")[2]}'
        for path in chromium.SCREENSHOTS.glob(f'{self.evidence}.*'):
            path.unlink()
        self.addOnException(self._keep_evidence)

    def _keep_evidence(self, _: Any) -> None:
        """Of a failure: what was seen, and what the page said of itself."""
        path = self.browser.screenshot(self.evidence, whole=True)
        said = [self.browser.driver.current_url, *self.browser.console()]
        path.with_suffix('.log').write_text('\n'.join(said) + '\n')
        self.addDetail('page', content.text_content('\n'.join(said)))


class ServerTest(BrowserTest):
    """They share a server of the tenant's, too; each leaves it as it was."""

    server: Any

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.server = cls.tenant.boot(f'browser-{cls.__name__}')
        cls.addClassCleanup(cls.tenant.delete, cls.server)

    def open_server(self) -> None:
        """The server's page, as the user who is logged in."""
        self.browser.open(SERVER.format(self.server.id))
