# SPDX-License-Identifier: Apache-2.0
"""While packages are installed, their scripts must start no daemon: the lab
runs its own. Debian's scripts ask /usr/sbin/policy-rc.d, with systemd too."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

POLICY = Path('/usr/sbin/policy-rc.d')
REMARK = '# of nova-live-tune while it installs packages'
DENY = f'#!/bin/sh\n{REMARK}\nexit 101\n'


def _kept() -> Path:
    return POLICY.with_name('policy-rc.d.before-nova-live-tune')


def _is_ours() -> bool:
    return POLICY.exists() and REMARK in POLICY.read_text()


@contextlib.contextmanager
def nothing_starts() -> Iterator[None]:
    """The machine's own policy, if there is one, comes back afterwards."""
    if POLICY.exists() and not _is_ours():
        POLICY.rename(_kept())
    POLICY.write_text(DENY)
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        restore()


def restore() -> None:
    if _is_ours():
        POLICY.unlink()
    if _kept().exists():
        _kept().rename(POLICY)
