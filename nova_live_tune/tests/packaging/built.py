# SPDX-License-Identifier: Apache-2.0
"""The sdist and the wheel of the source tree, and where they are installed."""

import atexit
import configparser
import functools
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parents[3]
VERSION = '1.2.3'
WITHOUT_GIT = {
    # pbr would ask git for all of these.
    'PBR_VERSION': VERSION,
    'SKIP_GENERATE_AUTHORS': '1',
    'SKIP_WRITE_GIT_CHANGELOG': '1',
    # git refuses a clone of another user's.
    'GIT_CONFIG_COUNT': '1',
    'GIT_CONFIG_KEY_0': 'safe.directory',
    'GIT_CONFIG_VALUE_0': '*',
}
#: What Nova's tests are pinned to, an operator's machine does not know.
PINS = ('PIP_CONSTRAINT', 'UV_CONSTRAINT')


def _environment():
    kept = {k: v for k, v in os.environ.items() if k not in PINS}
    return {**kept, **WITHOUT_GIT}


def run(*command, cwd=None):
    """Run a command; return what it prints."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=_environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise AssertionError(f'{command}:\n{done.stdout}{done.stderr}')
    return done.stdout


def _temporary():
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return pathlib.Path(folder)


@functools.cache
def files():
    """Every file of the source tree, committed or not, but none ignored."""
    named = run('git', 'ls-files', '-z', '-co', '--exclude-standard', cwd=ROOT)
    paths = [name for name in named.split('\0') if name]
    return tuple(sorted(p for p in set(paths) if (ROOT / p).is_file()))


def commands():
    """The words of our openstack commands."""
    settings = configparser.ConfigParser()
    settings.read(ROOT / 'setup.cfg')
    lines = settings['entry_points']['openstack.live_tune.v1'].split('\n')
    names = [line.partition('=')[0].strip() for line in lines if line]
    return [name.replace('_', ' ') for name in names]


@functools.cache
def distributions():
    """Build both, the wheel from the sdist; return their paths."""
    folder = _temporary()
    source, output = folder / 'source', folder / 'dist'
    for path in files():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, source / path)
    # An sdist has what git has.
    run('git', 'init', '--quiet', cwd=source)
    run('git', 'add', '--all', cwd=source)
    python = (sys.executable, '-m', 'build', '--installer', 'uv')
    run(*python, '--outdir', output, source)
    (sdist,), (wheel,) = output.glob('*.tar.gz'), output.glob('*.whl')
    return sdist, wheel


@functools.cache
def installed(extra='', *beside):
    """Install the wheel into an empty virtual environment; return its folder.

    :param extra: such as [cli]
    :param beside: requirements of what else has to be there
    """
    folder = _temporary() / 'venv'
    uv = (sys.executable, '-m', 'uv')
    run(*uv, 'venv', '--quiet', '--python', sys.executable, folder)
    _, wheel = distributions()
    python = folder / 'bin' / 'python'
    install = (*uv, 'pip', 'install', '--python', python)
    run(*install, f'{wheel}{extra}', *beside)
    return folder


def site_packages(folder):
    (site,) = folder.glob('lib/python3*/site-packages')
    return site
