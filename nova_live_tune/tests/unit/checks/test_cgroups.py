# SPDX-License-Identifier: Apache-2.0
import pathlib

import fixtures
from oslotest import base

from nova_live_tune.checks import cgroups, results
from nova_live_tune.virt.libvirt import guest

V1 = 'cgroup /sys/fs/cgroup/{0} cgroup rw,relatime,{0} 0 0\n'
UNIFIED = 'cgroup2 /sys/fs/cgroup/unified cgroup2 rw,nsdelegate 0 0\n'


class CgroupsTest(base.BaseTestCase):
    def host(self, version, **files):
        self.useFixture(
            fixtures.MockPatchObject(guest, 'cgroup_version', lambda: version)
        )
        folder = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        for name, text in files.items():
            (folder / name).write_text(text)
            self.useFixture(
                fixtures.MockPatchObject(cgroups, name, folder / name)
            )

    def assert_failure(self, version, advice):
        result = cgroups.check()
        self.assertEqual(results.Code.FAILURE, result.code)
        self.assertIn(f'cgroup v{version} has no cpu', result.details)
        self.assertIn(advice, result.details)

    def test_v1(self):
        self.host(1, MOUNTS=V1.format('cpu,cpuacct') + UNIFIED)
        self.assertEqual(results.Code.SUCCESS, cgroups.check().code)
        self.assertIn('v1', cgroups.check().details)

    def test_v1_without_it(self):
        others = V1.format('cpuset') + V1.format('cpuacct')
        foreign = 'tmpfs /tmp tmpfs rw,cpu 0 0\n'
        self.host(1, MOUNTS=others + UNIFIED + foreign)
        self.assert_failure(1, 'Mount it')

    def test_v2(self):
        self.host(2, CONTROLLERS='cpuset cpu io memory pids\n')
        self.assertEqual(results.Code.SUCCESS, cgroups.check().code)
        self.assertIn('v2', cgroups.check().details)

    def test_v2_without_it(self):
        self.host(2, CONTROLLERS='cpuset io memory pids\n')
        self.assert_failure(2, 'cgroup_disable=cpu')
