# SPDX-License-Identifier: Apache-2.0
"""Whether a network limit takes effect: what libvirt calls tc for."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from nova_live_tune.checks import results

PROC = Path('/proc')
MODULES = Path('/sys/module')
#: Who calls tc; its PATH need not be ours.
DAEMONS = ('virtqemud', 'libvirtd')
#: What of a process is ours, too, unless a container is between us.
MINE = ('root', 'ns/pid')
SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
SECONDS = 10

_HTB = 'qdisc add dev lo root handle 1: htb default 1'
_CLASS = 'class add dev lo parent 1: classid 1:1 htb rate 1000kbps'
_FW = 'filter add dev lo parent 1:0 protocol all prio 1 handle 1 fw flowid 1'
_INGRESS = 'qdisc add dev lo ingress'
_POLICE = (
    'filter add dev lo parent ffff: protocol all u32 match u32 0 0 '
    'police rate 1000kbps burst 1000kb mtu 64kb drop flowid :1'
)


@dataclass(frozen=True)
class Ability:
    """Something that libvirt needs, with the kernel's modules for it."""

    name: str
    modules: tuple[str, ...]
    commands: tuple[str, ...]


#: With libvirt's own calls for a limit, on a device that is there anyway.
ABILITIES = (
    Ability('htb', ('sch_htb',), (_HTB, _CLASS)),
    Ability('sfq', ('sch_sfq',), ('qdisc add dev lo root sfq perturb 10',)),
    Ability('fw', ('cls_fw',), (_HTB, _FW)),
    Ability('ingress', ('sch_ingress',), (_INGRESS,)),
    Ability('police', ('cls_u32', 'act_police'), (_INGRESS, _POLICE)),
)


def check() -> results.Result:
    path = _libvirts_path() or SYSTEM_PATH
    tc = shutil.which('tc', path=path)
    if tc is None:
        return _missing(path)
    if _in_namespace(path, 'true'):
        return _tried(tc, path)
    return _looked_up()


def _missing(path: str) -> results.Result:
    told = f'There is no tc on {path}, and without it no interface is limited.'
    if _libvirts_path() is None:
        return results.warning(
            f'{told} Install iproute2 where libvirt runs, which was not seen '
            'here.'
        )
    return results.failure(f'{told} Install iproute2.')


def _tried(tc: str, path: str) -> results.Result:
    """Judge by what tc does in a network namespace, which ends with it."""
    lacking = [
        ability
        for ability in ABILITIES
        if not _in_namespace(
            path,
            ' && '.join(f'"$0" {command}' for command in ability.commands),
            tc,
        )
    ]
    if lacking:
        return results.failure(
            f'{tc} was tried, and cannot set up {_names(lacking)}, without '
            'which an interface cannot be limited. Install the kernel '
            f'modules {_modules(lacking)}.'
        )
    return results.success(f'{tc} was tried, and sets up {_names(ABILITIES)}.')


def _looked_up() -> results.Result:
    """Judge by the modules that there are, without root's rights."""
    modules = [module for ability in ABILITIES for module in ability.modules]
    missing = [module for module in modules if not _has_module(module)]
    if missing:
        return results.warning(
            f'The kernel has no module {", ".join(missing)}; only root can '
            'try tc, so they were looked up. Install them, or run this as '
            'root to see whether the kernel has them built in.'
        )
    return results.success(
        f'The kernel has the modules {", ".join(modules)}; only root can try '
        'tc, so they were looked up.'
    )


def _libvirts_path() -> str | None:
    """The PATH of libvirt's daemon; None if it is not for us to see."""
    for name in PROC.glob('[0-9]*/comm'):
        try:
            if name.read_text().strip() in DAEMONS:
                return _path_of(name.parent)
        except OSError:  # it has ended, or is none of ours to look at
            continue
    return None


def _path_of(process: Path) -> str | None:
    if not all(
        (process / part).samefile(PROC / 'self' / part) for part in MINE
    ):
        # In a container of its own its PATH says nothing about our files.
        return None
    for word in (process / 'environ').read_bytes().split(b'\0'):
        name, _, value = os.fsdecode(word).partition('=')
        if name == 'PATH':
            return value
    return None


def _in_namespace(path: str, script: str, *arguments: str) -> bool:
    command = ['unshare', '--net', 'sh', '-c', script, *arguments]
    return _succeeds(command, path)


def _has_module(module: str) -> bool:
    if (MODULES / module).exists():
        return True
    return _succeeds(['modprobe', '--dry-run', '--quiet', module], SYSTEM_PATH)


def _succeeds(command: list[str], path: str) -> bool:
    try:
        done = subprocess.run(
            command,
            env={'PATH': f'{path}:{SYSTEM_PATH}'},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _names(abilities: Iterable[Ability]) -> str:
    return ', '.join(ability.name for ability in abilities)


def _modules(abilities: Iterable[Ability]) -> str:
    return ', '.join(m for ability in abilities for m in ability.modules)
