# SPDX-License-Identifier: Apache-2.0
"""`upgrade check`: all checks, in the order in which their advice is taken."""

from __future__ import annotations

import functools
import textwrap
from collections.abc import Callable
from typing import Any

import nova.conf
from nova import config, objects, rpc
from nova.db.api import api as api_db
from nova.db.main import api as main_db
from oslo_config import cfg
from oslo_log import log
from oslo_upgradecheck import upgradecheck

from nova_live_tune.checks import (
    cgroups,
    computes,
    entry_points,
    local,
    patches,
    policies,
    results,
    traffic,
    versions,
)

#: 60 columns, as in the other projects' commands.
_WRAPPER = textwrap.TextWrapper(
    60,
    subsequent_indent='  ',
    break_long_words=False,
    break_on_hyphens=False,
)

CHECKS: tuple[tuple[str, Callable[[], results.Result]], ...] = (
    ('Patches', patches.check),
    ('Entry points', entry_points.check),
    ('Policy rules', policies.check),
    ('Compute hosts', computes.check),
    (
        'libvirt and QEMU',
        functools.partial(
            local.only, functools.partial(versions.check, local.connect)
        ),
    ),
    ('CPU cgroup', functools.partial(local.only, cgroups.check)),
    ('Traffic control', functools.partial(local.only, traffic.check)),
)


def _row(
    name: str, check: Callable[[], results.Result]
) -> tuple[str, Callable[[Any], results.Result]]:
    return name, lambda commands: check()


class Commands(upgradecheck.UpgradeCommands):
    _upgrade_checks = tuple(_row(*check) for check in CHECKS)

    def _get_details(self, result: results.Result) -> str:
        """Wrap each line by itself, as of the hosts each has its own.

        And break no path or name of a package, which may be copied.
        """
        return '\n'.join(
            _WRAPPER.fill(line) for line in str(result.details).splitlines()
        )

    def check(self) -> results.Code:
        """Print what each check comes to; return the worst."""
        _connect()
        return super().check()


def run(arguments: list[str]) -> int:
    """Run with nova-compute's own configuration; return the exit code.

    Where there is no nova-compute, it is what all of Nova's services share.
    """
    log.register_options(nova.conf.CONF)
    config.set_lib_defaults()
    # Distributions put compute_driver into a file for nova-compute alone.
    files = cfg.find_config_files(project='nova', prog='nova-compute')
    return int(
        upgradecheck.main(nova.conf.CONF, 'nova', Commands(), arguments, files)
    )


def _connect() -> None:
    """Make ready what Nova's own processes have when they start."""
    objects.register_all()
    rpc.init(nova.conf.CONF)
    main_db.configure(nova.conf.CONF)
    api_db.configure(nova.conf.CONF)
