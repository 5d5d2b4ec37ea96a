# SPDX-License-Identifier: Apache-2.0
import fixtures
from nova.tests.fixtures import libvirt_imagebackend
from nova.virt.libvirt import imagebackend


class DiskQosFixture(fixtures.Fixture):
    """Gives local disks the limits of the flavor.

    Nova's fake image backend leaves out the step of the real one that does.
    """

    def _setUp(self):
        original = libvirt_imagebackend.LibvirtImageBackendFixture
        plain_info = original._fake_libvirt_info

        def with_qos(backend, disk, cache_mode, extra_specs, *args, **kwargs):
            info = plain_info(
                backend, disk, cache_mode, extra_specs, *args, **kwargs
            )
            imagebackend.Image.disk_qos(disk, info, extra_specs)
            return info

        self.useFixture(
            fixtures.MonkeyPatch(
                'nova.tests.fixtures.libvirt_imagebackend.'
                'LibvirtImageBackendFixture._fake_libvirt_info',
                with_qos,
            )
        )
