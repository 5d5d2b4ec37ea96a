# SPDX-License-Identifier: Apache-2.0
"""The pages for operators say what is published and counted."""

import pathlib
import re

import yaml
from nova.objects import fields
from oslotest import base

from nova_live_tune.metrics import table
from nova_live_tune.notifications import objects

_DOC = pathlib.Path(__file__).parents[3] / 'doc' / 'source'

_PAYLOADS = (
    objects.InstanceLiveTunePayload,
    objects.LiveTuneChangePayload,
    objects.LiveTuneKnobPayload,
)
_TYPES = {
    fields.UUIDField: 'UUID',
    fields.StringField: 'string',
    fields.IntegerField: 'integer',
    fields.DateTimeField: 'time',
    fields.ListOfStringsField: 'list of strings',
}


def _page(name):
    return (_DOC / f'{name}.rst').read_text()


def _rows(text):
    """The cells of all list-tables' rows, without their heads."""
    for listed in text.split('.. list-table::')[1:]:
        body = re.split(r'\n\n(?=\S)', listed)[0]
        rows = re.split(r'^   \* - ', body, flags=re.M)[2:]
        for row in rows:
            cells = re.split(r'\n     - ', row)
            yield [' '.join(cell.split()) for cell in cells]


def _type(field):
    """A field's type, in the docs' words."""
    if isinstance(field, fields.EnumField):
        words = ', '.join(field._type._valid_values)
    elif isinstance(field, fields.ListOfObjectsField):
        words = f'list of {field._type._element_type._type._obj_name}'
    elif isinstance(field, fields.ObjectField):
        words = field._type._obj_name
    else:
        words = _TYPES[type(field)]
    return f'{words} or null' if field.nullable else words


class NotificationsTest(base.BaseTestCase):
    def test_every_field_with_its_type(self):
        page = _page('notifications')
        for payload in _PAYLOADS:
            title = payload.obj_name()
            section = page.split(f'\n{title}\n{"-" * len(title)}\n')[1]
            section = re.split(r'\n(?:-{4,}|={4,})\n', section)[0]
            told = {name: kind for name, kind, _ in _rows(section)}
            self.assertEqual(
                {
                    f'``{name}``': _type(field)
                    for name, field in payload.fields.items()
                },
                told,
                title,
            )

    def test_every_event_with_its_priority_and_sample(self):
        page = _page('notifications')
        told = {row[0]: row[1] for row in _rows(page)}
        for phase in objects.PHASES:
            event = f'{objects.OBJECT}.{objects.ACTION}.{phase}'
            priority = 'ERROR' if phase == objects.ERROR else 'INFO'
            self.assertEqual(priority, told[f'``{event}``'])
            sample = f'instance-live_tune-{phase}.json'
            include = f'literalinclude:: ../notification_samples/{sample}\n'
            self.assertIn(include, page)


class MetricsTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.page = _page('metrics')

    def test_the_table_is_the_modules(self):
        expected = [
            [
                f'``{metric.name}``',
                metric.kind,
                '; '.join(
                    f'``{label}``: {", ".join(values)}'
                    for label, values in metric.labels.items()
                )
                or 'none',
                metric.help,
            ]
            for metric in table.METRICS
        ]
        self.assertEqual(expected, list(_rows(self.page)))

    def test_examples_are_yaml(self):
        blocks = re.findall(
            r'code-block:: yaml\n\n((?:    .*\n|\n)+)', self.page
        )
        scrape, rules = (yaml.safe_load(block) for block in blocks)
        (job,) = scrape['scrape_configs']
        self.assertEqual('nova-live-tune', job['job_name'])
        (group,) = rules['groups']
        self.assertEqual(2, len(group['rules']))
        for rule in group['rules']:
            self.assertIn('nova_live_tune_', rule['expr'])

    def test_examples_name_what_there_is(self):
        named = set(re.findall(r'\bnova_live_tune_\w+', self.page))
        known = {metric.name for metric in table.METRICS}
        series = {
            f'{metric.name}{suffix}'
            for metric in table.METRICS
            if metric.kind == table.HISTOGRAM
            for suffix in ('_bucket', '_count', '_sum')
        }
        self.assertLessEqual(named, known | series)
        labelled = re.findall(r'(\w+)_bucket\{(\w+)="(\w+)"\}', self.page)
        self.assertEqual(1, len(labelled))
        for name, label, value in labelled:
            (metric,) = [m for m in table.METRICS if m.name == name]
            self.assertIn(value, metric.labels[label])
