# SPDX-License-Identifier: Apache-2.0
"""Break a run off with SIGKILL before each of its steps, and mend it.

For each step, what was found and what mending made of it are printed as a line
of JSON. This is a program, as it forks: the tests' own process has threads.
"""

import json
import os
import pathlib
import shutil
import signal
import sys
from unittest import mock

from nova_live_tune.patching import actions, series, status

#: As the tests call it.
_SITE, _KIND, _RELEASE = sys.argv[1:]

#: What changes files in a way that others see; Python tells of each before.
_STEPS = ('os.mkdir', 'os.remove', 'os.rename', 'os.rmdir', 'os.utime')


def _is_step(site, event, arguments):
    if event == 'open':
        flags = os.O_WRONLY | os.O_RDWR | os.O_CREAT
        return arguments[2] & flags and str(site) in str(arguments[0])
    return event in _STEPS


def _killed(site, action, step):
    """Run an action in a child that dies at a step; whether it did."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    # Counted from the first change of the Nova: before that, copies in the
    # temporary folder are made, patched, and removed.
    left = [step + 1]

    def audit(event, arguments):
        begun = '.live-tune-staging' in str(arguments[:1]) or left[0] <= step
        if begun and _is_step(site, event, arguments):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(audit)
    # It would only matter to a power cut.
    with mock.patch.object(os, 'fsync'):
        action(site)
    os._exit(0)


def _with_series(patches):
    def apply(site):
        with mock.patch.object(series, 'read', return_value=patches):
            return actions.apply(site, _RELEASE)

    return apply


def _revert(site):
    return actions.revert(site, _RELEASE)


def _contents(site):
    return {
        str(path.relative_to(site)): path.read_bytes()
        for path in site.rglob('*')
        if path.is_file() and path.name != '.live-tune-series'
    }


def _worked_on(site, *works):
    """What a copy holds after each piece of work; and what it said."""
    work = site.with_name('work')
    shutil.copytree(site, work)
    try:
        return [(each(work), _contents(work)) for each in works]
    finally:
        shutil.rmtree(work)


def main(site, kind):
    patches = series.read(_RELEASE)
    # A new file and two changes; before an upgrade, another change.
    apply = _with_series([patches[n] for n in (0, 1, 4)])
    former = _with_series([patches[n] for n in (0, 7)])
    bare = _contents(site)
    [(_, patched)] = _worked_on(site, apply)
    {'apply': _revert, 'revert': apply, 'upgrade': former}[kind](site)
    action = _revert if kind == 'revert' else apply
    for step in range(1, 1000):
        broken = site.with_name('broken')
        shutil.copytree(site, broken)
        if not _killed(broken, action, step):
            break
        found = status.inspect(broken, _RELEASE)
        [(said, applied), (_, gone)] = _worked_on(broken, apply, _revert)
        [(_, reverted)] = _worked_on(broken, _revert)
        report = {
            'state': found.state,
            'detail': found.detail,
            'said': said,
            'applied': applied == patched,
            'applied and reverted': gone == bare,
            'reverted': reverted == bare,
        }
        print(json.dumps(report))
        shutil.rmtree(broken)


if __name__ == '__main__':
    main(pathlib.Path(_SITE), _KIND)
