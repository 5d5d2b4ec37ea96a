# SPDX-License-Identifier: Apache-2.0
"""Users, projects, endpoints; run with OpenStack's Python: one process,
because the openstack command takes seconds a call."""

import sys

import openstack

from lab import passwords, settings

SERVICES = {
    'placement': ('placement', ''),
    'glance': ('image', ''),
    'neutron': ('network', ''),
    'nova': ('compute', '/v2.1'),
    'cinder': ('block-storage', '/v3'),
}
USERS = {'admin': 'admin', 'demo': 'member', 'reader': 'reader'}


def connect() -> openstack.connection.Connection:
    return openstack.connect(
        auth_url=settings.url('keystone') + '/v3',
        username='admin',
        password=passwords.password('admin'),
        project_name='admin',
        user_domain_name='Default',
        project_domain_name='Default',
        region_name=settings.REGION,
    )


def endpoint(cloud: openstack.connection.Connection, name: str) -> None:
    kind, path = SERVICES[name]
    service = cloud.identity.find_service(
        name
    ) or cloud.identity.create_service(name=name, type=kind)
    present = {
        endpoint.interface
        for endpoint in cloud.identity.endpoints(service_id=service.id)
    }
    for interface in {'public', 'internal'} - present:
        cloud.identity.create_endpoint(
            service_id=service.id,
            interface=interface,
            region_id=settings.REGION,
            url=settings.url(name) + path,
        )


def project(cloud: openstack.connection.Connection, name: str) -> str:
    found = cloud.identity.find_project(name)
    return (found or cloud.identity.create_project(name=name)).id


def user(
    cloud: openstack.connection.Connection, name: str, where: str, *roles: str
) -> None:
    found = cloud.identity.find_user(name)
    if found is None:
        found = cloud.identity.create_user(
            name=name, password=passwords.password(name), domain_id='default'
        )
    for role in roles:
        cloud.identity.assign_project_role_to_user(
            where, found.id, cloud.identity.find_role(role).id
        )


def main() -> None:
    cloud = connect()
    for name in SERVICES:
        endpoint(cloud, name)
    service, demo = project(cloud, 'service'), project(cloud, 'demo')
    for name in SERVICES:
        user(cloud, name, service, 'admin', 'service')
    for name, role in USERS.items():
        user(cloud, name, demo, role)


if __name__ == '__main__':
    sys.exit(main())
