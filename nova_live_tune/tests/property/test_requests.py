# SPDX-License-Identifier: Apache-2.0
"""Whatever JSON is sent: it is understood, or refused in one of two ways."""

from hypothesis import event, given
from hypothesis import strategies as st
from nova import exception
from nova.api.validation import validators
from oslotest import base

from nova_live_tune import planning, tunables
from nova_live_tune.api import requests, schemas
from nova_live_tune.tests.property import strategies

_SCHEMAS = {
    tunables.CPU: schemas.set_cpu_quota,
    tunables.INTERFACE: schemas.set_interface,
    tunables.DISK: schemas.set_disk_io,
}

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def _odd_values(knob):
    edges = {knob.minimum - 1, knob.maximum + 1, -1, 0, 1, 2**64}
    return st.sampled_from(sorted(edges)) | _json


@st.composite
def bodies(draw, target):
    """What looks like a request more often than not."""
    keys = (*target.shorthands, *target)
    settings = {}
    if target.selector and draw(st.integers(0, 9)):
        settings[target.selector] = draw(st.just('vda') | _json)
    for knob in draw(st.lists(st.sampled_from(keys), max_size=3)):
        place = settings
        for step in knob.path[:-1]:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                break
        else:
            place[knob.path[-1]] = draw(_value(knob))
    if not draw(st.integers(0, 9)):
        settings[draw(st.sampled_from(('inbound', 'zz')))] = draw(_json)
    return {target.action: settings}


def _value(knob):
    fitting = st.integers(knob.minimum, knob.maximum)
    return fitting | fitting | st.none() | _odd_values(knob)


def _judge(target, body):
    """Do what the controller does with a body."""
    requests.check_ranges(target, body)
    validators._SchemaValidator(_SCHEMAS[target]).validate(body)
    return requests.wanted(target, body)


class RequestsTest(base.BaseTestCase):
    @given(st.data())
    def test_requests(self, data):
        target = data.draw(strategies.targets)
        self._check(target, data.draw(bodies(target)))

    @given(strategies.targets, _json)
    def test_any_json(self, target, body):
        self._check(target, body)
        self._check(target, {target.action: body})

    def _check(self, target, body):
        try:
            wanted = _judge(target, body)
        except (planning.Invalid, exception.ValidationError) as error:
            event(type(error).__name__)
            self.assertTrue(str(error))
            return
        event('accepted')
        self.assertTrue(wanted)
        for name, value in wanted.items():
            knob = target[name]
            self.assertTrue(value is None or knob.accepts(value), name)
            self.assertIsNot(bool, type(value))

    @given(st.data())
    def test_what_is_in_range_is_accepted(self, data):
        target = data.draw(strategies.targets)
        asked = data.draw(strategies.wishes(target))
        settings = target.nest(asked)
        if target.selector:
            settings[target.selector] = 'any'
        self.assertEqual(asked, _judge(target, {target.action: settings}))

    @given(_json)
    def test_resets(self, selection):
        body = {'resetLiveTune': selection}
        try:
            validators._SchemaValidator(schemas.reset).validate(body)
            chosen = [
                requests.selectors(target, selection)
                for target in tunables.TARGETS
            ]
        except (planning.Invalid, exception.ValidationError):
            return
        self.assertTrue(any(c is None or c for c in chosen))

    @given(
        st.fixed_dictionaries(
            {},
            optional={
                'cpu': st.booleans(),
                'interfaces': st.lists(
                    st.integers(1, 9) | st.sampled_from(('port', 'mac')),
                    max_size=2,
                ),
                'disks': st.lists(st.sampled_from(('vda', 'vdb')), max_size=2),
            },
        )
    )
    def test_resets_that_name_devices(self, selection):
        def choose():
            validators._SchemaValidator(schemas.reset).validate(
                {'resetLiveTune': selection}
            )
            return [
                requests.selectors(target, selection)
                for target in tunables.TARGETS
            ]

        names_something = any(selection.values())
        empty_lists = [] in selection.values()
        if not names_something or empty_lists:
            self.assertRaises(
                (planning.Invalid, exception.ValidationError), choose
            )
            return
        cpu, interfaces, disks = choose()
        self.assertEqual(None if selection.get('cpu') else [], cpu)
        self.assertEqual(selection.get('interfaces', []), interfaces)
        self.assertEqual(selection.get('disks', []), disks)
