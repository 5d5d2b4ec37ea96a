# SPDX-License-Identifier: Apache-2.0
"""Bodies that mean nothing get a 4xx, and change nothing."""

import json
import random
from collections.abc import Iterator
from typing import Any

from nova_live_tune import tunables
from nova_live_tune.tests.e2e import base

COUNT = 300
SEED = 20261120

#: No knob takes one of these.
NO_VALUES: tuple[Any, ...] = (
    -2, 10**30, 1.5, -0.5, True, False, '', '100', 'all', '1e3', [], [5],
    {}, {'value': 5}, '\x00', '😀', 1e308,
)  # fmt: skip
#: No action takes one of these for its settings.
NO_SETTINGS: tuple[Any, ...] = (None, 5, '', 'x', True, [], [{}], {}, 1.5)
#: Nova takes none of these for a body.
NO_BODIES = (
    b'', b'{', b'null', b'[]', b'""', b'5', b'{}', b'\xff\xfe', b'[1,2',
    b'{"setCpuQuota": {"quota": NaN}}', b'{"setCpuQuota": {"quota": 1e999}}',
    b'{"setCpuQuota": {"quota": 50000}, "setDiskIO": {"disk": "vda"}}',
)  # fmt: skip

SELECTED: dict[str, Any] = {'interface': 1, 'disk': 'vda'}
NO_SELECTORS: tuple[Any, ...] = (None, 0, -1, 1.5, True, [], {}, '')


def settings(target: tunables.Target) -> dict[str, Any]:
    selector = target.selector
    return {selector: SELECTED[selector]} if selector else {}


def wrong_values(chance: random.Random) -> bytes:
    target = chance.choice(tunables.TARGETS)
    knob = chance.choice(target.knobs)
    value: Any = chance.choice(NO_VALUES)
    body = settings(target)
    place = body
    for step in knob.path[:-1]:
        place = place.setdefault(step, {})
    place[knob.path[-1]] = value
    return json.dumps({target.action: body}).encode()


def wrong_shapes(chance: random.Random) -> bytes:
    target = chance.choice(tunables.TARGETS)
    return json.dumps({target.action: chance.choice(NO_SETTINGS)}).encode()


def unknown_keys(chance: random.Random) -> bytes:
    target = chance.choice(tunables.TARGETS)
    knob = chance.choice(target.knobs)
    good = target.nest({knob.name: knob.minimum})
    stray = {chance.choice(('foo', '', 'Quota', 'duration ', '$ref')): 1}
    return json.dumps(
        {target.action: {**settings(target), **good, **stray}}
    ).encode()


def wrong_selectors(chance: random.Random) -> bytes:
    target = chance.choice((tunables.INTERFACE, tunables.DISK))
    knob = target.knobs[0]
    body = {
        **target.nest({knob.name: 1000}),
        str(target.selector): chance.choice(NO_SELECTORS),
    }
    return json.dumps({target.action: body}).encode()


def wrong_resets(chance: random.Random) -> bytes:
    selection = chance.choice(
        (
            {}, 5, 'all', [], True, {'cpu': 'yes'}, {'cpu': False},
            {'interfaces': []}, {'interfaces': 1}, {'disks': [5]},
            {'disks': None}, {'everything': True}, {'interfaces': [None]},
        )
    )  # fmt: skip
    return json.dumps({'resetLiveTune': selection}).encode()


def contradictions(chance: random.Random) -> bytes:
    kind = chance.choice(('bytes', 'iops'))
    one = chance.choice(('read', 'write'))
    limits = chance.choice(
        (
            {f'total_{kind}_sec': 5000, f'{one}_{kind}_sec': 5000},
            {f'{one}_{kind}_sec': 5000, f'{one}_{kind}_sec_max': 4999},
            {f'{one}_{kind}_sec_max': 5000},
            {f'{one}_{kind}_sec': 5000, f'{one}_{kind}_sec_max_length': 5},
            {'size_iops_sec': 4096},
        )
    )
    return json.dumps({'setDiskIO': {'disk': 'vda', **limits}}).encode()


def bodies() -> Iterator[bytes]:
    chance = random.Random(SEED)
    yield from NO_BODIES
    kinds = (
        wrong_values,
        wrong_shapes,
        unknown_keys,
        wrong_selectors,
        wrong_resets,
        contradictions,
    )
    for _ in range(COUNT - len(NO_BODIES)):
        yield chance.choice(kinds)(chance)


class MalformedTest(base.ServerTest):
    def test_three_hundred_bodies(self) -> None:
        before = self.reported(), self.limits()
        compute = self.tenant.connection.compute
        url = f'/servers/{self.server.id}/action'
        headers = {'Content-Type': 'application/json'}
        tried = 0
        for body in bodies():
            response = compute.post(url, data=body, headers=headers)
            self.assertIn(response.status_code, (400, 404), (body, response))
            [fault] = response.json().values()
            self.assertTrue(fault['message'], body)
            self.assertNotIn('Traceback', fault['message'])
            tried += 1
        self.assertEqual(COUNT, tried)
        self.assertEqual(before, (self.reported(), self.limits()))
