# SPDX-License-Identifier: Apache-2.0
"""Stop the lab, and remove it."""

import shutil

from lab import hosts, kernel, mounts, network, settings, supervisor
from lab.hosts import COMPUTES, CONTROLLER, HOSTS
from lab.tasks import Progress


def down(progress: Progress) -> None:
    """Only what keeps data is given time to stop."""
    for host in COMPUTES:
        progress.say(f'{host.name}: plug pulled')
        hosts.power_off(host)
    if hosts.first_process(CONTROLLER):
        progress.say('controller: stopping its services')
        try:
            supervisor.stop_all(CONTROLLER)
        except OSError as problem:
            progress.say(
                f"controller's supervisord does not answer: {problem}"
            )
        hosts.power_off(CONTROLLER)
    for host in HOSTS:
        hosts.power_off(host)
    network.unplug_machine()
    mounts.remove_folders()
    kernel.unload_datapath()


def purge(progress: Progress) -> None:
    down(progress)
    shutil.rmtree(settings.LAB, ignore_errors=True)
    progress.say(
        f'{settings.LAB} is gone; the Debian packages of bindep.txt stay.'
    )
