# SPDX-License-Identifier: Apache-2.0
"""Running tox environments of tests, and counting what came of each test."""

import collections
import json
import os
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent

_PASSED = ('success', 'xfail')


class Tally(collections.Counter):
    """How often each outcome came up, and what the failed tests said."""

    def __init__(self, results=()):
        super().__init__(status for _, status, _ in results)
        self.failures = [
            f'{test}: {reason or status}'
            for test, status, reason in results
            if status not in _PASSED
        ]

    @property
    def failed(self):
        return sum(n for status, n in self.items() if status not in _PASSED)

    @property
    def passed(self):
        return sum(self[status] for status in _PASSED)


def run(
    tox,
    environment,
    workdir=ROOT / '.tox',
    variables=(),
    options=(),
    beside=False,
):
    """Run an environment's tests; return their tally.

    :param workdir: where tox keeps its environments
    :param variables: what to add to those of this process
    :param options: for tox
    :param beside: others have the machine first, and the terminal: what these
        say is printed when they are through
    """
    home = workdir / environment
    # An older run must not be taken for this one.
    shutil.rmtree(home / '.stestr', ignore_errors=True)
    code = call(tox, environment, workdir, variables, options, beside)
    tally = Tally(_last(home) if (home / '.stestr').is_dir() else ())
    if not tally or (code and not tally.failed):
        # Something other than a test went wrong.
        tally['not run'] += 1
        tally.failures.append(f'{environment}: exit {code}')
    return tally


def call(tox, environment, workdir, variables=(), options=(), beside=False):
    """Let tox do something with an environment; return its exit code."""
    command = [tox, '-q', '--workdir', workdir, '-e', environment, *options]
    head = f'\n=== {environment}\n'
    if beside:
        command = ['nice', '-n', '10', *command]
    else:
        print(head, end='', flush=True)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **dict(variables)},
        stdout=subprocess.PIPE if beside else None,
        stderr=subprocess.STDOUT if beside else None,
        text=True,
        errors='replace',
    )
    if beside:
        print(head + done.stdout, end='', flush=True)
    return done.returncode


def _last(home):
    """Each test's outcome and reason, as stestr has recorded them."""
    last = subprocess.run(
        [home / 'bin' / 'stestr', '--repo-url', home, 'last', '--subunit'],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    return read(home, last.stdout)


def read(home, stream):
    """Return of a subunit stream each test's name, outcome and reason.

    :param home: a virtual environment that has subunit and testtools
    """
    read = subprocess.run(
        [home / 'bin' / 'python', ROOT / 'tools' / 'read-results'],
        input=stream,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(read.stdout)
