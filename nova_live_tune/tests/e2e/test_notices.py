# SPDX-License-Identifier: Apache-2.0
"""What operators are told: from RabbitMQ, and by a scrape of nova-compute."""

from typing import Any

from lab import hosts
from lab.probe import on
from nova_live_tune.tests.e2e import base, bus, test_keeping

#: Seconds.
PATIENCE = 30
DRIFTED = test_keeping.INTERVAL + test_keeping.LEEWAY
SETS = 'nova_live_tune_set_duration_seconds'
CPU = {'setCpuQuota': {'quota': 40000}}
#: A peak without an average, which the host finds out.
INVALID = {'setInterface': {'interface': 1, 'inbound': {'peak': 500}}}


class NoticesTest(base.ServerTest):
    bus: bus.Bus

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.bus = cls.enterClassContext(bus.listen())

    def setUp(self) -> None:
        super().setUp()
        self.host = hosts.find(self.guest.host)
        # The last of it is what this one tells.
        self.tenant.tune(self.server, {'resetLiveTune': None})
        self.bus.wait(self.server.id, 'end', PATIENCE)
        self.since = len(self.bus.of(self.server.id))
        self.before = bus.scrape(self.host)

    def wait(self, phase: str, seconds: float = PATIENCE) -> Any:
        return self.bus.wait(self.server.id, phase, seconds, self.since)

    def moved(self) -> dict[str, float]:
        """What was counted since the beginning of the test."""
        now = bus.scrape(self.host)
        return {
            name: number - self.before[name]
            for name, number in now.items()
            if number != self.before[name]
        }

    def virsh(self, quota: int) -> None:
        command = ('virsh', 'schedinfo', self.server.id, '--live')
        on(self.host.name, *command, '--set', f'vcpu_quota={quota}')

    def test_a_change(self) -> None:
        self.tune(CPU)
        end = self.wait('end')
        start = self.bus.of(self.server.id)[-2]
        self.assertEqual(f'{bus.PREFIX}start', start['event_type'])
        self.assertEqual({('cpu', 'quota'): (None, 40000)}, bus.knobs(start))
        self.assertEqual({('cpu', 'quota'): (-1, 40000)}, bus.knobs(end))
        self._check_who(bus.data(start))
        self._check_who(bus.data(end))
        moved = self.moved()
        done = '{action="setCpuQuota",outcome="done"}'
        self.assertEqual(1, moved[f'{SETS}_count{done}'])
        self.assertLess(moved[f'{SETS}_sum{done}'], 5)

    def _check_who(self, data: dict[str, Any]) -> None:
        connection = self.tenant.connection
        user, project = (
            connection.current_user_id,
            connection.current_project_id,
        )
        self.assertEqual(self.server.name, data['display_name'])
        self.assertEqual(self.host.name, data['host'])
        self.assertEqual('setCpuQuota', data['action'])
        self.assertEqual(user, data['action_initiator_user'])
        self.assertEqual(project, data['action_initiator_project'])
        (action,) = [
            found
            for found in connection.compute.server_actions(self.server)
            if found.request_id == data['request_id']
        ]
        self.assertEqual('set_cpu_quota', action.action)

    def test_a_refusal(self) -> None:
        response = self.post(INVALID)
        self.assertEqual(400, response.status_code)
        error = self.wait('error')
        self.assertEqual('ERROR', error['priority'])
        fault = bus.data(error)['fault']['nova_object.data']
        said = response.json()['badRequest']['message']
        self.assertEqual(said, fault['exception_message'])
        moved = self.moved()
        self.assertEqual(
            1, moved['nova_live_tune_refusals_total{status="400"}']
        )
        refused = '{action="setInterface",outcome="refused"}'
        self.assertEqual(1, moved[f'{SETS}_count{refused}'])

    def test_drift(self) -> None:
        self.tune(CPU)
        self.virsh(90000)
        drift = self.wait('drift', DRIFTED)
        self.assertEqual({('cpu', 'quota'): (90000, 40000)}, bus.knobs(drift))
        self.assertIsNone(bus.data(drift)['action_initiator_user'])
        self.assertEqual(40000, self.reported()['cpu']['quota'])
        self.assertEqual(1, self.moved()['nova_live_tune_drifts_total'])
