# SPDX-License-Identifier: Apache-2.0
"""How a host starts: python3 -m lab.boot HOST makes its namespaces, and in
them python3 -m lab.boot HOST inside becomes its supervisord."""

import os
import socket
import subprocess
import sys
import time

from lab import cgroups, hosts, mounts, settings

NAMESPACES = ('--net', '--mount', '--uts', '--ipc', '--cgroup', '--pid')


def outside(host: hosts.Host) -> None:
    mounts.make_folders(host)
    # Joined before unshare, for a cgroup namespace begins where its maker is.
    cgroups.join(host.name)
    again = [settings.PYTHON, '-m', 'lab.boot', host.name, 'inside']
    os.execvp(
        'unshare',
        [
            'unshare',
            *NAMESPACES,
            '--fork',
            '--kill-child',
            '--mount-proc',
            *again,
        ],
    )


def inside(host: hosts.Host) -> None:
    socket.sethostname(host.name)
    mounts.mount_all(host)
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    if host.role == 'compute':
        _empty_switch()
    _wait_for_address(host)
    # As the first process it also buries what others leave behind.
    python = str(settings.TOOLS / 'bin' / 'python')
    init = str(settings.HERE / 'init.py')
    os.execv(
        python,
        [python, '-I', init, '-n', '-c', str(host.etc / 'supervisord.conf')],
    )


def _empty_switch() -> None:
    """A fresh database at each start: no port of a guest that is gone."""
    schema = '/usr/share/openvswitch/vswitch.ovsschema'
    database = '/run/openvswitch/conf.db'
    subprocess.run(['ovsdb-tool', 'create', database, schema], check=True)


def _wait_for_address(host: hosts.Host) -> None:
    """The cable comes from outside (lab/network.py) once this is there."""
    show = ['ip', '-4', '-o', 'address', 'show', 'dev', 'mgmt0']
    while True:
        done = subprocess.run(show, capture_output=True, text=True)
        if host.address in done.stdout:
            return
        time.sleep(0.05)


if __name__ == '__main__':
    this = hosts.find(sys.argv[1])
    inside(this) if sys.argv[2:] == ['inside'] else outside(this)
