# SPDX-License-Identifier: Apache-2.0
import types

import fixtures
import nova.conf
import oslo_messaging as messaging
from nova import context as nova_context
from nova import objects
from oslo_config import fixture as config
from oslo_db import exception as db_exception
from oslo_messaging.rpc import client
from oslotest import base

from nova_live_tune.checks import computes, package, results
from nova_live_tune.compute import rpcapi

VERSIONS = {package.NAME: package.VERSION, 'series': '1.0+abc'}


def cell(name, is_cell0=False):
    return types.SimpleNamespace(name=name, is_cell0=lambda: is_cell0)


def service(host, up=True):
    return types.SimpleNamespace(host=host, up=up)


class ComputesTestCase(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.conf = self.useFixture(config.Config(nova.conf.CONF))
        self.answers = {}
        self.asked = []
        self.replace(rpcapi.API, 'report', self.report)

    def replace(self, place, name, value):
        self.useFixture(fixtures.MockPatchObject(place, name, value))

    def report(self, context, host, timeout):
        self.asked.append(host)
        answer = self.answers[host]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def answer(self, host, *findings, **versions):
        self.answers[host] = {
            'versions': {**VERSIONS, **versions},
            'findings': [
                {'code': code, 'details': details}
                for code, details in findings
            ],
        }


class AllCellsTest(ComputesTestCase):
    def setUp(self):
        super().setUp()
        self.conf.config(group='api_database', connection='mysql://api')
        self.cells = {}
        self.replace(
            objects.CellMappingList,
            'get_all',
            lambda context: [cell('cell0', True), *map(cell, self.cells)],
        )
        self.replace(nova_context, 'set_target_cell', self.target)
        self.replace(objects.ServiceList, 'get_by_binary', self.services)
        group = types.SimpleNamespace(service_is_up=lambda s: s.up)
        self.replace(computes.servicegroup, 'API', lambda: group)

    def target(self, context, cell):
        context.cell_uuid = cell.name

    def services(self, context, binary, include_disabled):
        self.assertEqual('nova-compute', binary)
        self.assertTrue(include_disabled)
        found = self.cells[context.cell_uuid]
        if isinstance(found, Exception):
            raise found
        return found

    def check(self, code):
        result = computes.check()
        self.assertEqual(code, result.code, result.details)
        return result.details.splitlines()

    def test_every_host_of_every_cell_is_listed(self):
        self.cells = {
            'north': [service('n2'), service('n1')],
            'south': [service('s1')],
        }
        for host in ('n1', 'n2', 's1'):
            self.answer(host, (0, 'green'), libvirt='9.0.0')
        self.assertEqual(
            [
                f'{host}: nova-live-tune {package.VERSION}, series 1.0+abc, '
                'libvirt 9.0.0.'
                for host in ('n1', 'n2', 's1')
            ],
            self.check(results.Code.SUCCESS),
        )

    def test_what_is_not_green_on_a_host(self):
        self.cells = {'north': [service('n1')]}
        self.answer('n1', (0, 'green'), (1, 'so so.'), (2, 'no cgroup.'))
        lines = self.check(results.Code.FAILURE)
        self.assertEqual(['n1: so so.', 'n1: no cgroup.'], lines[1:])

    def test_a_host_with_another_version(self):
        self.cells = {'north': [service('n1')]}
        self.answer('n1', **{package.NAME: '0.1'})
        told, advice = self.check(results.Code.WARNING)
        self.assertIn('nova-live-tune 0.1', told)
        self.assertIn(f'here it is nova-live-tune {package.VERSION}', advice)

    def test_a_host_that_is_down_is_not_asked(self):
        self.cells = {'north': [service('n1', up=False), service('n2')]}
        self.answer('n2')
        down, _ = self.check(results.Code.WARNING)
        self.assertIn('n1: its nova-compute is down', down)
        self.assertEqual(['n2'], self.asked)

    def refused(self, error, code):
        self.cells = {'north': [service('n1'), service('n2')]}
        self.answers['n1'] = error
        self.answer('n2')
        bad, good = self.check(code)
        self.assertTrue(bad.startswith('n1: '), bad)
        self.assertTrue(good.startswith('n2: nova-live-tune'), good)
        return bad

    def test_a_host_without_the_extension(self):
        for error in (
            messaging.UnsupportedVersion('1.0'),
            client.RemoteError('UnsupportedVersion', '1.0'),
        ):
            told = self.refused(error, results.Code.FAILURE)
            self.assertIn('does not run the extension', told)
            self.assertIn('nova-live-tune-patch apply', told)

    def test_a_host_with_an_older_version(self):
        for error in (
            messaging.NoSuchMethod('report'),
            client.RemoteError('NoSuchMethod', 'report'),
        ):
            told = self.refused(error, results.Code.WARNING)
            self.assertIn('an older version', told)

    def test_a_host_that_does_not_answer(self):
        told = self.refused(messaging.MessagingTimeout(), results.Code.FAILURE)
        self.assertIn('no answer', told)

    def test_a_host_that_fails(self):
        told = self.refused(
            client.RemoteError('KeyError', 'versions\nTraceback'),
            results.Code.FAILURE,
        )
        self.assertIn('KeyError', told)
        self.assertIn('log', told)
        self.assertNotIn('Traceback', told)

    def test_a_bus_that_is_not_reached(self):
        self.replace(computes.at_once, 'ask', lambda questions, seconds: {})
        self.cells = {'north': [service('n1')]}
        (told,) = self.check(results.Code.FAILURE)
        self.assertIn('n1: no answer', told)

    def test_no_host_yet(self):
        self.cells = {'north': []}
        (told,) = self.check(results.Code.SUCCESS)
        self.assertIn('No cell has a nova-compute', told)

    def test_a_cell_whose_database_is_away(self):
        self.cells = {
            'north': db_exception.DBConnectionError('refused'),
            'south': [service('s1')],
        }
        self.answer('s1')
        north, south = self.check(results.Code.FAILURE)
        self.assertIn('cell north', north)
        self.assertIn('refused', north)
        self.assertTrue(south.startswith('s1: '), south)

    def test_the_apis_database_is_away(self):
        error = db_exception.DBConnectionError('refused')

        def get_all(context):
            raise error

        self.replace(objects.CellMappingList, 'get_all', get_all)
        (told,) = self.check(results.Code.FAILURE)
        self.assertIn('refused', told)
        self.assertIn('[api_database]connection', told)


class NoDatabaseTest(ComputesTestCase):
    def absent(self, why):
        self.replace(computes.local, 'absence', lambda: why)

    def test_a_compute_host_asks_its_own_nova_compute(self):
        self.absent(None)
        self.conf.config(host='here')
        self.answer('here', libvirt='9.0.0')
        result = computes.check()
        self.assertEqual(results.Code.SUCCESS, result.code)
        self.assertTrue(result.details.startswith('here: '))
        self.assertEqual(['here'], self.asked)

    def test_another_machine_says_where_to_ask(self):
        self.absent('why')
        result = computes.check()
        self.assertEqual(results.Code.SUCCESS, result.code)
        self.assertIn('run this where nova-api', result.details)
        self.assertEqual([], self.asked)
