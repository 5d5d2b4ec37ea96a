# SPDX-License-Identifier: Apache-2.0
"""Our package and patches into the lab's Nova, as an operator would."""

import os
from pathlib import Path

from lab import settings, state, venvs
from lab.shell import Failed, run

PATCHES = settings.CLONE / 'patches'
PACKAGE = settings.CLONE / 'nova_live_tune'
METADATA = ('setup.cfg', 'setup.py', 'pyproject.toml', 'requirements.txt')


def series(release: str) -> list[Path]:
    """As quilt reads it: a path, perhaps an option; # for remarks."""
    listing = PATCHES / release / 'series'
    paths = []
    for line in listing.read_text().splitlines():
        words = line.partition('#')[0].split()
        if words:
            path = Path(os.path.normpath(listing.parent / words[0]))
            paths.append(path)
    return paths


def package_version() -> str:
    return state.digest(PACKAGE, *(settings.CLONE / name for name in METADATA))


def patches_version(release: str) -> str:
    return state.digest(*series(release))


def version(release: str) -> str:
    return package_version() + patches_version(release)


def install(release: str) -> None:
    if not (settings.CLONE / 'README.rst').exists():
        print(
            '    no README.rst yet, so the package cannot be built: plain Nova'
        )
        return
    pins = venvs.digest(venvs.lock(release))
    package = f'{pins} {package_version()}'
    patches = f'{pins} {patches_version(release)}'
    if not state.is_done('package', package):
        _install_package()
        state.done('package', package)
    if not state.is_done('patches', patches):
        _patch(release)
        state.done('patches', patches)


def _install_package() -> None:
    # Built outside the clone: what a former build left there must not slip in.
    # git is asked for the version, and refuses a clone of another user's.
    folder = settings.LAB / 'build'
    folder.mkdir(parents=True, exist_ok=True)
    extra = folder / 'extra.cfg'
    extra.write_text(
        f'[build]\nbuild_base={folder}\n[egg_info]\negg_base={folder}\n'
    )
    environment = {
        **venvs.CACHE,
        'DIST_EXTRA_CONFIG': str(extra),
        'SKIP_GENERATE_AUTHORS': '1',
        'SKIP_WRITE_GIT_CHANGELOG': '1',
        'GIT_CONFIG_COUNT': '1',
        'GIT_CONFIG_KEY_0': 'safe.directory',
        'GIT_CONFIG_VALUE_0': '*',
    }
    options = [
        '--no-deps',
        '--no-build-isolation',
        '--reinstall',
        '--no-cache',
    ]
    run([*_install(), *options, settings.CLONE], environment)


def _install() -> list[str | Path]:
    return [
        venvs.UV,
        'pip',
        'install',
        '--python',
        settings.VENV / 'bin' / 'python',
    ]


def _patch(release: str) -> None:
    state.undo('patches')
    _fresh_nova(release)
    site = next(settings.VENV.glob('lib/python3*/site-packages'))
    for patch in series(release):
        options = [
            '-d',
            site,
            '-p1',
            '--fuzz=0',
            '--forward',
            '--batch',
            '-i',
            patch,
        ]
        try:
            run(['patch', '--dry-run', *options])
            run(['patch', *options])
        except Failed:
            _fresh_nova(release)
            raise


def _fresh_nova(release: str) -> None:
    pins = venvs.lock(release).read_text().splitlines()
    nova = next(pin for pin in pins if pin.startswith('nova=='))
    # Copied, not linked: the patches must not reach uv's cache.
    options = [
        '--no-deps',
        '--link-mode=copy',
        '--reinstall-package',
        'nova',
        nova,
    ]
    run([*_install(), *options], venvs.CACHE)
