# SPDX-License-Identifier: Apache-2.0
"""What this kernel can and cannot do; tried, not guessed."""

import os
import selectors
import shutil
import subprocess
import time
from pathlib import Path

from lab import settings, state
from lab.hosts import Host

KVM_SECONDS = 20
FIRST_WORDS = b'Linux version'

# libvirt's own calls for a NIC limit, in an empty network namespace.
FW = 'tc filter add dev lo parent 1:0 protocol all prio 1 handle 1 fw flowid 1'
POLICE = (
    'tc filter add dev lo parent ffff: protocol all u32 match u32 0 0'
    ' police rate 1000kbps burst 1000kb mtu 64kb drop flowid :1'
)
TC_PROBES = {
    'sfq': 'tc qdisc add dev lo root sfq perturb 10',
    'fw': f'tc qdisc add dev lo root handle 1: htb default 1 && {FW}',
    'police': f'tc qdisc add dev lo ingress && {POLICE}',
}


def lacking_in_tc() -> list[str]:
    def works(script: str) -> bool:
        command = ['unshare', '--net', 'sh', '-c', script]
        return subprocess.run(command, capture_output=True).returncode == 0

    return [name for name, script in TC_PROBES.items() if not works(script)]


def place_tc_standin(host: Host) -> None:
    """Ahead of the real tc on libvirtd's PATH, and only where it is needed."""
    folder = host.folder / 'bin'
    lacking = lacking_in_tc()
    if not lacking:
        shutil.rmtree(folder, ignore_errors=True)
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'tc-lacks').write_text(' '.join(lacking) + '\n')
    # Renamed into place: libvirt may be calling it right now.
    shutil.copy(settings.HERE / 'tc-standin', folder / 'tc.new')
    (folder / 'tc.new').replace(folder / 'tc')


def datapath_type() -> str:
    """Open vSwitch's kernel datapath if it is there, else the other."""
    if Path('/sys/module/openvswitch').exists():
        return 'system'
    if shutil.which('modprobe') is None:
        return 'netdev'
    loaded = subprocess.run(['modprobe', 'openvswitch'], capture_output=True)
    if loaded.returncode == 0:
        state.done('loaded-openvswitch')
        return 'system'
    return 'netdev'


def unload_datapath() -> None:
    if state.is_done('loaded-openvswitch'):
        subprocess.run(['modprobe', '-r', 'openvswitch'], capture_output=True)
        state.undo('loaded-openvswitch')


def virt_type() -> str:
    """KVM only if our guest really starts under it."""
    version = f'{os.uname().release} {os.uname().version}'
    for kind in ('kvm', 'qemu'):
        if state.is_done(f'virt-type-{kind}', version):
            return kind
    kind = (
        'kvm' if Path('/dev/kvm').exists() and _boots_under_kvm() else 'qemu'
    )
    state.done(f'virt-type-{kind}', version)
    return kind


def _boots_under_kvm() -> bool:
    command = [
        'qemu-system-x86_64',
        '-accel',
        'kvm',
        '-m',
        '128',
        '-nographic',
        '-nodefaults',
        '-no-reboot',
        '-serial',
        'stdio',
        '-append',
        'console=ttyS0',
        '-kernel',
        str(settings.GUEST / 'kernel'),
        '-initrd',
        str(settings.GUEST / 'initrd.gz'),
    ]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as guest:
        try:
            return _says(guest, FIRST_WORDS)
        finally:
            guest.kill()


def _says(process: subprocess.Popen[bytes], words: bytes) -> bool:
    assert process.stdout is not None
    heard = b''
    end = time.monotonic() + KVM_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < end:
            if selector.select(1):
                piece = os.read(process.stdout.fileno(), 4096)
                heard += piece
                if words in heard or not piece:
                    break
    return words in heard
