# SPDX-License-Identifier: Apache-2.0
"""A guest that dies while it is tuned."""

import time
from concurrent import futures

from lab import power
from nova_live_tune.tests.e2e import base, operations


class DyingTest(base.ServerTest):
    ALONE = True

    def disk(self, iops: int) -> dict[str, object]:
        return {'setDiskIO': {'disk': 'vda', 'total_iops_sec': iops}}

    def test_it_is_refused_and_nothing_is_lost(self) -> None:
        subject = operations.Subject(self.server.name, server=self.server)
        self.tune(self.disk(300))
        before = self.limits()
        # libvirt waits for its answer, so that it dies in the call.
        power.freeze_guest(subject.host, self.server.id)
        with futures.ThreadPoolExecutor() as pool:
            asked = pool.submit(self.post, self.disk(500))
            time.sleep(3)
            self.assertFalse(asked.done())
            operations.killed_guest(subject)
            response = asked.result()
        self.assertEqual(409, response.status_code, response.text)
        self.assertIn('power_state', response.text)
        self.assertEqual(before, self.limits())
        self.assertEqual(self.reported(), self.effective())
