# SPDX-License-Identifier: Apache-2.0
"""Who may do what: a member, a reader, and somebody else's admin."""

import secrets

import openstack

from lab.tenant import Tenant
from nova_live_tune.tests.e2e import base

QUOTA = {'setCpuQuota': {'quota': 40000}}


class TenantsTest(base.ServerTest):
    def test_a_member_who_is_no_admin_may_tune(self) -> None:
        roles = self.tenant.connection.session.auth.get_access(
            self.tenant.connection.session
        ).role_names
        self.assertNotIn('admin', roles)
        entry = self.tune(QUOTA)
        self.assertEqual(40000, entry['effective']['quota'])

    def test_a_reader_may_look(self) -> None:
        reader = Tenant('lab-reader')
        self.assertEqual(self.limits(), reader.limits(self.server))

    def test_a_reader_may_not_tune(self) -> None:
        before = self.reported()
        reader = Tenant('lab-reader')
        for body in (
            QUOTA,
            {'setInterface': {'interface': 1, 'rate': 1000}},
            {'setDiskIO': {'disk': 'vda', 'total_iops_sec': 10}},
            {'resetLiveTune': None},
        ):
            response = self.post(body, reader)
            self.assertEqual(403, response.status_code, response.text)
        self.assertEqual(before, self.reported())

    def test_a_foreign_tenant_sees_no_server(self) -> None:
        stranger = self._stranger()
        for response in (
            stranger.compute.get(f'/servers/{self.server.id}/os-live-tune'),
            stranger.compute.post(
                f'/servers/{self.server.id}/action', json=QUOTA
            ),
        ):
            self.assertEqual(404, response.status_code, response.text)

    def test_a_locked_server_is_the_admins(self) -> None:
        admin = Tenant('lab-admin')
        admin.connection.compute.lock_server(self.server)
        self.addCleanup(admin.connection.compute.unlock_server, self.server)
        response = self.post(QUOTA)
        self.assertEqual(409, response.status_code, response.text)
        self.assertIn('locked', response.text)
        response = self.post(QUOTA, admin)
        self.assertEqual(202, response.status_code, response.text)
        self.assertEqual(
            202, self.post({'resetLiveTune': None}, admin).status_code
        )

    def _stranger(self) -> openstack.connection.Connection:
        """A member of a project of their own."""
        admin = Tenant('lab-admin').connection
        identity = admin.identity
        password = secrets.token_hex(16)
        project = identity.create_project(name='e2e-stranger')
        self.addCleanup(identity.delete_project, project)
        user = identity.create_user(
            name='e2e-stranger', password=password, default_project=project.id
        )
        self.addCleanup(identity.delete_user, user)
        role = identity.find_role('member')
        identity.assign_project_role_to_user(project, user, role)
        return openstack.connect(
            auth={
                'auth_url': admin.config.auth['auth_url'],
                'username': user.name,
                'password': password,
                'project_id': project.id,
                'user_domain_name': 'Default',
            },
            region_name=admin.config.get_region_name(),
            load_envvars=False,
            load_yaml_config=False,
        )
