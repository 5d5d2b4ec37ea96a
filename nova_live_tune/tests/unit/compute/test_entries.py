# SPDX-License-Identifier: Apache-2.0
import math

from oslo_utils.fixture import uuidsentinel as uuids
from oslotest import base

from nova_live_tune import leases, tunables
from nova_live_tune.compute import entries
from nova_live_tune.leases import Change, Stack, Stand
from nova_live_tune.tests.unit import fakes

#: What an entry of system_metadata has room for.
_ROOM = 255
_LATE = 4102444800

_STACK = Stack(
    Stand({'quota': 5000}, {'quota': 6000, 'period': 100000}),
    (
        Change({'quota': 7000, 'shares': None}, 1763740000, True),
        Change({'quota': -1}),
    ),
)
_TEXTS = {
    'cpu': 'q=5000',
    'ceiling:cpu': 'q=6000 p=100000',
    'change:0:cpu': '1763740000 a q=7000 s=-',
    'change:1:cpu': '- - q=-1',
}


def _longest(target):
    """The longest set of limits that a text has to hold.

    A limit's other side is 0, and a burst's length times its rate is bounded.
    """
    values = {}
    for knob in target:
        longest = str(knob.maximum)
        if knob.side == 'total':
            longest = '0'
        elif knob.unit == 'seconds':
            longest = '1'
        values[knob.name] = int(longest)
    return values


class EntriesTest(base.BaseTestCase):
    def test_texts(self):
        self.assertEqual(_TEXTS, entries.write(fakes.cpu(), _STACK))
        self.assertEqual(_STACK, entries.read(fakes.cpu(), _TEXTS))

    def test_names(self):
        for device, ident in (
            (fakes.cpu(), 'cpu'),
            (fakes.nic(), f'interface:{uuids.port1}'),
            (fakes.disk(), f'disk:{uuids.bdm}'),
        ):
            self.assertEqual(ident, entries.ident(device))
            for name in (ident, f'ceiling:{ident}', f'change:3:{ident}'):
                self.assertEqual(ident, entries.owner(name))

    def test_nothing_leaves_no_entry(self):
        self.assertEqual({}, entries.write(fakes.cpu(), Stack()))
        self.assertEqual(Stack(), entries.read(fakes.cpu(), {}))

    def test_what_a_later_version_wrote_is_passed_over(self):
        stack = entries.read(
            fakes.cpu(), {'cpu': 'q=5000 zz=1', 'change:0:cpu': '5'}
        )
        self.assertEqual(Stack(Stand({'quota': 5000})), stack)

    def test_when_something_ends(self):
        texts = {
            **_TEXTS,
            f'change:0:disk:{uuids.bdm}': '1763740009 - ti=5',
            'cpu': '5 - q=1',
        }
        self.assertEqual([1763740000, 1763740009], entries.ends(texts))
        self.assertEqual([], entries.ends({'change:1:cpu': '- - q=-1'}))

    def test_the_longest_text_fits(self):
        lengths = {}
        for device in (fakes.cpu(), fakes.nic(), fakes.disk()):
            values = _longest(device.target)
            change = Change(values, _LATE, by_admin=True)
            stack = Stack(Stand(values), (change,) * leases.MOST)
            texts = entries.write(device, stack)
            self.assertEqual(stack, entries.read(device, texts))
            lengths[device.target.name] = max(map(len, texts.values()))
            self.assertLess(len('live_tune:') + max(map(len, texts)), _ROOM)
        self.assertEqual(
            [], [name for name in lengths if lengths[name] > _ROOM]
        )
        # A 20th knob of a disk would need another look.
        self.assertEqual(254, lengths[tunables.DISK.name])

    def test_a_change_without_an_end(self):
        self.assertEqual(math.inf, _STACK.changes[1].until)
