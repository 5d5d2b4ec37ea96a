# SPDX-License-Identifier: Apache-2.0
"""What is kept is in effect again, whoever or whatever interfered."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from lab import hosts, power, settings, virsh
from lab.probe import on
from nova_live_tune.tests.e2e import base, operations, records

SERVICE = 'nova-compute'
#: [live_tune]reconcile_interval of the lab, and what a pass may take.
INTERVAL = 15
LEEWAY = 10
PATIENCE = 90


class KeepingTest(base.ServerTest):
    ALONE = True

    def setUp(self) -> None:
        super().setUp()
        self.host = hosts.find(self.guest.host)

    def quota(self) -> int:
        return int(virsh.cpu(self.host.name, self.server.id)['quota'])

    def kept(self) -> Any:
        return self.limits()['cpu']['tuned'].get('quota')

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> None:
        end = time.monotonic() + seconds
        while not condition():
            limits = (self.quota(), self.limits()['cpu'])
            self.assertLess(time.monotonic(), end, limits)
            time.sleep(0.5)

    def reconciled(self) -> int:
        """How often that is recorded as an action of the server."""
        actions = self.tenant.connection.compute.server_actions(self.server)
        return sum(a.action == 'live_tune_reconcile' for a in actions)

    def counted(self) -> int:
        """How often nova-compute says that it had to."""
        log = settings.LOGS / f'{SERVICE}-{self.host.name}.log'
        counts = re.findall(r'\(case (\d+) on', log.read_text())
        return int(counts[-1]) if counts else 0

    def test_what_virsh_changed_is_put_back_within_an_interval(self) -> None:
        self.tune({'setCpuQuota': {'quota': 40000}})
        power.restart(self.host, SERVICE)
        before = self.reconciled()
        for scope in ('--live', '--config'):
            on(
                self.host.name,
                *('virsh', 'schedinfo', self.server.id, scope),
                *('--set', 'vcpu_quota=90000'),
            )
        self.assertEqual(90000, self.quota())
        reason = self.limits()['cpu']['not_in_effect']
        self.assertEqual('quota is 90000 where 40000 is kept.', reason)
        self.wait_for(lambda: self.quota() == 40000, INTERVAL + LEEWAY)
        self.assertIsNone(self.limits()['cpu']['not_in_effect'])
        self.assertEqual(before + 1, self.reconciled())
        self.assertEqual(1, self.counted())

    def test_what_a_stale_writer_lost_is_healed(self) -> None:
        self.tune({'setCpuQuota': {'quota': 40000}})
        records.lose_what_is_kept(self.server.id)
        self.assertEqual(40000, self.kept())
        self.assertEqual(40000, self.effective()['cpu']['quota'])

    @contextlib.contextmanager
    def killed_before_the_save(self, quota: int) -> Iterator[None]:
        """nova-compute has set it in libvirt, and dies on its way to save."""
        body = {'setCpuQuota': {'quota': quota}}
        # What starts anew cannot be there before saving goes on.
        with contextlib.ExitStack() as last, records.no_saving(self.server.id):
            # Who asked waits for an answer that will not come.
            threading.Thread(
                target=self.post, args=(body,), daemon=True
            ).start()
            records.wait_for_a_save()
            self.assertEqual(quota, self.quota())
            last.enter_context(power.killed(self.host, SERVICE))
            yield

    def test_killed_before_the_save_the_former_limit_wins(self) -> None:
        self.tune({'setCpuQuota': {'quota': 40000}})
        with self.killed_before_the_save(70000):
            records.fail_the_save()
        self.wait_for(lambda: self.quota() == 40000, PATIENCE)
        self.assertEqual(40000, self.kept())
        self.assertEqual(self.reported(), self.effective())
        self.assertIsNone(self.limits()['cpu']['not_in_effect'])

    def test_killed_after_the_save_the_new_limit_wins(self) -> None:
        self.tune({'setCpuQuota': {'quota': 40000}})
        with self.killed_before_the_save(70000):
            pass  # The conductor completes it all the same.
        self.wait_for(lambda: self.kept() == 70000, PATIENCE)
        self.wait_for(lambda: self.quota() == 70000, PATIENCE)
        self.assertEqual(self.reported(), self.effective())


class ComingBackTest(base.ServerTest):
    """Apart: what is left to forget of its ports changes what is saved."""

    ALONE = True

    def test_a_port_that_comes_back_starts_from_the_flavor(self) -> None:
        compute = self.tenant.connection.compute
        network = self.tenant.connection.network
        net = network.find_network('net1')
        port = network.create_port(network_id=net.id)
        self.addCleanup(network.delete_port, port.id)

        def nics() -> dict[str, Any]:
            return {n['port_id']: n for n in self.limits()['interfaces']}

        first = self.limits()['interfaces'][0]['port_id']
        self.tune({'setInterface': {'interface': first, 'rate': 3000}})
        for _ in range(2):
            compute.create_server_interface(self.server, port_id=port.id)
            operations.until(
                lambda: port.id in nics(), 'the port is not there'
            )
            self.assertEqual({}, nics()[port.id]['tuned'])
            effective = nics()[port.id]['effective']
            self.assertEqual(0, effective['inbound']['average'])
            self.tune({'setInterface': {'interface': port.id, 'rate': 900}})
            compute.delete_server_interface(port.id, server=self.server)
            operations.until(
                lambda: port.id not in nics(), 'the port is still there'
            )
            # The other NIC keeps its own all the time.
            self.assertEqual(
                3000, nics()[first]['effective']['outbound']['peak']
            )
