# SPDX-License-Identifier: Apache-2.0
"""Whatever happens between the record, its copy and libvirt: one limit wins.

It is one that somebody set, and in the end all three agree.
"""

import logging

import fixtures
from hypothesis import event, given
from hypothesis import strategies as st
from nova import exception, objects
from nova.tests.fixtures import libvirt as nova_fake
from oslotest import base

from nova_live_tune.compute import entries, reconcile
from nova_live_tune.compute.store import Kept
from nova_live_tune.tests.property import host, strategies, world
from nova_live_tune.virt.libvirt import guest, mending

_MOST_STEPS = 8


@st.composite
def _jobs(draw):
    """A request for one device."""
    name = draw(st.sampled_from(list(host.DEVICES)))
    target = host.DEVICES[name].target
    return [(name, draw(strategies.fitting(target)))]


@st.composite
def _drifts(draw):
    name = draw(st.sampled_from(list(host.DEVICES)))
    values = draw(strategies.states(host.DEVICES[name].target))
    return name, values, draw(st.sampled_from(host.SCOPES))


_TUNE = st.tuples(st.just('tune'), _jobs())
_CRASH = st.tuples(st.just('tune'), _jobs(), st.integers(0, _MOST_STEPS - 1))
_DRIFT = _drifts().map(lambda drift: ('drift', *drift))
_RECONCILE = st.just(('reconcile',))
_GO_BACK = st.tuples(st.just('go_back'), st.integers(1, 4))


class HistoryTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MonkeyPatch
        self.useFixture(patch('nova.virt.libvirt.guest.libvirt', nova_fake))
        self.useFixture(patch(f'{guest.__name__}.cgroup_version', lambda: 2))
        self.useFixture(
            patch(
                'nova_live_tune.compute.store.Kept.devices',
                lambda kept, _: [
                    device
                    for device in host.DEVICES.values()
                    if kept.values(device)
                ],
            )
        )
        self.recorded = self.useFixture(
            fixtures.MockPatchObject(reconcile.record, 'put_back')
        ).mock
        self.useFixture(
            patch(
                'nova.objects.InstanceList.get_by_filters',
                lambda *_, **more: [self.world.instance()],
            )
        )
        self.useFixture(
            fixtures.MockPatchObject(
                objects.Instance,
                'get_by_uuid',
                side_effect=lambda *_, **more: self.world.instance(),
            )
        )
        self.useFixture(fixtures.FakeLogger(level=logging.ERROR))

    def _live_through(self, history):
        self.world = world.World()
        self._live_on(history)

    def _live_on(self, history):
        for name, *arguments in history:
            try:
                getattr(self.world, name)(*arguments)
            except exception.Invalid:
                event('refused')

    def _check_all_agree(self):
        kept, copied = self.world.kept(), self.world.copied()
        self.assertEqual(kept.entries, copied.entries if copied else {})
        there = guest.Guest(self.world.domain)
        for device in host.DEVICES.values():
            tuned = kept.values(device)
            self.assertEqual([], mending.mend(there, device, tuned))
            _, reason = mending.read(there, device, tuned)
            self.assertIsNone(reason)
            for name, value in tuned.items():
                if device.target[name].unit == 'seconds':
                    continue  # QEMU's own default stands in for none
                for scope in host.SCOPES:
                    reported = there.read(device, scope)[name]
                    self.assertEqual(value, reported, name)
        self.assertEqual({}, dict(self.world.reconcile()))

    @given(st.lists(_TUNE | _CRASH | _DRIFT | _RECONCILE, max_size=6))
    def test_the_last_that_was_saved_wins(self, history):
        self._live_through(history)
        last = Kept.of(self.world.instance())
        self.world.reconcile()
        self.assertEqual(last, self.world.kept())
        self._check_all_agree()

    @given(
        st.lists(_TUNE | _DRIFT | _RECONCILE, min_size=1, max_size=5),
        st.integers(1, 4),
    )
    def test_whoever_puts_back_an_older_record(self, history, ago):
        self._live_through(history)
        last = self.world.kept()
        self.world.go_back(ago)
        self.world.reconcile()
        self.assertEqual(last, self.world.kept())
        self._check_all_agree()

    @given(st.lists(_TUNE, min_size=1, max_size=4), st.integers(1, 4), _jobs())
    def test_a_request_upon_an_older_record_changes_its_device_alone(
        self, history, ago, jobs
    ):
        self._live_through(history)
        last = self.world.kept().entries
        self.world.go_back(ago)
        self._live_on([('tune', jobs), ('reconcile',)])
        ((name, _),) = jobs
        kept = self.world.kept().entries
        for key in {*last, *kept} - {entries.ident(host.DEVICES[name])}:
            self.assertEqual(last.get(key), kept.get(key))
        self._check_all_agree()

    @given(
        st.lists(_TUNE | _CRASH | _DRIFT | _RECONCILE | _GO_BACK, max_size=8)
    )
    def test_what_wins_is_what_somebody_set(self, history):
        self._live_through(history)
        self.world.reconcile()
        saved = [dict(record) for record in self.world.saved]
        self.assertIn(self.world.record, saved)
        self._check_all_agree()
