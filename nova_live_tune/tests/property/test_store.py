# SPDX-License-Identifier: Apache-2.0
"""Whatever is kept comes back, and fits in system_metadata."""

import types

from hypothesis import given
from hypothesis import strategies as st
from oslotest import base

from nova_live_tune import planning
from nova_live_tune.compute import devices, store
from nova_live_tune.tests.property import strategies


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


class StoreTest(base.BaseTestCase):
    @given(merged(), st.uuids())
    def test_round_trip(self, case, uuid):
        target, kept = case
        device = devices.Device(target, str(uuid), 'any', {}, {})
        instance = types.SimpleNamespace(system_metadata={'other': 'thing'})
        store.put(instance, device, kept)
        self.assertEqual(kept, store.load(instance, device))
        self.assertTrue(store.is_marked(instance))
        for key, value in instance.system_metadata.items():
            self.assertLessEqual(len(key), 255)
            self.assertLessEqual(len(value), 255)
        store.put(instance, device, {})
        self.assertEqual({'other': 'thing'}, instance.system_metadata)
