# SPDX-License-Identifier: Apache-2.0
"""What a host mounts over the machine's folders; seen by this host only."""

import grp
import os
import stat
import subprocess
from pathlib import Path

from lab import cgroups, settings
from lab.hosts import Host

CGROUPS = Path('/sys/fs/cgroup')
KVM = Path('/dev/kvm')
MADE = settings.LAB / 'made-folders'

# libvirt's folders are built in; a libvirtd of the machine's keeps its own.
PRIVATE = {
    'controller': {'/etc/hosts': 'etc/hosts'},
    'compute': {
        '/etc/hosts': 'etc/hosts',
        '/etc/passwd': 'etc/passwd',
        '/etc/group': 'etc/group',
        '/etc/shadow': 'etc/shadow',
        '/root/.ssh': 'etc/ssh',
        '/etc/libvirt': 'etc/libvirt',
        # The same on each: a guest's disks are where they were, elsewhere.
        '/var/lib/nova': 'data/nova',
        '/var/lib/libvirt': 'data/libvirt/lib',
        '/var/cache/libvirt': 'data/libvirt/cache',
        '/var/log/libvirt': 'data/libvirt/log',
    },
}


def mount(*arguments: str | Path) -> None:
    subprocess.run(['mount', *map(str, arguments)], check=True)


def make_folders(host: Host) -> None:
    """Mount points that the machine lacks; noted, for `down` to remove."""
    for target in map(Path, PRIVATE[host.role]):
        if not target.exists():
            target.mkdir(parents=True)
            with open(MADE, 'a') as made:
                made.write(f'{target}\n')


def remove_folders() -> None:
    if MADE.exists():
        for line in MADE.read_text().splitlines():
            if os.path.isdir(line) and not os.listdir(line):
                os.rmdir(line)
        MADE.unlink()


def mount_all(host: Host) -> None:
    _mount_sys()
    # No system bus, no udev, no pid files but the host's own.
    mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', '/run')
    for name in ('lock', 'openvswitch', 'sshd'):
        Path('/run', name).mkdir()
    for target, source in PRIVATE[host.role].items():
        path = host.folder / source
        if not path.exists():
            path.mkdir(parents=True)
        mount('--bind', path, target)
    if host.role == 'compute' and KVM.exists():
        _own_kvm(host)


def _mount_sys() -> None:
    """Show the host's own network devices and its own part of each cgroup."""
    hierarchies = cgroups.hierarchies()
    links = {
        path: os.readlink(path)
        for path in CGROUPS.iterdir()
        if path.is_symlink()
    }
    mount('-t', 'sysfs', 'sysfs', '/sys')
    if all(hierarchy.mounted != CGROUPS for hierarchy in hierarchies):
        mount('-t', 'tmpfs', '-o', 'mode=755', 'tmpfs', CGROUPS)
    for hierarchy in hierarchies:
        hierarchy.mounted.mkdir(exist_ok=True)
        options = ['-o', hierarchy.options] if hierarchy.options else []
        mount('-t', hierarchy.kind, *options, 'cgroup', hierarchy.mounted)
    for path, target in links.items():
        path.symlink_to(target)


def _own_kvm(host: Host) -> None:
    """A node as udev would make it; with another owner, libvirt asks QEMU for
    its abilities again at every define, which takes most of a minute."""
    node = host.folder / 'kvm'
    node.unlink(missing_ok=True)
    os.mknod(node, stat.S_IFCHR | 0o660, KVM.stat().st_rdev)
    os.chmod(node, 0o660)
    os.chown(node, 0, _group('kvm'))
    mount('--bind', node, KVM)


def _group(name: str) -> int:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return 0
