# SPDX-License-Identifier: Apache-2.0
"""Which Nova a host runs: ours, patched only, or plain as it comes.

For the end-to-end tests of rolling upgrades, and by hand:
python3 -m lab nova HOST ours|patched|plain. `make lab` gives all of them ours.
"""

import concurrent.futures
from pathlib import Path

from lab import extension, health, plan, services, state, supervisor, venvs
from lab.hosts import Host

OURS, PATCHED, PLAIN = VARIANTS = ('ours', 'patched', 'plain')


def use(variant: str, *where: Host) -> None:
    """Restart the hosts' Nova as the variant, and wait until it answers."""
    release = state.release()
    venv = prepare(release, variant)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda host: _restart(host, release, venv), where))


def _restart(host: Host, release: str, venv: Path) -> None:
    venvs.link(host.venv, venv)
    services.write_supervisor(host, plan.versions(release))
    names = [
        service.name for service in services.services(host) if service.is_nova
    ]
    supervisor.update(host)
    supervisor.start(host, names)
    health.wait(host, *names)


def prepare(release: str, variant: str) -> Path:
    """Install what it needs, unless it is there already; its folder."""
    if variant == OURS:
        return venvs.place(release)
    venv = venvs.place(release, variant)
    step = f'variant-{variant}'
    made_of = venvs.digest(venvs.lock(release))
    if variant == PATCHED:
        made_of += extension.patches_version(release)
    if not state.is_done(step, made_of):
        venvs.install(venv, venvs.lock(release))
        venvs.share_bytecode(venvs.place(release), venv)
        if variant == PATCHED:
            extension.patch(release, venv)
        state.done(step, made_of)
    return venv
