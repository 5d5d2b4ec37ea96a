-- SPDX-License-Identifier: Apache-2.0
-- Read by mariadbd at every start, before it takes connections.
CREATE DATABASE IF NOT EXISTS keystone;
CREATE DATABASE IF NOT EXISTS placement;
CREATE DATABASE IF NOT EXISTS glance;
CREATE DATABASE IF NOT EXISTS neutron;
CREATE DATABASE IF NOT EXISTS nova;
CREATE DATABASE IF NOT EXISTS nova_api;
CREATE DATABASE IF NOT EXISTS nova_cell0;
CREATE DATABASE IF NOT EXISTS cinder;
CREATE USER IF NOT EXISTS 'openstack'@'%';
ALTER USER 'openstack'@'%' IDENTIFIED BY '${password_database}';
GRANT ALL PRIVILEGES ON *.* TO 'openstack'@'%';
