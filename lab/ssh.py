# SPDX-License-Identifier: Apache-2.0
"""From compute host to compute host: Nova copies disks over ssh.

Each host has one key, which says who it is both when it calls and when it is
called. All is in a folder that only the hosts see as root's .ssh.
"""

from pathlib import Path

from lab.hosts import COMPUTES, Host
from lab.render import write
from lab.shell import run

KEY = 'id_ed25519'


def folder(host: Host) -> Path:
    return host.etc / 'ssh'


def introduce() -> None:
    """Every compute host to every other."""
    keys = {host: _public_key(host) for host in COMPUTES}
    known = ''.join(
        f'{host.name},{host.address} {key}\n' for host, key in keys.items()
    )
    allowed = ''.join(f'{key}\n' for key in keys.values())
    for host in COMPUTES:
        write(folder(host) / 'known_hosts', known)
        write(folder(host) / 'authorized_keys', allowed)


def _public_key(host: Host) -> str:
    private = folder(host) / KEY
    if not private.exists():
        private.parent.mkdir(parents=True, exist_ok=True)
        words = ('-q', '-t', 'ed25519', '-N', '', '-C', host.name)
        run(['ssh-keygen', *words, '-f', private])
    return private.with_suffix('.pub').read_text().strip()
