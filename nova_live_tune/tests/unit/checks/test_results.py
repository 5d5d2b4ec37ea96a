# SPDX-License-Identifier: Apache-2.0
from oslotest import base

from nova_live_tune.checks import results


class JoinTest(base.BaseTestCase):
    def test_as_bad_as_the_worst_and_each_on_its_line(self):
        joined = results.join(
            [
                results.success('a is well.'),
                results.failure('b is not.'),
                results.warning('c may be.'),
            ]
        )
        self.assertEqual(results.Code.FAILURE, joined.code)
        self.assertEqual('a is well.\nb is not.\nc may be.', joined.details)

    def test_all_green(self):
        joined = results.join([results.success('a'), results.success('b')])
        self.assertEqual(results.Code.SUCCESS, joined.code)
