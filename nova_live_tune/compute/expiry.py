# SPDX-License-Identifier: Apache-2.0
"""Ending leases in time, on one host."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import nova.conf
from nova import exception, objects
from oslo_concurrency import lockutils
from oslo_log import log as logging
from oslo_service import loopingcall

from nova_live_tune import clock
from nova_live_tune.compute import announce, record, store
from nova_live_tune.compute.store import Kept
from nova_live_tune.virt.libvirt import driver
from nova_live_tune.virt.libvirt.guest import Guest

LOG = logging.getLogger(__name__)

#: Seconds between two looks at the clock.
BEAT = 1
#: Seconds until what failed is tried again.
PAUSE = 10
ACTION = 'the end of a lease'

_ATTRS = ['system_metadata', 'info_cache', 'flavor']


class Expirer:
    """Ends the leases of a host's guests when their time has come.

    Where a server does not run, or is on its way to another host, its XML has
    nothing any more that has ended; the host where it starts does the rest.
    """

    def __init__(self, host: str, tuner: Callable[[], driver.Tuner]) -> None:
        self._host = host
        self._tuner = tuner
        #: By uuid when a guest is to be looked at, in seconds since 1970.
        self._when: dict[str, float] = {}
        #: When to ask libvirt which guests there are; infinity once it told.
        self._learn_at = -math.inf
        #: The guests of which the last try failed: that is told once.
        self._failed: set[str] = set()

    def start(self, context: Any) -> None:
        """Look at the clock from now on.

        :raises NotImplementedError: if the host's driver is not libvirt's
        """
        self._tuner()
        if not nova.conf.CONF.periodic_enable:
            return
        # Beside Nova's periodic tasks, as any of those may take long.
        loopingcall.FixedIntervalLoopingCall(self.beat, context).start(
            BEAT, initial_delay=BEAT, stop_on_exception=False
        )

    def expect(self, uuid: str, kept: Kept) -> None:
        """Look at a guest when what is kept of it ends."""
        ends = kept.ends()
        if ends:
            self._when[uuid] = ends[0]
        else:
            self._when.pop(uuid, None)

    def hear(self, uuid: str, kept: Kept) -> None:
        """Look at a guest in time for what may be kept of it.

        Unlike what :meth:`expect` is told, it may be out of date.
        """
        for end in kept.ends()[:1]:
            self._when[uuid] = min(end, self._when.get(uuid, end))

    def notice(self, uuid: str) -> None:
        """Look at a guest soon: it is new here, or was not running."""
        self._when[uuid] = -math.inf

    def beat(self, context: Any) -> None:
        """Look at the guests whose time has come."""
        now = clock.now()
        if self._learn_at <= now:
            self._learn(now)
        for uuid, when in list(self._when.items()):
            if when <= now:
                self._try(context, uuid, now)

    def end(
        self, instance: Any, guest: Guest | None, tuner: driver.Tuner
    ) -> Kept:
        """End what has ended of a server whose lock the caller has.

        :returns: what is kept of it then
        """
        kept = store.newest(instance, guest.kept() if guest else None)
        if guest is None or not kept.has_ended():
            return kept
        found = kept.devices(instance)
        ended = [d for d in found if kept.stack(d).has_ended(kept.now)]
        decided = tuner.end(guest, ended, kept)
        left = kept.only(found).changed(
            (d.device, d.outcome.stack) for d in decided
        )
        tuner.carry_out(
            instance,
            guest,
            ACTION,
            decided,
            lambda: store.save(instance, left),
        )
        LOG.info(
            'Leases have ended: %(changes)s',
            {'changes': {str(d.device): d.outcome.changes for d in decided}},
            instance=instance,
        )
        record.expired(instance)
        announce.expired(instance, decided, kept.ends()[0], kept.now)
        return left

    def _learn(self, now: float) -> None:
        """Find out which leases there are, as nobody was here before."""
        try:
            for uuid, guest in self._tuner().all_running().items():
                kept = guest.kept()
                if kept is not None:
                    self.hear(uuid, kept)
        except Exception:
            self._learn_at = now + PAUSE
            LOG.exception('Which leases there are is not known yet')
        else:
            self._learn_at = math.inf

    def _try(self, context: Any, uuid: str, now: float) -> None:
        try:
            # The lock of tune(), and of Nova's own work on an instance, which
            # may take long: others must not wait for it.
            with lockutils.lock(uuid, 'nova-', blocking=False):
                self._look(context, uuid)
        except lockutils.AcquireLockFailedException:
            return
        except exception.InstanceNotFound:
            self._when.pop(uuid, None)
        except Exception as error:
            self._when[uuid] = now + PAUSE
            self._tell(uuid, error)

    def _look(self, context: Any, uuid: str) -> None:
        tuner = self._tuner()
        instance = objects.Instance.get_by_uuid(
            context, uuid, expected_attrs=_ATTRS
        )
        guest = tuner.running(instance)
        if guest is not None and instance.task_state:
            return  # until that is over
        if guest is None or instance.host != self._host:
            self._when.pop(uuid, None)
            return
        self.expect(uuid, self.end(instance, guest, tuner))
        self._failed.discard(uuid)

    def _tell(self, uuid: str, error: Exception) -> None:
        LOG.exception('Leases of %s have not been ended', uuid)
        if uuid not in self._failed:
            self._failed.add(uuid)
            record.expired(objects.Instance(uuid=uuid), str(error))
