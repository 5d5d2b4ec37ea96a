# SPDX-License-Identifier: Apache-2.0
"""nova-live-tune-status upgrade check, against hosts of all kinds."""

import contextlib
import io
from unittest import mock

import fixtures
from oslo_serialization import jsonutils
from oslo_upgradecheck import upgradecheck

from nova_live_tune.checks import computes, host, local, package, results
from nova_live_tune.cmd import upgrade
from nova_live_tune.tests.functional import base


class StatusTestCase(base.LiveTuneTestBase):
    def setUp(self):
        super().setUp()
        # What the machine of the tests is able to is no matter here.
        for part in (host.cgroups, host.traffic):
            self.replace(part, 'check', lambda: results.success('fine'))
        # Nova's tests let nobody import it.
        self.replace(local, 'binding', lambda: None)
        # Its own processes have it by now.
        self.replace(upgrade, '_connect', lambda: None)

    def replace(self, place, name, value):
        self.useFixture(fixtures.MockPatchObject(place, name, value))

    def check(self):
        """The exit code, and each check's result and details."""
        as_json = mock.Mock(command=mock.Mock(json=True))
        self.replace(upgradecheck, 'CONF', as_json)
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            code = upgrade.Commands().check()
        rows = jsonutils.loads(printed.getvalue())['checks']
        return code, {
            row['check']: (row['result'], row['details']) for row in rows
        }

    def hosts(self, code):
        """What is told of each host, where no other check finds fault."""
        worst, rows = self.check()
        self.assertEqual(code, worst, rows)
        result, details = rows.pop('Compute hosts')
        self.assertEqual(code, result)
        self.assertEqual({0}, {result for result, _ in rows.values()}, rows)
        told = {}
        for line in details.splitlines():
            name, _, rest = line.partition(': ')
            told.setdefault(name, []).append(rest)
        return told

    def assert_green(self, told):
        (line,) = told
        self.assertIn(f'nova-live-tune {package.VERSION}, series ', line)
        self.assertIn('libvirt ', line)
        self.assertIn('QEMU ', line)


class AllHostsTest(StatusTestCase):
    def test_all_green(self):
        self.start_compute('compute1')
        self.start_compute('compute2')
        told = self.hosts(0)
        self.assertEqual({'compute1', 'compute2'}, set(told))
        for lines in told.values():
            self.assert_green(lines)

    def test_no_host_yet(self):
        code, rows = self.check()
        self.assertEqual(0, code)
        self.assertIn('No cell has', rows['Compute hosts'][1])

    def test_a_host_that_lacks_something(self):
        self.replace(host.cgroups, 'check', lambda: results.failure('No cpu.'))
        self.start_compute('compute1')
        told = self.hosts(2)
        self.assertEqual('No cpu.', told['compute1'][1])


class OneBadHostTest(StatusTestCase):
    def setUp(self):
        super().setUp()
        self.start_compute('compute1')

    def assert_second(self, code, words):
        told = self.hosts(code)
        self.assert_green(told['compute1'])
        (line,) = told['compute2']
        self.assertIn(words, line)

    def test_a_host_without_the_extension(self):
        self.start_without_extension('compute2')
        self.assert_second(2, 'does not run the extension')

    def test_a_host_that_is_down(self):
        self.start_compute('compute2')
        (service,) = self.admin_api.get_services(
            binary='nova-compute', host='compute2'
        )
        self.admin_api.put_service_force_down(service['id'], True)
        self.assert_second(1, 'is down, and was not asked')

    def test_a_host_that_does_not_answer(self):
        self.start_compute('compute2')
        self.computes['compute2'].stop()
        self.replace(computes, 'SECONDS', 3)
        self.assert_second(2, 'no answer within 3 s')


class OlderHostTest(StatusTestCase):
    def test_a_host_that_cannot_report_yet(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'nova_live_tune.compute.manager.LiveTuneEndpoint.report',
                fixtures.MonkeyPatch.delete,
            )
        )
        self.start_compute('compute1')
        (line,) = self.hosts(1)['compute1']
        self.assertIn('an older version', line)


class NoDatabaseTest(StatusTestCase):
    def test_a_compute_host_asks_itself(self):
        self.start_compute('compute1')
        self.start_compute('compute2')
        self.flags(connection=None, group='api_database')
        self.flags(host='compute2')
        self.replace(local, 'binding', mock.Mock())
        result = computes.check()
        self.assertEqual(results.Code.SUCCESS, result.code, result.details)
        self.assertTrue(result.details.startswith('compute2: nova-live-tune'))
