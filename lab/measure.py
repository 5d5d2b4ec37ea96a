# SPDX-License-Identifier: Apache-2.0
"""Measure what a guest gets, from outside of it."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass

from lab import settings
from lab.probe import Guest, on

SAMPLE = settings.HERE / 'sample.py'


@dataclass(frozen=True)
class Window:
    """Let bursts and TCP's first moments pass, then look for so long."""

    settle: float = 1.0
    seconds: float = 3.0


@dataclass(frozen=True)
class Cpu:
    """vCPU threads only: QEMU's own are outside vcpu_quota."""

    vcpus: int = 1
    unit: str = '% of a CPU'

    def load(self, guest: Guest) -> AbstractContextManager[None]:
        return guest.load('cpu')

    def value(self, guest: Guest, rates: dict[str, float]) -> float:
        spent = sum(rates[f'vcpu.{n}.time'] for n in range(self.vcpus))
        return spent / self.vcpus / 1e9 * 100


@dataclass(frozen=True)
class Network:
    """Counted past the limit: at the tap, which a queue feeds, or at the
    bridge's far end, since a tap counts also what is dropped behind it."""

    nic: int
    direction: str
    unit: str = 'KiB/s'

    def load(self, guest: Guest) -> AbstractContextManager[None]:
        return guest.stream(self.direction, self.nic)

    def value(self, guest: Guest, rates: dict[str, float]) -> float:
        prefix = {'inbound': 'tap', 'outbound': 'qvb'}[self.direction]
        device = guest.nics[self.nic].device(prefix)
        return rates[f'{device}.tx'] / 1024


@dataclass(frozen=True)
class Disk:
    """Bytes or operations, of reads or of writes."""

    device: str
    direction: str
    operations: bool = False
    block_size: str = '64k'

    @property
    def unit(self) -> str:
        return 'ops/s' if self.operations else 'bytes/s'

    def load(self, guest: Guest) -> AbstractContextManager[None]:
        return guest.load(self.direction, self.device, self.block_size)

    def value(self, guest: Guest, rates: dict[str, float]) -> float:
        direction = {'read': 'rd', 'write': 'wr'}[self.direction]
        counter = 'reqs' if self.operations else 'bytes'
        return rates[f'{self.device}.{direction}.{counter}']


Quantity = Cpu | Network | Disk


def rates(guest: Guest, window: Window) -> dict[str, float]:
    """Everything that is counted about the guest, per second."""
    waits = (window.settle, window.seconds)
    script = (settings.PYTHON, SAMPLE, guest.server_id, *waits)
    return {
        name: float(rate)
        for name, rate in json.loads(on(guest.host, *script)).items()
    }


def measure(
    guest: Guest, what: Quantity, window: Window | None = None
) -> float:
    """Make the guest use as much as it gets of this, and say how much."""
    with what.load(guest):
        return what.value(guest, rates(guest, window or Window()))
