# SPDX-License-Identifier: Apache-2.0
"""A server with limits of every kind, and whether it still has them."""

import pathlib

import fixtures
import nova.conf
from nova.tests import fixtures as nova_fixtures

from nova_live_tune.tests.functional import base
from nova_live_tune.tests.functional.fake import domain

CONF = nova.conf.CONF

#: Of every kind, and other ones on each device.
REQUESTS = (
    ('setCpuQuota', {'quota': 50000, 'period': 50000, 'shares': 300}),
    (
        'setInterface',
        {
            'interface': 1,
            'inbound': {'average': 1000, 'peak': 2000, 'burst': 300},
        },
    ),
    ('setInterface', {'interface': 2, 'rate': 800}),
    (
        'setDiskIO',
        {
            'disk': 'vda',
            'total_bytes_sec': 1000,
            'total_bytes_sec_max': 2000,
            'total_bytes_sec_max_length': 5,
        },
    ),
    (
        'setDiskIO',
        {
            'disk': 'vdb',
            'read_iops_sec': 70,
            'write_iops_sec': 80,
            'size_iops_sec': 4096,
        },
    ),
    ('setDiskIO', {'disk': base.VOLUME, 'write_bytes_sec': 9000}),
)


class MovingTestBase(base.OneServerTestBase):
    """A server on compute1 on which Nova can work in every way."""

    def setUp(self):
        super().setUp()
        self._let_servers_move()

    def _let_servers_move(self):
        """Do what Nova's fakes leave out of a move to another host."""

        def power_off(driver, context, instance, *args, **kwargs):
            driver.power_off(instance)
            return '[]'

        patch = fixtures.MonkeyPatch
        driver = 'nova.virt.libvirt.driver.LibvirtDriver'
        self.useFixture(
            patch(f'{driver}.migrate_disk_and_power_off', power_off)
        )
        # Nova saves a rescued domain's XML there.
        pathlib.Path(CONF.instances_path, self.server['id']).mkdir()

    def do(self, action, body=None, status='ACTIVE'):
        """Let Nova work on the server, and wait until it is done."""
        self.admin_api.post_server_action(self.server['id'], {action: body})
        self.wait_for(status)

    def wait_for(self, status='ACTIVE'):
        self._wait_for_server_parameter(
            self.server, {'status': status, 'OS-EXT-STS:task_state': None}
        )

    def move(self, action='migrate', body=None, end='confirmResize'):
        """Migrate or resize the server; it comes back with revertResize."""
        self.do(action, body, 'VERIFY_RESIZE')
        if end:
            self.do(end)

    def resize(self, extra_specs, end='confirmResize', **resources):
        flavor = self.flavor(extra_specs, **resources)
        self.move('resize', {'flavorRef': flavor}, end)

    def add_port(self):
        """A port that no server has yet."""
        port = nova_fixtures.NeutronFixture.port_2
        self.neutron.create_port({'port': port})
        return port


class LastingTestBase(MovingTestBase):
    """A server on compute1 that is tuned in every way.

    :cvar MORE_HOSTS: those that it can move to
    """

    QOS = {'total_bytes_sec': '6000'}
    MORE_HOSTS = ()

    def setUp(self):
        super().setUp()
        for host in self.MORE_HOSTS:
            self.start_compute(host)
        self.add_volume(self.server, self.QOS)
        self.untuned = self.limits(self.server)
        self.tune(self.server)

    def tune(self, server):
        for action, body in REQUESTS:
            self.set(server, action, body)
        self.shown = self.show(server)
        self.before = self.standing(server)

    def parts(self, shown):
        return [shown['cpu'], *shown['interfaces'], *shown['disks']]

    def reasons(self, shown=None):
        shown = shown or self.show(self.server)
        return [p['not_in_effect'] for p in self.parts(shown)]

    def assert_all_in_effect(self):
        """Check that what is kept is what was set, and is in effect."""
        shown = self.show(self.server)
        self.assertEqual([None] * 6, self.reasons(shown))
        for was, part in zip(self.parts(self.shown), self.parts(shown)):
            self.assertEqual(was['tuned'], part['tuned'])
            self._assert_contains(part['tuned'], part['effective'])
        record = self.record(self.server)
        self.assertEqual(self.before['record'], record)
        for flags in (0, domain.nova_fake.VIR_DOMAIN_XML_INACTIVE):
            self.assertEqual(record, self.second_copy(self.server, flags))

    def _assert_contains(self, tuned, effective):
        for name, value in tuned.items():
            if isinstance(value, dict):
                self._assert_contains(value, effective[name])
            else:
                self.assertEqual(value, effective[name], name)

    def assert_nothing_lost(self):
        """Check that the operation made no difference at all."""
        self.assert_all_in_effect()
        self.assertEqual(self.shown, self.show(self.server))
        self.assertEqual(self.before['live'], self.live(self.server))
        self.assertEqual(self.before['config'], self.config(self.server))

    def events(self, action):
        """The events of the newest action of that name."""
        for found in self.admin_api.get_instance_actions(self.server['id']):
            if found['action'] == action:
                return self.admin_api.get_instance_action_details(
                    self.server['id'], found['request_id']
                )['events']
        return []

    def event(self, action, name):
        """The event of that name, of the newest action of that name."""
        found = [e for e in self.events(action) if e['event'] == name]
        self.assertEqual(1, len(found), f'{action}: {name}')
        return found[0]
