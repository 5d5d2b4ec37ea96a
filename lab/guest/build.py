# SPDX-License-Identifier: Apache-2.0
"""Build the guest from Debian packages: python3 -m lab.guest.build DEST

Nothing is installed: the packages are fetched and unpacked into a temporary
folder. Needs apt, dpkg, cpio, and what unpacks the kernel.
"""

import gzip
import hashlib
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
KERNEL = 'linux-image-cloud-amd64'
BUSYBOX = 'busybox-static'
ROOT_DISK_MIB = 64  # Nova grows it to the flavor's size
# Without what takes a fifth of its start where the CPU is emulated.
ARGUMENTS = (
    'console=tty0 console=ttyS0 quiet mitigations=off cryptomgr.notests '
    'initcall_blacklist=init_kprobe_trace,load_system_certificate_list'
)

# By how what they have packed begins.
UNPACKERS = {b'\x02\x21\x4c\x18': 'lz4', b'\xfd7zXZ\x00': 'xz'}

# In the order of their dependencies. Userspace Open vSwitch forwards half-made
# checksums, so the guest makes whole ones.
MODULES = {
    'virtio_ring': '',
    'virtio': '',
    'virtio_pci_legacy_dev': '',
    'virtio_pci_modern_dev': '',
    'virtio_pci': '',
    'failover': '',
    'net_failover': '',
    'virtio_net': 'csum=0 gso=0',
    'virtio_blk': '',
    'evdev': '',
    'button': '',
}


def run(
    *command: str, cwd: pathlib.Path | None = None, **kwargs: object
) -> str:
    done = subprocess.run(  # type: ignore[call-overload]
        command,
        cwd=cwd,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        **kwargs,
    )
    return str(done.stdout)


def fingerprint() -> str:
    """Of everything here that the result is made from."""
    digest = hashlib.sha256()
    for path in sorted([*HERE.joinpath('root').rglob('*'), HERE / 'build.py']):
        if path.is_file():
            digest.update(
                str(path.relative_to(HERE)).encode() + path.read_bytes()
            )
    return digest.hexdigest()


def kernel_package() -> str:
    """The versioned package that the metapackage depends on."""
    depends = run('apt-cache', 'depends', KERNEL)
    found = re.search(r'Depends: (linux-image-\S+)', depends)
    if found is None:
        raise SystemExit(
            f"{KERNEL} is not among this machine's packages; apt-get update?"
        )
    return found.group(1)


def unpack(packages: list[str], work: pathlib.Path) -> pathlib.Path:
    run(
        'apt-get',
        '-qq',
        '-o',
        'APT::Sandbox::User=root',
        'download',
        *packages,
        cwd=work,
    )
    unpacked = work / 'unpacked'
    for package in work.glob('*.deb'):
        run('dpkg', '-x', str(package), str(unpacked))
    return unpacked


def unpacked_kernel(image: bytes) -> bytes:
    """What a bzImage would unpack, with an emulated CPU for a second.

    QEMU starts that too, by the kernel's PVH entry. Where what is packed lies
    is in the kernel's Documentation/arch/x86/boot.rst.

    :returns: an ELF, or the image as it is if it is packed otherwise
    """
    sectors = image[0x1F1] or 4
    offset, length = struct.unpack_from('<II', image, 0x248)
    begin = (sectors + 1) * 512 + offset
    # The last four bytes are its size when unpacked.
    packed = image[begin : begin + length - 4]
    for magic, tool in UNPACKERS.items():
        if packed.startswith(magic):
            done = subprocess.run(
                [tool, '--decompress', '--stdout'],
                input=packed,
                stdout=subprocess.PIPE,
                check=True,
            )
            return done.stdout
    return image


def copy_modules(unpacked: pathlib.Path, dest: pathlib.Path) -> None:
    dest.mkdir()
    for name in MODULES:
        for found in unpacked.glob(f'lib/modules/*/kernel/**/{name}.ko'):
            shutil.copy(found, dest)
    order = [f'{name} {options}'.rstrip() for name, options in MODULES.items()]
    dest.joinpath('order').write_text('\n'.join(order) + '\n')


def archive(tree: pathlib.Path) -> bytes:
    names = '\n'.join(
        sorted(str(p.relative_to(tree)) for p in tree.rglob('*'))
    )
    done = subprocess.run(
        [
            'cpio',
            '--create',
            '--format=newc',
            '--owner=0:0',
            '--reproducible',
            '--quiet',
        ],
        cwd=tree,
        input=names.encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return gzip.compress(done.stdout, mtime=0)


def initramfs(unpacked: pathlib.Path, tree: pathlib.Path) -> bytes:
    shutil.copytree(HERE / 'root', tree)
    shutil.copy(unpacked / 'bin/busybox', tree / 'bin/busybox')
    tree.joinpath('bin/sh').symlink_to('busybox')
    for mount in ('dev', 'proc', 'sys', 'run'):
        tree.joinpath(mount).mkdir()
    copy_modules(unpacked, tree / 'modules')
    return archive(tree)


def write(path: pathlib.Path, content: bytes) -> None:
    """Whole or not at all, also when the build is cut short."""
    half = path.with_name(path.name + '.new')
    half.write_bytes(content)
    half.replace(path)


def build(dest: pathlib.Path) -> None:
    stamp = dest / 'version'
    wanted = fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    dest.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        unpacked = unpack([kernel_package(), BUSYBOX], work)
        [kernel] = unpacked.glob('boot/vmlinuz-*')
        write(dest / 'kernel', unpacked_kernel(kernel.read_bytes()))
        write(dest / 'initrd.gz', initramfs(unpacked, work / 'tree'))
    write(dest / 'root.raw', b'')
    os.truncate(dest / 'root.raw', ROOT_DISK_MIB << 20)
    write(stamp, wanted.encode())


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit('usage: python3 -m lab.guest.build DEST')
    build(pathlib.Path(sys.argv[1]))


if __name__ == '__main__':
    main()
