# SPDX-License-Identifier: Apache-2.0
import contextlib
import io
import json
from unittest import mock

import testtools

from nova_live_tune.client import usage
from nova_live_tune.osc import drawing

NICS = [{'port_id': 'p1', 'index': 1}, {'port_id': 'p2', 'index': 2}]
GAUGES = [
    usage.Gauge('cpu', '', 'busiest vCPU', 24.4, 50.0, '% of a core'),
    usage.Gauge('interface', 'p2', 'inbound', 9984.0, 10240, 'KiB/s'),
    usage.Gauge('disk', 'vda', 'total_iops_sec', 80.0, None, 'operations/s'),
]


def look(gauges=GAUGES, reason=''):
    return drawing.Look({'interfaces': NICS}, gauges, reason)


class NumbersTest(testtools.TestCase):
    def test_use_and_limit(self):
        for use, limit, unit, expected in (
            (24.4, 50.0, '% of a core', '24 of 50 % of a core'),
            (9984.0, 10240.0, 'KiB/s', '9.75 of 10 MiB/s'),
            (1.0, 10240.0, 'KiB/s', '1 KiB/s of 10 MiB/s'),
            (80.0, None, 'operations/s', '80 operations/s, unlimited'),
            (None, 200.0, 'operations/s', 'at most 200 operations/s'),
            (None, None, 'operations/s', 'unlimited'),
        ):
            gauge = usage.Gauge('cpu', '', '', use, limit, unit)
            self.assertEqual(expected, drawing.numbers(gauge))

    def test_what_has_no_limit(self):
        for use, expected in ((12.4, '12 % of periods'), (None, 'not known')):
            gauge = usage.Gauge(
                'cpu', '', '', use, None, '% of periods', False
            )
            self.assertEqual(expected, drawing.numbers(gauge))


class CanvasTest(testtools.TestCase):
    def _drawn(self, name, *looks):
        out, err = io.StringIO(), io.StringIO()
        wide = mock.patch.dict('os.environ', {'COLUMNS': '100'})
        with contextlib.ExitStack() as stack:
            stack.enter_context(wide)
            stack.enter_context(contextlib.redirect_stderr(err))
            canvas = drawing.FORMATS[name]('web1', out)
            stack.enter_context(canvas)
            for one in looks:
                canvas.draw(one)
        return out.getvalue(), err.getvalue()

    def test_plain(self):
        out, err = self._drawn('plain', look())
        self.assertEqual('', err)
        lines = [line.partition(' ')[2] for line in out.splitlines()]
        self.assertEqual(
            [
                'cpu busiest vCPU: 24 of 50 % of a core',
                'interface 2 inbound: 9.75 of 10 MiB/s',
                'vda total_iops_sec: 80 operations/s, unlimited',
            ],
            lines,
        )

    def test_why_there_is_no_use_is_told_once(self):
        denied = look(reason='Not you.')
        _, err = self._drawn('plain', denied, denied, look())
        self.assertEqual(
            'What the server uses cannot be seen: Not you.\n'
            'What the server uses can be seen again.\n',
            err,
        )

    def test_json_has_an_object_to_a_line(self):
        out, _ = self._drawn('json', look())
        found = [json.loads(line) for line in out.splitlines()]
        self.assertIn('time', found[1])
        del found[1]['time']
        self.assertEqual(
            {
                'device': 'interface 2',
                'measure': 'inbound',
                'unit': 'KiB/s',
                'use': 9984.0,
                'limit': 10240,
            },
            found[1],
        )

    def test_bars_are_in_proportion(self):
        out, _ = self._drawn('bars', look(), look(reason='Not you.'))
        lines = out.splitlines()
        cpu, nic, disk = (
            next(x for x in lines if name in x)
            for name in ('cpu', 'interface 2', 'vda')
        )
        self.assertAlmostEqual(cpu.count('━'), nic.count('━') / 2, delta=2)
        self.assertNotIn('━', disk)
        self.assertIn('unlimited', disk)
        self.assertIn('cannot be seen: Not you.', out)
