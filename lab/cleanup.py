# SPDX-License-Identifier: Apache-2.0
"""Stop the lab, and remove it."""

import shutil

from lab import hosts, kernel, mounts, network, settings, supervisor
from lab.hosts import COMPUTES, CONTROLLER, HOSTS
from lab.shell import Failed
from lab.tasks import Progress


def down(progress: Progress) -> None:
    """Only what keeps data is given time to stop."""
    for host in COMPUTES:
        if hosts.first_process(host):
            progress.say(f'{host.name}: plug pulled')
            hosts.power_off(host)
    if hosts.first_process(CONTROLLER):
        progress.say('controller: MariaDB and RabbitMQ put their data away')
        try:
            supervisor.stop(CONTROLLER, ['mariadb', 'rabbitmq'])
        except (*supervisor.ERRORS, Failed) as problem:
            progress.say(f'controller: plug pulled all the same: {problem}')
        hosts.power_off(CONTROLLER)
    for host in HOSTS:
        hosts.power_off(host)
    network.unplug_machine()
    mounts.remove_folders()
    kernel.unload_datapath()


def purge(progress: Progress) -> None:
    down(progress)
    shutil.rmtree(settings.LAB)
    progress.say(
        f'{settings.LAB} is gone; the Debian packages of bindep.txt stay.'
    )
