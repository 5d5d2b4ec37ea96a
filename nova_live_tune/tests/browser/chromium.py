# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, Debian's, and what tests of Horizon do in it."""

import base64
import functools
import pathlib
import shutil
import subprocess
import tempfile
import types
from collections.abc import Callable
from typing import Any

from selenium import webdriver
from selenium.common import exceptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

from lab import passwords, settings

SCREENSHOTS = settings.CLONE / 'build' / 'screenshots'
HORIZON = settings.url('horizon')
#: Of the page, in pixels: a desk's and a phone's.
WIDE, NARROW = (1280, 900), (400, 800)
PATIENCE = 30

OPTIONS = (
    '--headless=new',
    # It runs as root.
    '--no-sandbox',
    '--disable-gpu',
    # A page of 400 pixels shall have them all.
    '--hide-scrollbars',
    '--disable-quic',
    '--disable-dev-shm-usage',
    '--no-first-run',
    '--no-proxy-server',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--lang=en',
)
#: Between two looks the page may have exchanged what was looked at.
FLEETING = (
    exceptions.StaleElementReferenceException,
    exceptions.NoSuchElementException,
    exceptions.ElementClickInterceptedException,
    exceptions.ElementNotInteractableException,
)


@functools.cache
def install() -> None:
    """Debian's packages, those that are missing."""
    command = [settings.PYTHON, '-m', 'lab', 'packages', 'browser']
    subprocess.run(command, check=True, cwd=settings.CLONE)


def _driver(profile: str) -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which('chromium')
    for option in (*OPTIONS, f'--user-data-dir={profile}'):
        options.add_argument(option)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL'})
    service = Service(shutil.which('chromedriver'))
    return webdriver.Chrome(options, service)


class Chromium:
    """One browser with an empty profile; `with` ends it.

    :ivar driver: selenium's, for what is not here
    """

    def __init__(self) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.driver = _driver(self._profile.name)
        self.resize(WIDE)

    def __enter__(self) -> 'Chromium':
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.driver.quit()
        self._profile.cleanup()

    # Where it is, and how it looks there.

    def open(self, path: str) -> None:
        """Open a page of Horizon's, and wait until it is loaded."""
        self.driver.get(HORIZON + path)

    def resize(self, size: tuple[int, int]) -> None:
        """Set the page's size; a window cannot be as narrow as a phone."""
        width, height = size
        metrics = {'width': width, 'height': height}
        metrics |= {'deviceScaleFactor': 1, 'mobile': False}
        self.driver.execute_cdp_cmd(
            'Emulation.setDeviceMetricsOverride', metrics
        )

    def use_theme(self, name: str) -> None:
        """Choose `default` or `material`, from the next page on."""
        if not self.driver.current_url.startswith(HORIZON):
            # Cookies are for the site that one is at.
            self.open('/auth/login/')
        self.driver.add_cookie({'name': 'theme', 'value': name})

    # Who is there.

    def log_in(self, user: str) -> None:
        """Be one of the lab's users (`demo`, `reader`, `admin`)."""
        self.log_out()
        self.submit_login(user, passwords.password(user))
        self.find('.openstack-topbar, .navbar .user-name, #user_info')

    def submit_login(self, user: str, password: str) -> None:
        """Fill in and send the form of the login page."""
        self.open('/auth/login/')
        self.fill('#id_username', user)
        self.fill('#id_password', password)
        self.click('#loginBtn')

    def log_out(self) -> None:
        """Forget the session, if there is one; the theme stays."""
        # Away first: what a page still asks for would bring the cookie back.
        self.driver.get('about:blank')
        cookie = {'name': 'sessionid', 'url': HORIZON}
        self.driver.execute_cdp_cmd('Network.deleteCookies', cookie)

    # What is on the page. All but `all` and `errors` wait for it.

    def all(self, css: str) -> list[WebElement]:
        """All elements there are now, hidden ones too."""
        return self.driver.find_elements(By.CSS_SELECTOR, css)

    def find(self, css: str) -> WebElement:
        """The first visible element, once there is one."""

        def shown() -> WebElement | None:
            return next((e for e in self.all(css) if e.is_displayed()), None)

        found: WebElement = self.wait(shown, f'{css} is not shown')
        return found

    def text(self, css: str) -> str:
        """What the first visible element says."""
        return self.find(css).text

    def click(self, css: str) -> None:
        """Click on the first visible element, once nothing covers it."""

        def clicked() -> bool:
            self.find(css).click()
            return True

        self.wait(clicked, f'{css} cannot be clicked on')

    def fill(self, css: str, text: str) -> None:
        """Write into a field, in place of what is in it."""
        field = self.find(css)
        field.clear()
        field.send_keys(text)

    def wait_for_text(self, css: str, text: str) -> None:
        """Wait until the first visible element says it, among other things."""
        self.wait(
            lambda: text in self.text(css), f'{css} does not say {text!r}'
        )

    def wait_until_gone(self, css: str) -> None:
        """Wait until no such element is visible."""
        self.wait(
            lambda: not any(e.is_displayed() for e in self.all(css)),
            f'{css} is still shown',
        )

    def wait(
        self,
        condition: Callable[[], Any],
        complaint: str,
        seconds: float = PATIENCE,
    ) -> Any:
        """Wait until a condition is true, and return what it returned.

        :param complaint: says what is wrong if it stays false
        :raises AssertionError: after as many seconds
        """
        wait = WebDriverWait(self.driver, seconds, 0.1, FLEETING)
        try:
            return wait.until(lambda _: condition())
        except exceptions.TimeoutException:
            where = self.driver.current_url
            raise AssertionError(f'{complaint}: {where}') from None

    def run(self, script: str, *arguments: Any) -> Any:
        """Run JavaScript in the page; what it returns."""
        return self.driver.execute_script(script, *arguments)

    def errors(self) -> list[str]:
        """What the page's red boxes say now."""
        boxes = self.all('.alert-danger')
        return [box.text for box in boxes if box.is_displayed()]

    # What is kept of it.

    def screenshot(self, name: str, whole: bool = False) -> pathlib.Path:
        """Keep what is seen, or the whole page, as build/screenshots/NAME.png.

        :returns: where
        """
        path = SCREENSHOTS / f'{name}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        found = self.driver.execute_cdp_cmd(
            'Page.captureScreenshot', {'captureBeyondViewport': whole}
        )
        path.write_bytes(base64.b64decode(found['data']))
        return path

    def console(self) -> list[str]:
        """What the page said in its console since the last time."""
        entries: list[dict[str, Any]] = self.driver.get_log('browser')
        return [f'{entry["level"]}: {entry["message"]}' for entry in entries]
