# SPDX-License-Identifier: Apache-2.0
"""Whatever the flavor and whatever is kept: a guest that libvirt starts."""

import contextlib
import dataclasses
import types
from unittest import mock

import fixtures
from hypothesis import event, given
from hypothesis import strategies as st
from lxml import etree
from nova.tests.fixtures import libvirt as nova_fake
from oslotest import base

from nova_live_tune import bounds, planning
from nova_live_tune.compute.store import Kept
from nova_live_tune.tests.functional.fake import domain
from nova_live_tune.tests.property import host, model, strategies
from nova_live_tune.tests.unit import fakes
from nova_live_tune.tunables import Values
from nova_live_tune.virt.libvirt import guest, overlay, xml

# How far a tenant may go, is another matter.
_UNBOUNDED = {name: 0 for name in bounds.names() if name.startswith('max_')}


@dataclasses.dataclass
class Case:
    """By device's name, what its flavor asks for, and what is kept."""

    flavors: dict[str, Values]
    kept: dict[str, Values]

    def _repr_pretty_(self, printer, _):
        limits = {
            name: {k: v for k, v in values.items() if v}
            for name, values in self.flavors.items()
        }
        printer.text(f'flavors={limits} {self.kept=}')

    def devices(self, *_):
        return [
            dataclasses.replace(
                host.DEVICES[name], flavor=flavor, specs=_UNBOUNDED
            )
            for name, flavor in self.flavors.items()
            if self.kept[name]
        ]

    def instance(self):
        instance = types.SimpleNamespace(uuid='server', system_metadata={})
        for name, values in self.kept.items():
            fakes.put(instance, host.DEVICES[name], values)
        Kept.of(instance).changed(()).put_into(instance)
        return instance

    def xml(self):
        """What Nova makes of the flavor."""
        document = etree.fromstring(host.GUEST)
        for name, values in self.flavors.items():
            device = host.DEVICES[name]
            xml.put(xml.find(document, device), device.target, values)
        return etree.tostring(document, encoding='unicode')


@st.composite
def cases(draw):
    names = draw(
        st.lists(
            st.sampled_from(list(host.DEVICES)),
            min_size=1,
            max_size=3,
            unique=True,
        )
    )
    targets = {name: host.DEVICES[name].target for name in names}
    return Case(
        {n: draw(strategies.odd_states(t)) for n, t in targets.items()},
        {n: draw(strategies.kept(t)) for n, t in targets.items()},
    )


class OverlayTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        patch = fixtures.MonkeyPatch
        self.useFixture(patch('nova.virt.libvirt.guest.libvirt', nova_fake))
        self.useFixture(patch(f'{guest.__name__}.cgroup_version', lambda: 2))
        self.useFixture(fixtures.FakeLogger())

    @contextlib.contextmanager
    def _overlaid(self, case, text, instance):
        """The domain that libvirt starts, and what the overlay told."""
        devices = mock.patch.object(Kept, 'devices', case.devices)
        record = mock.patch.object(overlay.record, 'not_in_effect')
        with devices, record as told:
            text = overlay.guest_xml(text, instance, {}, None)
        yield domain.Domain(mock.MagicMock(), text, running=True), told.called

    @given(cases())
    def test_what_is_kept_over_the_flavor_and_nothing_else(self, case):
        instance = case.instance()
        with self._overlaid(case, case.xml(), instance) as (started, told):
            event(f'told: {told}')
            for name, flavor in case.flavors.items():
                device, kept = host.DEVICES[name], case.kept[name]
                self._check(started, device, flavor, kept, told)
            copied = xml.kept(etree.fromstring(started.XMLDesc(0)))
            self.assertEqual(Kept.of(instance), copied)

    def _check(self, started, device, flavor, kept, told):
        target = device.target
        values, problems = planning.overlay(target, flavor, kept)
        if problems:
            self.assertTrue(told)
        for scope in host.SCOPES:
            there = host.limits_of(started, device, scope)
            self.assertEqual(
                model.set_on_fresh(target, {**flavor, **values}), there
            )
            if not told:
                self._check_kept(target, kept, there)

    def _check_kept(self, target, kept, there):
        for name, value in kept.items():
            if target[name].unit == 'seconds' and not value:
                # QEMU's own default stands in for none.
                value = int(bool(there[target[name].needs[0]]))
            self.assertEqual(value, there[name], name)

    @given(cases())
    def test_again_changes_nothing(self, case):
        """As when a guest is migrated that was started with its limits."""
        instance = case.instance()
        with self._overlaid(case, case.xml(), instance) as (once, _):
            text = once.XMLDesc(0)
        with self._overlaid(case, text, instance) as (twice, _):
            for scope in host.SCOPES:
                self.assertEqual(once.limits_of(scope), twice.limits_of(scope))
