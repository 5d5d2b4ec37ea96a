# SPDX-License-Identifier: Apache-2.0
"""What the demo asks for, and what it must lead to."""

from dataclasses import dataclass
from typing import Any

from lab.measure import Cpu, Disk, Network, Quantity, Window

MIB = 1 << 20
WINDOW = Window()


@dataclass(frozen=True)
class Check:
    """One limit of a request; without a quantity it is not measured."""

    title: str
    asked: str
    reported: tuple[str, ...]
    limit: float = 0
    quantity: Quantity | None = None
    window: Window = WINDOW


@dataclass(frozen=True)
class Step:
    body: dict[str, dict[str, Any]]
    checks: tuple[Check, ...]


def cpu() -> Step:
    return Step(
        {'setCpuQuota': {'quota': 50000, 'period': 100000, 'shares': 512}},
        (
            Check(
                'CPU quota',
                '50000 of 100000',
                ('quota', 'period'),
                50,
                Cpu(),
            ),
            Check('CPU shares', '512', ('shares',)),
        ),
    )


def interface_rate() -> Step:
    """The request of the original demo, as it was."""
    return Step(
        {'setInterface': {'interface': 1, 'rate': 10240}},
        tuple(
            Check(
                f'NIC 1, {direction}',
                'rate 10240',
                tuple(
                    f'{direction}.{n}' for n in ('average', 'peak', 'burst')
                ),
                10240,
                Network(0, direction),
                # The burst that goes with the rate is a second's worth.
                Window(settle=2),
            )
            for direction in ('inbound', 'outbound')
        ),
    )


def interface_by_port(port_id: str) -> Step:
    limits = {'inbound': 4096, 'outbound': 2048}
    averages = {way: {'average': rate} for way, rate in limits.items()}
    return Step(
        {'setInterface': {'interface': port_id, **averages}},
        tuple(
            Check(
                f'NIC 2 (by port id), {direction}',
                f'average {rate}',
                (f'{direction}.average',),
                rate,
                Network(1, direction),
            )
            for direction, rate in limits.items()
        ),
    )


def disk_total() -> Step:
    knob, limit = 'total_bytes_sec', 10 * MIB
    return Step(
        {'setDiskIO': {'disk': 'vda', knob: limit}},
        tuple(
            Check(
                f'vda {knob}, {direction}s',
                str(limit),
                (knob,),
                limit,
                Disk('vda', direction),
            )
            for direction in ('read', 'write')
        ),
    )


def disk_each_way() -> Step:
    limits = {'read': 8 * MIB, 'write': 4 * MIB}
    knobs = {f'{way}_bytes_sec': limit for way, limit in limits.items()}
    return Step(
        {'setDiskIO': {'disk': 'vda', **knobs}},
        tuple(
            Check(
                f'vda {way}_bytes_sec',
                str(limit),
                (f'{way}_bytes_sec',),
                limit,
                Disk('vda', way),
            )
            for way, limit in limits.items()
        ),
    )


def disk_burst() -> Step:
    """Three seconds at the burst rate, then the base rate."""
    base = 'total_iops_sec'
    values = {base: 100, f'{base}_max': 400, f'{base}_max_length': 3}
    quantity = Disk('vdb', 'read', operations=True, block_size='4k')
    burst = Check(
        'vdb burst of total_iops_sec',
        '400 for 3 s',
        (f'{base}_max', f'{base}_max_length'),
        400,
        quantity,
        Window(settle=0.3, seconds=1.5),
    )
    steady = Check(
        'vdb total_iops_sec, after it',
        '100',
        (base,),
        100,
        quantity,
        Window(settle=2.5, seconds=2),
    )
    return Step({'setDiskIO': {'disk': 'vdb', **values}}, (burst, steady))


def all_of_them(second_port: str) -> list[Step]:
    return [
        cpu(),
        interface_rate(),
        interface_by_port(second_port),
        disk_total(),
        disk_each_way(),
        disk_burst(),
    ]
