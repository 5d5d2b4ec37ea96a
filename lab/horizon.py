# SPDX-License-Identifier: Apache-2.0
"""Horizon with our panel in it, in an environment of its own, without Nova."""

from pathlib import Path

from lab import extension, settings, state, venvs
from lab.hosts import CONTROLLER
from lab.shell import run

PACKAGE = settings.CLONE / 'nova_live_tune'
PANEL = PACKAGE / 'dashboard'
# Beside it, what it and the command line share, and what builds the package.
SHARED = ('client', 'planning.py', 'tunables.py', '__init__.py')
BUILD = ('setup.cfg', 'setup.py', 'pyproject.toml', 'requirements.txt')
# What these need for more than one theme.
THEMES = settings.HERE / 'horizon_themes.patch'
WITHOUT_THEMES = ('2026.1', '2026.2')
SETTINGS = Path('horizon', 'local_settings.py')
STEPS = HORIZON, PANEL_IN, STATIC = 'horizon', 'panel', 'static-files'
ENVIRONMENT = {
    'DJANGO_SETTINGS_MODULE': 'openstack_dashboard.settings',
    'PYTHONWARNINGS': 'ignore',
}


def place(release: str) -> Path:
    return venvs.place(release, venvs.HORIZON)


def static(venv: Path) -> Path:
    """What the web server gives out as it is; it goes when Horizon goes."""
    return venv / 'static'


def package_version() -> str:
    paths = [PANEL, *(PACKAGE / name for name in SHARED)]
    paths += [settings.CLONE / name for name in BUILD]
    return state.digest(*(path for path in paths if path.exists()))


def version(release: str) -> str:
    pins = venvs.digest(venvs.lock(release, venvs.HORIZON))
    return f'{pins} {package_version()}'


def install(release: str) -> None:
    pins = venvs.lock(release, venvs.HORIZON)
    venv = place(release)
    themes = state.digest(THEMES)
    if venvs.is_current(venv, pins) and state.is_done(HORIZON, themes):
        return
    for step in STEPS:
        state.undo(step)
    # Some are built, and not by every setuptools.
    venvs.install(venv, pins, '--build-constraints', pins)
    if release in WITHOUT_THEMES:
        run(['patch', '-p1', '--input', THEMES], cwd=_site(venv))
    (_local(venv) / SETTINGS.name).symlink_to(CONTROLLER.etc / SETTINGS)
    state.done(HORIZON, themes)


def install_panel(release: str) -> None:
    if state.is_done(PANEL_IN, version(release)):
        return
    extension.install_package(place(release))
    if PANEL.exists():
        _enable(place(release))
    state.done(PANEL_IN, version(release))


def _enable(venv: Path) -> None:
    """As an operator would, but for files that are ours no more."""
    for path in (_local(venv) / 'enabled').glob('_[0-9]*.py'):
        path.unlink()
    command = [venv / 'bin' / 'python', '-m', 'nova_live_tune.dashboard']
    # Not beside the clone's package.
    run([*command, 'enable'], cwd=venv)


def _static_version(release: str) -> str:
    """Python code needs no new ones, but for what names them to Horizon."""
    files = [
        path
        for path in sorted(PANEL.rglob('*'))
        if path.suffix != '.py' or path.parent.name == 'enabled'
    ]
    template = settings.HERE / 'etc' / CONTROLLER.role / SETTINGS
    pins = venvs.lock(release, venvs.HORIZON)
    return state.digest(pins, template, *filter(Path.is_file, files))


def gather_static_files(release: str) -> None:
    """All in one folder, styles and scripts made into few."""
    made_of = _static_version(release)
    if state.is_done(STATIC, made_of):
        return
    django = place(release) / 'bin' / 'django-admin'
    run([django, 'collectstatic', '--noinput', '--clear'], ENVIRONMENT)
    run([django, 'compress', '--force'], ENVIRONMENT)
    state.done(STATIC, made_of)


def _site(venv: Path) -> Path:
    return next(venv.glob('lib/python3*/site-packages'))


def _local(venv: Path) -> Path:
    return _site(venv) / 'openstack_dashboard' / 'local'
