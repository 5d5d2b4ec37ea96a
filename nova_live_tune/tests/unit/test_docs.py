# SPDX-License-Identifier: Apache-2.0
"""What the package offers is in its docs."""

import functools
import importlib.util
import pathlib
import re

import fixtures
import yaml
from oslotest import base

from nova_live_tune import conf, counters, tunables
from nova_live_tune.api import controller, extension, policies

_ROOT = pathlib.Path(__file__).parents[3]
_DOC = _ROOT / 'doc' / 'source'
_API_REF = _ROOT / 'api-ref' / 'source'


def _operations():
    """Each operation of the API reference by its title, with its text."""
    index = (_API_REF / 'index.rst').read_text()
    included = re.findall(r'^\.\. include:: (\S+)$', index, re.M)
    found = {}
    for name in included:
        text = (_API_REF / name).read_text()
        methods = re.findall(r'^\.\. rest_method:: (.*)$', text, re.M)
        for method in methods:
            title = re.search(r'^(.+)\n=+$', text, re.M)[1]
            found[f'{method} {title}'] = text
    return found


def _extension():
    """The Sphinx extension, which is in no package."""
    path = _API_REF.parent / 'ext' / 'live_tune_parameters.py'
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ApiReferenceTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.operations = _operations()

    def _only(self, *words):
        """The text of the one operation that has the words in its head."""
        found = [
            text
            for head, text in self.operations.items()
            if all(word in head for word in words)
        ]
        self.assertEqual(1, len(found), f'{words}: {len(found)} operations')
        return found[0]

    def test_every_route_is_there(self):
        servers = functools.partial(object, None, [])
        for path, methods in extension.extend(servers):
            for method in methods:
                self._only(f'{method} {path} ')

    def test_every_action_is_there(self):
        actions = controller.LiveTuneController.wsgi_actions
        self.assertNotEqual({}, actions)
        for action in actions:
            text = self._only(
                'POST /servers/{server_id}/action ', f'({action} Action)'
            )
            for kind in ('request', 'response'):
                include = f'.. include:: generated/{action}-{kind}.inc\n'
                self.assertIn(include, text)

    def test_every_policy_rule_is_there(self):
        text = '\n'.join(p.read_text() for p in _API_REF.glob('*.inc'))
        for rule in policies.list_rules():
            self.assertIn(f'``{rule.name}``', text)

    def test_every_error_is_described(self):
        described = yaml.safe_load((_API_REF / 'status.yaml').read_text())
        self.assertLessEqual(set(controller._EXPECTED), set(described))
        for action in controller.LiveTuneController.wsgi_actions:
            text = self._only(f'({action} Action)')
            listed = re.findall(r'^   - (\d+)', text, re.M)
            self.assertLessEqual(
                {*controller._EXPECTED, 202}, set(map(int, listed)), action
            )

    def test_every_sample_is_shown_and_there(self):
        text = '\n'.join(p.read_text() for p in _API_REF.glob('*.inc'))
        shown = re.findall(r'^\.\. literalinclude:: (\S+)$', text, re.M)
        there = {f'samples/{p.name}' for p in _API_REF.glob('samples/*')}
        self.assertNotEqual(set(), there)
        self.assertEqual(sorted(there), sorted(shown))


class ParametersTest(base.BaseTestCase):
    """The tables that the Sphinx extension writes."""

    def setUp(self):
        super().setUp()
        self.extension = _extension()
        self.folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.descriptions = yaml.safe_load(
            (_API_REF / 'descriptions.yaml').read_text()
        )
        self.extension.write(self.folder, self.descriptions)
        self.parameters = yaml.safe_load(
            (self.folder / 'parameters.yaml').read_text()
        )

    def _row(self, table, name):
        """A parameter, which its table lists."""
        listed = (self.folder / f'{table}.inc').read_text().splitlines()
        self.assertIn(f'   - {name}: {table}.{name}', listed)
        return self.parameters[f'{table}.{name}']

    def test_every_knob_is_there_with_unit_and_range(self):
        for target in tunables.TARGETS:
            table = f'{target.action}-request'
            for knob in (*target.shorthands, *target):
                row = self._row(table, f'{target.action}.{knob.label}')
                self.assertIn(knob.help, row['description'])
                self.assertIn(f'``{knob.range}``', row['description'])
                self.assertIn(knob.unit, row['description'])
                self.assertEqual('integer or null', row['type'])
                self.assertIs(False, row['required'])

    def test_fields_that_are_no_knobs(self):
        row = self._row('setInterface-request', 'setInterface.interface')
        self.assertIs(True, row['required'])
        self.assertEqual('integer or string', row['type'])
        row = self._row('show-response', 'live_tune.interfaces.port_id')
        self.assertIn('port', row['description'])
        self._row('show-response', 'live_tune.cpu.not_in_effect')

    def test_what_a_query_may_have(self):
        row = self._row('list-query', 'limit')
        self.assertEqual('query', row['in'])
        self.assertEqual('string', row['type'])
        self.assertIs(False, row['required'])
        self.assertIn('max_limit', row['description'])

        row = self._row('show-query', 'observed')
        self.assertIn('``true``', row['description'])
        listed = (self.folder / 'show-query.inc').read_text()
        self.assertIn('   - server_id: server_id\n', listed)

    def test_every_counter_is_there_with_its_unit(self):
        for target in tunables.TARGETS:
            for counter in counters.of(target):
                row = self._row(
                    'show-response',
                    f'live_tune.{target.plural}.observed.{counter.label}',
                )
                self.assertIn(counter.help, row['description'])
                self.assertIn(counter.unit, row['description'])
                self.assertEqual('integer or null', row['type'])

    def test_what_excludes_what(self):
        row = self._row('setDiskIO-request', 'setDiskIO.read_iops_sec')
        self.assertIn('excludes, ``total_iops_sec``.', row['description'])
        row = self._row('setDiskIO-request', 'setDiskIO.total_bytes_sec')
        self.assertIn(
            'excludes, ``read_bytes_sec`` and ``write_bytes_sec``.',
            row['description'],
        )
        row = self._row('setDiskIO-request', 'setDiskIO.size_iops_sec')
        self.assertNotIn('excludes', row['description'])

    def test_a_field_that_nobody_describes_stops_the_build(self):
        del self.descriptions['port_id']
        self.assertRaises(
            KeyError, self.extension.write, self.folder, self.descriptions
        )

    def test_no_description_is_left_over(self):
        used = set()
        for schema in self.extension.TABLES.values():
            for path, _, _ in self.extension.fields(schema):
                used.update(('.'.join(path), path[-1]))
        for schema in self.extension.QUERIES.values():
            used.update(f'query.{name}' for name in schema['properties'])
        self.assertLessEqual(set(self.descriptions), used)


class PagesTest(base.BaseTestCase):
    def test_every_option_is_explained(self):
        ((group, options),) = conf.list_opts()
        page = (_DOC / 'configuration.rst').read_text()
        self.assertIn('.. show-options::\n\n   nova_live_tune\n', page)
        self.assertIn(
            f'``[{group.name}]``', (_DOC / 'keeping.rst').read_text()
        )
        pages = ('keeping', 'metrics')
        text = ''.join((_DOC / f'{page}.rst').read_text() for page in pages)
        for option in options:
            self.assertIn(f'\n``{option.name}``', text)

    def test_the_rules_are_shown(self):
        page = (_DOC / 'policy.rst').read_text()
        directive = r'^\.\. show-policy::\n   :config-file: (\S+)$'
        named = re.search(directive, page, re.M)[1]
        settings = (_DOC / named).read_text()
        self.assertIn('\nnamespace = nova_live_tune\n', settings)

    def test_both_samples_are_shown(self):
        pages = [p.read_text() for p in _DOC.glob('*.rst')]
        for name in ('nova-live-tune.conf.sample', 'policy.yaml.sample'):
            include = f'literalinclude:: ../../etc/nova-live-tune/{name}\n'
            self.assertTrue(any(include in page for page in pages), name)
