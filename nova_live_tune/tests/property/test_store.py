# SPDX-License-Identifier: Apache-2.0
"""Whatever is kept comes back, and fits in system_metadata."""

import math
import types

from hypothesis import given
from hypothesis import strategies as st
from oslotest import base

from nova_live_tune import leases, planning
from nova_live_tune.compute import devices, store
from nova_live_tune.compute.store import Kept
from nova_live_tune.leases import Change, Stack, Stand
from nova_live_tune.tests.property import strategies

#: From 1970 to 2286.
_TIMES = st.integers(0, 9999999999)


@st.composite
def merged(draw):
    """Return a target, and what is kept after a request."""
    target = draw(strategies.targets)
    state = draw(strategies.states(target))
    wanted = draw(strategies.wishes(target))
    try:
        plan = planning.merge(target, wanted, state, state, state)
    except planning.Invalid:
        return target, draw(strategies.kept(target))
    return target, plan.tuned


def changes(target):
    return st.builds(
        Change,
        strategies.fitting(target),
        _TIMES | st.just(math.inf),
        st.booleans(),
    )


class StoreTest(base.BaseTestCase):
    @given(merged(), st.uuids(), st.data())
    def test_round_trip(self, case, uuid, data):
        target, tuned = case
        laid = st.lists(changes(target), max_size=leases.MOST)
        stack = Stack(Stand(tuned, tuned), tuple(data.draw(laid)))
        device = devices.Device(target, str(uuid), 'any', {}, {})
        instance = types.SimpleNamespace(system_metadata={'other': 'thing'})
        Kept.of(instance).changed([(device, stack)]).put_into(instance)
        self.assertEqual(stack, Kept.of(instance).stack(device))
        self.assertTrue(store.is_marked(instance))
        for key, value in instance.system_metadata.items():
            self.assertLessEqual(len(key), 255)
            self.assertLessEqual(len(value), 255)
        Kept.of(instance).changed([(device, Stack())]).put_into(instance)
        self.assertEqual(
            {'other': 'thing', 'live_tune:generation': '2'},
            instance.system_metadata,
        )
