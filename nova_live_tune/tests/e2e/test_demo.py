# SPDX-License-Identifier: Apache-2.0
"""One step of what `make demo` shows; the whole of it takes minutes."""

from lab import demo, steps
from nova_live_tune.tests.e2e import base


class DemoTest(base.ServerTest):
    def test_the_first_step(self) -> None:
        first, *_ = steps.all_of_them(self.guest.nics[1].port_id)
        for row in demo.try_out(self.tenant, self.server, self.guest, first):
            self.assertTrue(row.agreed, row)
            most = (1 + demo.TOLERANCE) * row.check.limit
            self.assertLessEqual(row.limited or 0, most, row)
            self.assertEqual(len(demo.HEADER), len(row.cells()))
