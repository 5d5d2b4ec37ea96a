# SPDX-License-Identifier: Apache-2.0
"""That never more servers are changed than were meant."""

import argparse
from unittest import mock

import testtools
from osc_lib import exceptions

from nova_live_tune.osc import servers

OWN, OTHER = 'project-1', 'project-2'
SMALL = mock.Mock(id='f1', original_name=None)
SMALL.name = 'small'


def server(number, **attrs):
    made = mock.Mock(
        id=f'id{number}',
        project_id=OWN,
        compute_host='host1',
        metadata={},
        flavor=mock.Mock(id='f1', original_name=None),
    )
    made.name = attrs.pop('name', f'web{number}')
    made.configure_mock(**attrs)
    return made


class ChosenTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.cloud = mock.Mock(current_project_id=OWN)
        self.cloud.current_project = mock.Mock(id=OWN)
        self.cloud.current_project.name = 'demo'
        self.cloud.identity.find_project.return_value = mock.Mock(id=OTHER)
        self.cloud.compute.find_flavor.return_value = SMALL

    def _chosen(self, *words, listed=()):
        parser = argparse.ArgumentParser()
        servers.add_several(parser)
        self.cloud.compute.servers.return_value = list(listed)
        found = servers.chosen(self.cloud, parser.parse_args(words))
        return [(one.label, one.id) for one in found]

    def _query(self):
        return self.cloud.compute.servers.call_args.kwargs

    def test_names_are_looked_up_later(self):
        self.assertEqual(
            [('web1', None), ('web2', None)],
            self._chosen('web1', 'web2', 'web1'),
        )
        self.assertEqual([], self.cloud.mock_calls)

    def test_either_names_or_filters(self):
        for words in ((), ('web1', '--host', 'h')):
            self.assertRaises(exceptions.CommandError, self._chosen, *words)

    def test_none_that_fits_is_an_error(self):
        self.assertRaises(
            exceptions.CommandError, self._chosen, '--property', 'a=1'
        )

    def test_two_of_one_name_are_told_apart(self):
        listed = [server(1), server(2, name='web1'), server(3)]
        self.assertEqual(
            [('id1', 'id1'), ('id2', 'id2'), ('web3', 'id3')],
            self._chosen('--project', 'demo', listed=listed),
        )

    def test_own_project_needs_no_admin(self):
        for name in ('demo', OWN):
            self._chosen('--project', name, listed=[server(1)])
            self.assertEqual({'project_id': OWN}, self._query())

    def test_other_project(self):
        listed = [server(1), server(2, project_id=OTHER)]
        self.assertEqual(
            [('web2', 'id2')],
            self._chosen('--project', 'theirs', listed=listed),
        )
        self.assertEqual(
            {'project_id': OTHER, 'all_projects': True}, self._query()
        )

    def test_host_is_checked_again(self):
        # Nova ignores filters that the caller may not use.
        listed = [server(1), server(2, compute_host='host2'),
                  server(3, compute_host=None)]  # fmt: skip
        self.assertEqual(
            [('web2', 'id2')], self._chosen('--host', 'host2', listed=listed)
        )
        self.assertEqual(
            {'compute_host': 'host2', 'all_projects': True}, self._query()
        )

    def test_flavor_by_id_or_by_name_in_the_answer(self):
        listed = [
            server(1),
            server(2, flavor=mock.Mock(id='f2', original_name=None)),
            server(3, flavor=mock.Mock(id=None, original_name='small')),
            server(4, flavor=mock.Mock(id=None, original_name='large')),
        ]
        self.assertEqual(
            [('web1', 'id1'), ('web3', 'id3')],
            self._chosen('--flavor', 'small', listed=listed),
        )
        self.assertEqual({'flavor': 'f1'}, self._query())

    def test_properties_have_to_be_there_all(self):
        listed = [
            server(1, metadata={'a': '1', 'b': '2', 'c': '3'}),
            server(2, metadata={'a': '1'}),
            server(3, metadata={'a': '1', 'b': '3'}),
            server(4, metadata=None),
        ]
        self.assertEqual(
            [('web1', 'id1')],
            self._chosen(
                *('--property', 'a=1', '--property', 'b=2'), listed=listed
            ),
        )


class FindTest(testtools.TestCase):
    def test_an_id_passes_unasked(self):
        cloud = mock.Mock()
        given = '3dc9f2d6-4a0a-4fae-8ae7-3f2c6432414e'
        self.assertEqual(given, servers.find(cloud, given))
        self.assertEqual([], cloud.mock_calls)

    def test_names(self):
        cloud = mock.Mock()
        cloud.compute.find_server.return_value = mock.Mock(id='id1')
        self.assertEqual('id1', servers.find(cloud, 'web1'))
        cloud.compute.find_server.return_value = None
        self.assertRaises(exceptions.CommandError, servers.find, cloud, 'web1')
