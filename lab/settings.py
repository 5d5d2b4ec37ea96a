# SPDX-License-Identifier: Apache-2.0
"""Where things are, and the few numbers that the whole lab shares."""

import os
from pathlib import Path

CLONE = Path(__file__).resolve().parent.parent
HERE = CLONE / 'lab'

# One lab per machine: namespaces, ports and addresses are the machine's too.
LAB = Path(
    os.environ.get('LAB_DIR') or '/var/lib/nova-live-tune-lab'
).absolute()
VENV = LAB / 'venv'
TOOLS = LAB / 'tools'
LOGS = LAB / 'logs'
GUEST = LAB / 'guest'
CLOUDS = LAB / 'clouds.yaml'
# Ahead of the real mount, for those who mount volumes.
NFS = HERE / 'nfs'

DEFAULT_RELEASE = '2026.2'
PYTHON = '/usr/bin/python3'

# Seldom used, so that it collides with no office or home network.
NETWORK = '10.213.71'
PREFIX = 24
# Known to the compute hosts alone: what listens there asks for no password.
MOVE_NETWORK = '10.213.72'
REGION = 'lab'
PORTS = {
    'keystone': 5000,
    'placement': 8778,
    'glance': 9292,
    'neutron': 9696,
    'nova': 8774,
    'cinder': 8776,
    'horizon': 8080,
    'mariadb': 3306,
    'rabbitmq': 5672,
}
# Of nova-compute, on each compute host's own address.
METRICS_PORT = 9816


def url(service: str) -> str:
    return f'http://{NETWORK}.2:{PORTS[service]}'
