# SPDX-License-Identifier: Apache-2.0
import pathlib

from lab import extension, horizon, settings, venvs
from lab.tests.base import LabCase

RELEASE = settings.DEFAULT_RELEASE


class TestVersions(LabCase):
    """What an edit of the clone makes anew."""

    def setUp(self) -> None:
        super().setUp()
        self.patch(settings, 'CLONE', self.lab)
        package = self.lab / 'nova_live_tune'
        self.patch(horizon, 'PACKAGE', package)
        self.patch(horizon, 'PANEL', package / 'dashboard')
        for name in ('patches', 'etc'):
            (self.lab / name).mkdir()
        for name in horizon.BUILD:
            self.write(name)
        self.write('README.rst')
        for name in (
            'tunables.py',
            'api/controller.py',
            'client/api.py',
            'dashboard/views.py',
            'dashboard/enabled/_1_panel.py',
            'dashboard/static/panel.scss',
            'tests/unit/test_it.py',
        ):
            self.write(f'nova_live_tune/{name}')

    def write(self, name: str, text: str = '') -> None:
        path = self.lab / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def versions(self) -> dict[str, str]:
        return {
            'nova': extension.package_version(),
            'horizon': horizon.version(RELEASE),
            'static': horizon._static_version(RELEASE),
        }

    def assert_changes(self, name: str, *expected: str) -> None:
        before = self.versions()
        self.write(f'nova_live_tune/{name}', 'edited')
        after = self.versions()
        changed = {part for part in before if before[part] != after[part]}
        self.assertEqual(set(expected), changed, name)

    def test_the_panel_is_horizons(self) -> None:
        self.assert_changes('dashboard/views.py', 'horizon')

    def test_what_is_gathered(self) -> None:
        for name in ('static/panel.scss', 'enabled/_1_panel.py'):
            self.assert_changes(f'dashboard/{name}', 'horizon', 'static')

    def test_what_is_shared(self) -> None:
        for name in ('client/api.py', 'tunables.py'):
            self.assert_changes(name, 'nova', 'horizon')

    def test_the_server_side_is_novas(self) -> None:
        self.assert_changes('api/controller.py', 'nova')

    def test_tests_are_nobodys(self) -> None:
        self.assert_changes('tests/unit/test_it.py')


class TestPins(LabCase):
    def test_each_release_has_its_horizon(self) -> None:
        for folder in (settings.HERE / 'releases').glob('20*'):
            release = pathlib.Path(folder).name
            chosen = folder / venvs.HORIZON / 'requirements.txt'
            [line] = [
                line
                for line in chosen.read_text().splitlines()
                if line.startswith('horizon==')
            ]
            pins = venvs.lock(release, venvs.HORIZON).read_text()
            self.assertIn(line, pins.splitlines())
