# SPDX-License-Identifier: Apache-2.0
import struct
import subprocess
import unittest

from lab.guest import build

ELF = b'\x7fELF' + bytes(range(256)) * 99
SECTORS, OFFSET = 3, 100


def packed_by(*command: str) -> bytes:
    return subprocess.run(
        command, input=ELF, stdout=subprocess.PIPE, check=True
    ).stdout


def bzimage(packed: bytes) -> bytes:
    payload = packed + struct.pack('<I', len(ELF))
    header = bytearray((SECTORS + 1) * 512 + OFFSET)
    header[0x1F1] = SECTORS
    struct.pack_into('<II', header, 0x248, OFFSET, len(payload))
    return bytes(header) + payload + b'what follows'


class TestUnpackedKernel(unittest.TestCase):
    def test_each_way_of_packing(self) -> None:
        for command in (('lz4', '-l', '-c'), ('xz', '--stdout')):
            image = bzimage(packed_by(*command))
            self.assertEqual(ELF, build.unpacked_kernel(image), command)

    def test_packed_otherwise_it_stays_as_it_is(self) -> None:
        image = bzimage(packed_by('gzip', '--stdout'))
        self.assertEqual(image, build.unpacked_kernel(image))
