# SPDX-License-Identifier: Apache-2.0
"""Our package and patches into the lab's Nova, as an operator would."""

import shutil
from pathlib import Path

from lab import settings, state, venvs
from lab.shell import Failed, run

PATCHES = settings.CLONE / 'patches'
PATCH_NOVA = settings.VENV / 'bin' / 'nova-live-tune-patch'
# What the wheel is made of.
SOURCES = (
    'nova_live_tune',
    'patches',
    'etc',
    'setup.cfg',
    'setup.py',
    'pyproject.toml',
    'requirements.txt',
    'README.rst',
)
# Parts of the package that no service of Nova's reads.
NOT_NOVAS = ('dashboard', 'tests')
GIT = {
    # git is asked for the version, and refuses a clone of another user's.
    'GIT_CONFIG_COUNT': '1',
    'GIT_CONFIG_KEY_0': 'safe.directory',
    'GIT_CONFIG_VALUE_0': '*',
}


def package_version() -> str:
    package, *others = (settings.CLONE / name for name in SOURCES)
    read = [path for path in package.iterdir() if path.name not in NOT_NOVAS]
    return state.digest(*sorted(read), *others)


def patches_version(release: str) -> str:
    return state.digest(PATCHES / 'common', PATCHES / release)


def version(release: str) -> str:
    return package_version() + patches_version(release)


def install(release: str) -> None:
    pins = venvs.digest(venvs.lock(release))
    package = f'{pins} {package_version()}'
    patches = f'{pins} {patches_version(release)}'
    if not state.is_done('package', package):
        install_package(settings.VENV)
        state.done('package', package)
    if not state.is_done('patches', patches):
        state.undo('patches')
        try:
            patch(release, venvs.place(release))
        except Failed as problem:
            # Perhaps somebody edited this Nova: the next start gets a new one.
            venvs.forget(release)
            raise Failed(
                f'{problem}\nTry again with an untouched Nova.'
            ) from None
        state.done('patches', patches)


def install_package(venv: Path) -> None:
    """Build this clone's package and put it into an environment."""
    # Built outside the clone: what a former build left there must not slip in,
    # nor what that of another clone has left here. Two may be built at once.
    folder = settings.LAB / 'build' / venv.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    extra = folder / 'extra.cfg'
    extra.write_text(
        f'[build]\nbuild_base={folder}\n[egg_info]\negg_base={folder}\n'
    )
    environment = {
        **venvs.CACHE,
        **GIT,
        'DIST_EXTRA_CONFIG': str(extra),
        'SKIP_GENERATE_AUTHORS': '1',
        'SKIP_WRITE_GIT_CHANGELOG': '1',
    }
    command = [str(venvs.UV), 'pip', 'install', '--no-deps', '--no-cache']
    command += ['--no-build-isolation', '--reinstall']
    command += ['--python', f'{venv}/bin/python']
    run([*command, settings.CLONE], environment)


def patch(release: str, venv: Path) -> None:
    """The series as it is now, whatever was applied before."""
    site = next(venv.glob('lib/python3*/site-packages'))
    run([PATCH_NOVA, 'apply', '--release', release, '--path', site])


def check_sources(release: str) -> None:
    """Say at once what a clone lacks, not after minutes of installing."""
    needed = [settings.CLONE / name for name in SOURCES]
    needed.append(PATCHES / release / 'series')
    missing = [str(path) for path in needed if not path.exists()]
    if missing:
        raise Failed(
            f'This clone is not complete; {", ".join(missing)} lacks.'
        )
