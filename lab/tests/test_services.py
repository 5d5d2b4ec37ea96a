# SPDX-License-Identifier: Apache-2.0
import configparser

from lab import health, hosts, render, services, settings, venvs
from lab.tests.base import LabCase

MORE = {
    'virt_type': 'qemu',
    'datapath_type': 'netdev',
    'host_uuid': 'u',
    'static': 's',
    'secret_key': 'k',
}
VERSIONS = {'venv': 'v', 'nova': 'n', 'horizon': 'h'}


class TestServices(LabCase):
    def setUp(self) -> None:
        super().setUp()
        venv = self.lab / 'venv'
        self.patch(settings, 'VENV', venv)
        for shipped in render.SHIPPED.values():
            (venv / shipped).parent.mkdir(parents=True, exist_ok=True)
            (venv / shipped).touch()
        for host in hosts.HOSTS:
            venvs.link(host.venv, venv)

    def programs(
        self, host: hosts.Host, versions: dict[str, str] = VERSIONS
    ) -> dict[str, str]:
        """What supervisor compares, by program."""
        render.render(host, MORE)
        services.write_supervisor(host, versions)
        parser = configparser.RawConfigParser()
        parser.read(host.etc / 'supervisord.conf')
        return {
            section.partition(':')[2]: parser[section]['environment']
            for section in parser.sections()
            if section.startswith('program:')
        }

    def changed(
        self, before: dict[str, str], after: dict[str, str]
    ) -> set[str]:
        return {name for name in before if before[name] != after[name]}

    def test_every_check_is_of_a_service(self) -> None:
        known = {
            (host, name)
            for host in hosts.HOSTS
            for name in self.programs(host)
        }
        self.assertEqual(set(), set(health.checks()) - known)

    def assert_restarts_nova_alone(
        self, before: dict[str, str], after: dict[str, str], host: hosts.Host
    ) -> None:
        names = {
            'controller': {'nova-api', 'nova-conductor', 'nova-scheduler'},
            'compute': {'nova-compute'},
        }
        self.assertEqual(names[host.role], self.changed(before, after))

    def test_another_nova_restarts_nova_alone(self) -> None:
        for host in hosts.HOSTS:
            before = self.programs(host)
            after = self.programs(host, {**VERSIONS, 'nova': 'other'})
            self.assert_restarts_nova_alone(before, after, host)

    def test_horizon_reads_novas_policy(self) -> None:
        before = self.programs(hosts.CONTROLLER)
        policy = hosts.CONTROLLER.etc / 'nova' / 'policy.yaml'
        self.patch(render, 'render', lambda *_: policy.write_text('{}'))
        after = self.programs(hosts.CONTROLLER)
        self.assertEqual({'nova-api', 'horizon'}, self.changed(before, after))

    def test_another_panel_restarts_horizon_alone(self) -> None:
        before = self.programs(hosts.CONTROLLER)
        other = {**VERSIONS, 'horizon': 'other'}
        after = self.programs(hosts.CONTROLLER, other)
        self.assertEqual({'horizon'}, self.changed(before, after))

    def test_horizon_is_not_of_openstacks_environment(self) -> None:
        before = self.programs(hosts.CONTROLLER)
        other = {**VERSIONS, 'venv': 'other'}
        changed = self.changed(before, self.programs(hosts.CONTROLLER, other))
        self.assertEqual(set(before) - {'horizon'}, changed)

    def test_a_variant_restarts_nova_alone(self) -> None:
        for host in hosts.HOSTS:
            before = self.programs(host)
            venvs.link(host.venv, self.lab / 'another')
            self.assert_restarts_nova_alone(before, self.programs(host), host)

    def test_a_changed_file_restarts_who_reads_it(self) -> None:
        host = hosts.COMPUTES[0]
        before = self.programs(host)
        self.patch(render, 'passwords', _Passwords())
        after = self.programs(host)
        self.assertEqual(
            {'nova-compute', 'neutron-ovs-agent'},
            self.changed(before, after),
        )

    def test_files_are_for_root_alone(self) -> None:
        self.programs(hosts.CONTROLLER)
        config = hosts.CONTROLLER.etc / 'nova' / 'nova.conf'
        self.assertEqual(0o600, config.stat().st_mode & 0o777)


class _Passwords:
    @staticmethod
    def everyone() -> dict[str, str]:
        names = 'keystone placement glance neutron nova cinder'
        names += ' database rabbitmq'
        return {f'password_{name}': 'new' for name in names.split()}
