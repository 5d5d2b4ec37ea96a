# SPDX-License-Identifier: Apache-2.0
from nova import exception
from oslotest import base

from nova_live_tune import planning
from nova_live_tune.compute import devices, refusals


class StatusTest(base.BaseTestCase):
    def test_the_first_that_fits(self):
        for status, error in (
            (400, exception.Invalid('no')),
            (400, planning.Invalid('no')),
            (403, exception.Forbidden('no')),
            (404, exception.NotFound('no')),
            (404, devices.NoSuchDevice('no')),
            (501, NotImplementedError('no')),
            # All of these are Invalid, too.
            (
                409,
                exception.InstanceInvalidState(
                    instance_uuid='id', attr='a', state='s', method='m'
                ),
            ),
        ):
            self.assertEqual(status, refusals.status(error), repr(error))

    def test_what_is_none(self):
        for error in (exception.NovaException('no'), ZeroDivisionError()):
            self.assertEqual(500, refusals.status(error))
