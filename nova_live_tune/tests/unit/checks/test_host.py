# SPDX-License-Identifier: Apache-2.0
from unittest import mock

import fixtures
from nova import exception
from oslo_serialization import jsonutils
from oslotest import base

from nova_live_tune.checks import host, package, results
from nova_live_tune.patching.status import Status
from nova_live_tune.tests.unit.checks.test_versions import connect

NOVA = Status('34.0.0', '2026.2', 'applied', '1.0+abc', 'Patched.')
GREEN = {'code': 0, 'details': mock.ANY}


class ReportTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.replace(host.patches, 'found', NOVA)
        self.replace(host.cgroups, 'check', results.success('cgroup v2'))
        self.replace(host.traffic, 'check', results.failure('no tc'))

    def replace(self, module, name, value):
        self.useFixture(fixtures.MockPatchObject(module, name, lambda: value))

    def report(self, connect):
        return jsonutils.loads(jsonutils.dumps(host.report(connect)))

    def test_versions_and_findings(self):
        self.assertEqual(
            {
                'versions': {
                    'nova-live-tune': package.VERSION,
                    'series': '1.0+abc',
                    'libvirt': '9.0.0',
                    'QEMU': '7.2.0',
                },
                'findings': [
                    GREEN,
                    GREEN,
                    {'code': 0, 'details': 'cgroup v2'},
                    {'code': 2, 'details': 'no tc'},
                ],
            },
            self.report(connect(9000000, 7002000)),
        )

    def test_libvirt_does_not_answer(self):
        report = self.report(
            mock.Mock(side_effect=exception.HypervisorUnavailable)
        )
        self.assertNotIn('libvirt', report['versions'])
        self.assertEqual(
            [0, 2, 0, 2], [found['code'] for found in report['findings']]
        )

    def test_another_driver_needs_none_of_it(self):
        report = self.report(mock.Mock(side_effect=NotImplementedError))
        self.assertEqual([GREEN], report['findings'])
        self.assertEqual('other than libvirt', report['versions']['driver'])
