# SPDX-License-Identifier: Apache-2.0
"""The table of knobs: what can be tuned on a running server, and how far.

Everything else that needs a list of knobs (JSON schemas, merging, what the
flavor asks for, the read-back, the store, docs) derives it from here. Ranges
are those of libvirt and QEMU, measured; units are libvirt's.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import TypeGuard  # Python 3.10

#: A target's knobs by their flat name, in libvirt's units.
Values = dict[str, int]
#: The same as a request has it: None takes a knob back to the flavor.
Wanted = dict[str, 'int | None']

#: QEMU's THROTTLE_VALUE_MAX: of a rate, and of a burst rate times its length.
THROTTLE_MAX = 10**15
#: cpu.weight of cgroup v2 and cpu.shares of v1, as libvirt accepts them.
SHARES_RANGES = {1: (2, 262144), 2: (1, 10000)}
#: What a guest gets when nobody asks for shares.
SHARES_DEFAULTS = {1: 1024, 2: 100}


def _is_integer(value: object) -> TypeGuard[int]:
    # JSON's true is an int to Python.
    return isinstance(value, int) and not isinstance(value, bool)


@dataclasses.dataclass(frozen=True)
class Knob:
    """One number that libvirt can change on a running domain.

    :ivar path: its place in a request and in the read-back
    :ivar title: what a form calls it
    :ivar code: its name in the store, where a value has 255 characters
    :ivar unlimited: the value outside of the range that lifts the limit
    :ivar default: what stands when neither flavor nor tenant ask for
        anything; None where that depends on the host
    :ivar libvirt_key: libvirt's name of the typed parameter
    :ivar flavor_key: the flavor's extra spec; None where Nova has none
    :ivar qos_key: the key of a Cinder front-end QoS spec
    :ivar group: libvirt resets the others of a group when it sets one
    :ivar side: the sides of a group exclude each other
    :ivar needs: at least one of these has to be limited for the knob to mean
        anything
    :ivar at_least: the knob which this one may not be below
    """

    path: tuple[str, ...]
    code: str
    unit: str
    minimum: int
    maximum: int
    libvirt_key: str
    group: str
    help: str
    title: str
    unlimited: int | None = None
    default: int | None = None
    flavor_key: str | None = None
    qos_key: str | None = None
    side: str = ''
    needs: tuple[str, ...] = ()
    at_least: str | None = None

    @property
    def name(self) -> str:
        return '_'.join(self.path)

    @property
    def label(self) -> str:
        """Its name in sentences: where it stands in a request."""
        return '.'.join(self.path)

    @property
    def range(self) -> str:
        """The allowed values, in words."""
        span = f'{self.minimum}..{self.maximum} {self.unit}'
        if self.unlimited is None:
            return span
        return f'{span}, or {self.unlimited} for no limit'

    def accepts(self, value: object) -> bool:
        return _is_integer(value) and (
            value == self.unlimited or self.minimum <= value <= self.maximum
        )


@dataclasses.dataclass(frozen=True)
class Shorthand:
    """A key of a request that stands for several knobs at once."""

    name: str
    knobs: tuple[str, ...]
    unit: str
    minimum: int
    maximum: int
    help: str
    title: str

    @property
    def path(self) -> tuple[str, ...]:
        return (self.name,)

    @property
    def label(self) -> str:
        return self.name

    @property
    def range(self) -> str:
        return f'{self.minimum}..{self.maximum} {self.unit}'

    def accepts(self, value: object) -> bool:
        return _is_integer(value) and self.minimum <= value <= self.maximum


@dataclasses.dataclass(frozen=True)
class Target:
    """What knobs are set on: a server's CPU, one of its NICs or disks.

    :ivar action: the server action that sets it
    :ivar selector: the key that says which one; None where there is but one
    :ivar plural: its name where all of a server's are listed
    """

    name: str
    plural: str
    action: str
    selector: str | None
    knobs: tuple[Knob, ...]
    shorthands: tuple[Shorthand, ...] = ()

    def __iter__(self) -> Iterator[Knob]:
        return iter(self.knobs)

    def __getitem__(self, name: str) -> Knob:
        for knob in self.knobs:
            if knob.name == name:
                return knob
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(knob.name for knob in self.knobs)

    def group(self, group: str) -> tuple[Knob, ...]:
        return tuple(knob for knob in self.knobs if knob.group == group)

    def defaults(self) -> Values:
        """What stands when nobody asks; host-dependent knobs are left out."""
        return {k.name: k.default for k in self if k.default is not None}

    def nest(self, values: Mapping[str, Any]) -> dict[str, object]:
        """Give flat values the shape that requests and answers have."""
        nested: dict[str, object] = {}
        for knob in self:
            if knob.name not in values:
                continue
            place: dict[str, object] = nested
            for step in knob.path[:-1]:
                place = place.setdefault(step, {})  # type: ignore[assignment]
            place[knob.path[-1]] = values[knob.name]
        return nested

    def flatten(self, nested: Mapping[str, Any]) -> Values:
        """Undo :meth:`nest`; what is no knob is left out."""
        values: Values = {}
        for knob in self:
            place: Any = nested
            for step in knob.path:
                place = place.get(step) if isinstance(place, Mapping) else None
            if place is not None:
                values[knob.name] = place
        return values


def _cpu_knobs() -> Iterator[Knob]:
    yield Knob(
        ('quota',),
        'q',
        'microseconds per period and vCPU',
        1000,
        17592186044415,
        'vcpu_quota',
        'quota',
        'CPU time that each vCPU may use in a period.',
        'CPU quota',
        unlimited=-1,
        default=-1,
        flavor_key='quota:cpu_quota',
    )
    yield Knob(
        ('period',),
        'p',
        'microseconds',
        1000,
        1000000,
        'vcpu_period',
        'period',
        'Length of the period that the quota is for.',
        'CPU period',
        default=100000,
        flavor_key='quota:cpu_period',
    )
    yield Knob(
        ('shares',),
        's',
        '(relative weight)',
        min(low for low, _ in SHARES_RANGES.values()),
        max(high for _, high in SHARES_RANGES.values()),
        'cpu_shares',
        'shares',
        'Weight against the other guests when the host has no CPU time left; '
        '2..262144 on hosts with cgroup v1, 1..10000 with v2.',
        'CPU shares',
        flavor_key='quota:cpu_shares',
    )


def _interface_knobs() -> Iterator[Knob]:
    # libvirt's Python binding takes the 32nd bit for a sign; tc keeps a burst
    # in 32 bits of bytes.
    rate_max, burst_max = 2**31 - 1, 2**22 - 1
    for direction, towards in (
        ('inbound', 'towards the guest'),
        ('outbound', 'from the guest'),
    ):
        for name, unit, maximum, text in (
            ('average', 'KiB/s', rate_max, 'Rate'),
            ('peak', 'KiB/s', rate_max, 'Rate of a burst'),
            ('burst', 'KiB', burst_max, 'Size of a burst at peak rate'),
        ):
            yield Knob(
                (direction, name),
                direction[0] + name[0],
                unit,
                1,
                maximum,
                f'{direction}.{name}',
                direction,
                f'{text} {towards}.',
                f'{direction.capitalize()} {name}',
                unlimited=0,
                default=0,
                flavor_key=f'quota:vif_{direction}_{name}',
                needs=() if name == 'average' else (f'{direction}_average',),
                at_least=f'{direction}_average' if name == 'peak' else None,
            )


def _disk_knobs() -> Iterator[Knob]:
    for op, side in (('total', 'total'), ('read', 'each'), ('write', 'each')):
        for kind, unit, noun in (
            ('bytes', 'bytes/s', 'Bytes'),
            ('iops', 'operations/s', 'Operations'),
        ):
            yield from _throttle(op, side, kind, unit, noun)
    yield Knob(
        ('size_iops_sec',),
        'sz',
        'bytes',
        1,
        THROTTLE_MAX,
        'size_iops_sec',
        'iops',
        'An operation larger than this counts as several.',
        'Size of one operation',
        unlimited=0,
        default=0,
        qos_key='size_iops_sec',
        needs=('total_iops_sec', 'read_iops_sec', 'write_iops_sec'),
    )


def _throttle(
    op: str, side: str, kind: str, unit: str, noun: str
) -> Iterator[Knob]:
    """One leaky bucket of QEMU's: its rate, burst rate and burst length."""
    base = f'{op}_{kind}_sec'
    title = f'{op.capitalize()} {unit}'
    what = {'total': 'read and written', 'read': 'read', 'write': 'written'}
    code = op[0] + kind[0]
    yield Knob(
        (base,),
        code,
        unit,
        1,
        THROTTLE_MAX,
        base,
        kind,
        f'{noun} {what[op]} per second.',
        title,
        unlimited=0,
        default=0,
        flavor_key=f'quota:disk_{base}',
        qos_key=base,
        side=side,
    )
    yield Knob(
        (f'{base}_max',),
        code + 'm',
        unit,
        1,
        THROTTLE_MAX,
        f'{base}_max',
        kind,
        f'{noun} {what[op]} per second during a burst.',
        f'{title} in a burst',
        unlimited=0,
        default=0,
        qos_key=f'{base}_max',
        side=side,
        needs=(base,),
        at_least=base,
    )
    yield Knob(
        (f'{base}_max_length',),
        code + 'l',
        'seconds',
        1,
        10**9,
        f'{base}_max_length',
        kind,
        f'How long a burst of {base}_max may last.',
        f'{title} burst length',
        unlimited=0,
        default=0,
        side=side,
        needs=(f'{base}_max',),
    )


CPU = Target('cpu', 'cpu', 'setCpuQuota', None, tuple(_cpu_knobs()))

_NIC_KNOBS = tuple(_interface_knobs())

INTERFACE = Target(
    'interface',
    'interfaces',
    'setInterface',
    'interface',
    _NIC_KNOBS,
    shorthands=(
        Shorthand(
            'rate',
            tuple(knob.name for knob in _NIC_KNOBS),
            'KiB/s',
            # Each of the knobs has to take it.
            0,
            min(knob.maximum for knob in _NIC_KNOBS),
            'Sets average, peak and burst of both directions.',
            'Rate of both directions',
        ),
    ),
)

DISK = Target('disk', 'disks', 'setDiskIO', 'disk', tuple(_disk_knobs()))

TARGETS = (CPU, INTERFACE, DISK)

BY_NAME = {target.name: target for target in TARGETS}
