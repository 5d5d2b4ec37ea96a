# SPDX-License-Identifier: Apache-2.0
"""States that a target can be in, and what may be asked of it."""

from hypothesis import strategies as st

from nova_live_tune import tunables

#: What both versions of cgroups take.
_SHARES = (2, 10000)


def amounts(knob):
    """Values that limit, most of them close enough to meet each other."""
    low, high = knob.minimum, knob.maximum
    if knob.name == 'shares':
        low, high = _SHARES
    few = {low, low + 1, low + 20, low + 100, low + 101, high}
    return st.sampled_from(sorted(few)) | st.integers(low, high)


def values(knob):
    """All that a knob takes."""
    if knob.unlimited is None:
        return amounts(knob)
    return st.just(knob.unlimited) | amounts(knob)


@st.composite
def _cpu(draw):
    return {knob.name: draw(values(knob)) for knob in tunables.CPU}


@st.composite
def _interface(draw):
    state = tunables.INTERFACE.defaults()
    for direction in ('inbound', 'outbound'):
        average, peak, burst = tunables.INTERFACE.group(direction)
        if draw(st.booleans()):
            rate = draw(amounts(average))
            state[average.name] = rate
            state[peak.name] = draw(_at_least(peak, rate))
            state[burst.name] = draw(values(burst))
    return state


def _at_least(knob, least):
    near = min(least + 50, knob.maximum)
    return st.sampled_from((0, least, near)) | st.integers(least, knob.maximum)


@st.composite
def _disk(draw):
    state = tunables.DISK.defaults()
    for kind in ('bytes', 'iops'):
        ops = draw(
            st.sampled_from(
                ((), ('total',), ('read',), ('write',), ('read', 'write'))
            )
        )
        for op in ops:
            state.update(draw(_bucket(f'{op}_{kind}_sec')))
        if kind == 'iops' and ops:
            size = tunables.DISK['size_iops_sec']
            state[size.name] = draw(values(size))
    return state


@st.composite
def _bucket(draw, rate):
    base, burst = tunables.DISK[rate], tunables.DISK[f'{rate}_max']
    bucket = {rate: draw(amounts(base))}
    bucket[burst.name] = draw(_at_least(burst, bucket[rate]))
    if bucket[burst.name]:
        longest = tunables.THROTTLE_MAX // bucket[burst.name]
        bucket[f'{burst.name}_length'] = draw(
            st.integers(0, min(longest, 10**9))
        )
    return bucket


_STATES = {
    tunables.CPU: _cpu(),
    tunables.INTERFACE: _interface(),
    tunables.DISK: _disk(),
}

#: Disks have the most rules.
targets = st.sampled_from((*tunables.TARGETS, tunables.DISK, tunables.DISK))


def states(target):
    """All of a target's values, which make sense together."""
    return _STATES[target]


@st.composite
def odd_states(draw, target):
    """The same, and also what makes no sense but libvirt takes."""
    state = draw(states(target))
    for way in ('inbound', 'outbound'):
        if state.get(f'{way}_average') and draw(st.booleans()):
            peak = target[f'{way}_peak']
            state[peak.name] = draw(values(peak))
    return state


@st.composite
def kept(draw, target):
    """What may have been set live some time."""
    whole = draw(states(target))
    names = draw(st.sets(st.sampled_from(sorted(whole))))
    some = {}
    for knob in target:
        # A burst is kept with its rate, or it has lost it.
        based = not knob.needs or any(some.get(name) for name in knob.needs)
        if knob.name in names and (based or not whole[knob.name]):
            some[knob.name] = whole[knob.name]
    return some


@st.composite
def fitting(draw, target):
    """A request that is seldom refused."""
    some = draw(kept(target).filter(bool))
    keep = st.sampled_from((True, True, True, False))
    return {name: v if draw(keep) else None for name, v in some.items()}


@st.composite
def focuses(draw, target):
    """A few knobs of one group: such meet, and make each other give way."""
    group = draw(st.sampled_from(target.knobs)).group
    names = [knob.name for knob in target.group(group)]
    return draw(st.lists(st.sampled_from(names), min_size=2, max_size=4))


@st.composite
def wishes(draw, target, among=None):
    """What a request names: much of it fits together, not all."""
    names = st.sampled_from(among or target.names)
    chosen = draw(st.sets(names, min_size=1, max_size=4))
    return {name: draw(_wish(target[name])) for name in sorted(chosen)}


def _wish(knob):
    low = max(knob.minimum, _SHARES[0]) + (100 if knob.at_least else 0)
    off = low if knob.unlimited is None else knob.unlimited
    return st.sampled_from((None, off, low, low + 20)) | values(knob)
