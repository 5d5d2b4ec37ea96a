# SPDX-License-Identifier: Apache-2.0
"""Seeing to it that what is kept is what libvirt reports, on one host."""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Iterable
from typing import Any

from nova import objects, utils
from oslo_log import log as logging

from nova_live_tune import conf
from nova_live_tune.compute import announce, record, store
from nova_live_tune.compute.devices import Device
from nova_live_tune.compute.store import Kept
from nova_live_tune.metrics import counting, table
from nova_live_tune.virt.libvirt import driver, mending
from nova_live_tune.virt.libvirt import guest as tunable

LOG = logging.getLogger(__name__)

#: Seconds between two looks at whether anything is due.
TICK = 5

_ATTRS = ['system_metadata', 'info_cache', 'flavor']


class Reconciler:
    """Mends the guests of a host whose limits are not what is kept.

    A guest is compared with the database when it is new here, when an event
    made it due, when libvirt reports other limits of it than last time, and
    every now and then.

    :ivar counts: what happened since nova-compute started: ``drift`` is
        guests whose limits were set again, ``healed`` those whose record had
        lost what the copy in the domain still had, ``failed`` those of which
        something could not be set again
    """

    def __init__(
        self,
        host: str,
        tuner: Callable[[], driver.Tuner],
        hear: Callable[[str, Kept], None],
    ) -> None:
        """Begin with nothing seen.

        :param hear: is told what is kept of each guest that is compared
        """
        self.counts: collections.Counter[str] = collections.Counter()
        self._host = host
        self._tuner = tuner
        self._hear = hear
        self._due: set[str] = set()
        #: By uuid the limits that libvirt reported last; the guest that was
        #: compared with the database longest ago comes first.
        self._seen: dict[str, str] = {}
        self._looked_at: dict[str, None] = {}
        #: By uuid what could not be set again last time.
        self._failures: dict[str, list[str]] = {}
        self._last_pass = time.monotonic()

    def notice(self, uuid: str) -> None:
        """Compare a guest soon: it may have been defined anew."""
        self._due.add(uuid)

    def start(self, context: Any) -> None:
        """Compare all guests: nobody did while nova-compute was down."""
        if conf.options().reconcile:
            self._settle(context, self._tuner().all_running())

    def tick(self, context: Any) -> None:
        """Compare the guests that are due."""
        # Before the guests are listed: one that starts after that stays due.
        due, whole = set(self._due), self._is_time()
        if not conf.options().reconcile or not (whole or due):
            return
        running = self._tuner().all_running()
        self._due -= due - running.keys()
        if whole:
            self._last_pass = time.monotonic()
            due |= self._suspects(running)
        self._settle(context, {u: running[u] for u in due & running.keys()})

    def mend_now(self, context: Any, uuid: str) -> None:
        """Compare one guest at once."""
        guest = self._tuner().all_running().get(uuid)
        if guest is not None:
            self._settle(context, {uuid: guest})

    def _is_time(self) -> bool:
        """Whether the next tick would be too late for the next pass."""
        interval = conf.options().reconcile_interval
        since = time.monotonic() - self._last_pass
        return interval > 0 and since + TICK > interval

    def _suspects(self, running: dict[str, tunable.Guest]) -> set[str]:
        """Look at the next guests; return those to compare.

        Both orders are of the guest that waits longest first.
        """
        options = conf.options()
        known: tuple[dict[str, Any], ...]
        known = (self._looked_at, self._seen, self._failures)
        for by_uuid in known:
            for gone in by_uuid.keys() - running.keys():
                del by_uuid[gone]
        self._looked_at = {
            **dict.fromkeys(running.keys() - self._looked_at.keys()),
            **self._looked_at,
        }
        looked_at = list(self._looked_at)[: options.reconcile_domains]
        suspects = {
            uuid
            for uuid in looked_at
            if self._limits(running[uuid]) != self._seen.get(uuid)
        }
        for uuid in looked_at:
            self._looked_at[uuid] = self._looked_at.pop(uuid)
        records = list(self._seen)[: options.reconcile_records]
        for uuid in records:
            # To the end, even if it turns out to be busy, or not ours.
            self._seen[uuid] = self._seen.pop(uuid)
        return suspects.union(records)

    def _limits(self, guest: tunable.Guest) -> str | None:
        try:
            return guest.limits()
        except tunable.libvirt().libvirtError:
            return None  # it has just ended

    def _settle(self, context: Any, guests: dict[str, tunable.Guest]) -> None:
        """Compare guests with the database, and mend those that differ."""
        found = self._instances(context, guests)
        for instance in found:
            uuid = instance.uuid
            guest: tunable.Guest | None = guests[uuid]
            if instance.task_state:
                # It arrives, or is worked on: it stays due until then.
                self._due.add(uuid)
                continue
            self._due.discard(uuid)
            if instance.host != self._host:
                continue
            kept = Kept.of(instance)
            self._hear(uuid, kept)
            if kept.has_ended():
                # That is no drift, and will be over soon.
                self._due.add(uuid)
                continue
            try:
                if not self._agree(instance, guests[uuid]):
                    guest = self._mend_locked(context, uuid)
                self._remember(uuid, guest)
            except Exception:
                self._count('failed')
                self._remember(uuid, None)
                LOG.exception(
                    'What is kept could not be compared with libvirt',
                    instance=instance,
                )
        # Domains of no instance.
        self._due -= guests.keys() - {instance.uuid for instance in found}

    def _count(self, what: str) -> None:
        self.counts[what] += 1
        counting.count(table.RECONCILING[what])

    def _remember(self, uuid: str, guest: tunable.Guest | None) -> None:
        self._seen.pop(uuid, None)
        if guest is not None:
            self._seen[uuid] = self._limits(guest) or ''

    def _instances(self, context: Any, uuids: Iterable[str]) -> list[Any]:
        if not uuids:
            return []
        return list(
            objects.InstanceList.get_by_filters(
                context,
                {'uuid': list(uuids), 'deleted': False},
                expected_attrs=_ATTRS,
            )
        )

    def _agree(self, instance: Any, guest: tunable.Guest) -> bool:
        """Whether there is nothing to mend, as far as seen without a lock."""
        kept, copied = Kept.of(instance), guest.kept()
        if copied is None and not kept.generation:
            return True
        found = kept.devices(instance)
        if copied != kept or not _is_tidy(instance, kept, found):
            return False
        return not any(mending.drift(guest, d, kept.values(d)) for d in found)

    def _mend_locked(self, context: Any, uuid: str) -> tunable.Guest | None:
        # The lock of tune(), and of Nova's own work on an instance.
        @utils.synchronized(uuid)
        def locked() -> tunable.Guest | None:
            instance = objects.Instance.get_by_uuid(
                context, uuid, expected_attrs=_ATTRS
            )
            guest = self._tuner().running(instance)
            if guest is None or instance.host != self._host:
                return None
            if instance.task_state:
                self._due.add(uuid)
                return None
            self._mend(instance, guest)
            # As libvirt reports it now.
            return self._tuner().running(instance)

        return locked()

    def _mend(self, instance: Any, guest: tunable.Guest) -> None:
        kept = self._healed(instance, guest)
        found = kept.devices(instance)
        done, failed = _set_again(guest, kept, found)
        if done:
            self._count('drift')
            LOG.warning(
                'Limits were not what was set live, and are again (case '
                '%(count)s on this host since the service started): %(done)s',
                {
                    'count': self.counts['drift'],
                    'done': '; '.join(map(str, done)),
                },
                instance=instance,
            )
        if failed:
            self._count('failed')
        # What fails at every pass is told once.
        if done or failed != self._failures.get(instance.uuid, []):
            record.put_back(instance, failed)
            announce.drift(instance, done, failed)
        self._failures[instance.uuid] = failed
        # Only now, as it saves, which may fail.
        kept = self._pruned(instance, kept, found)
        copied = guest.kept()
        if copied != kept:
            mending.copy(instance, guest, kept)

    def _healed(self, instance: Any, guest: tunable.Guest) -> Kept:
        """Return what is kept, from the copy if the record lost something."""
        kept, copied = Kept.of(instance), guest.kept()
        if copied is None or copied.generation <= kept.generation:
            return kept
        copied.put_into(instance)
        instance.save(expected_task_state=[None])
        self._count('healed')
        LOG.warning(
            'The record of limits that were set live was behind the copy in '
            'the domain, and is healed from it: %(lost)s instead of %(was)s',
            {'lost': copied, 'was': kept},
            instance=instance,
        )
        return copied

    def _pruned(self, instance: Any, kept: Kept, found: list[Device]) -> Kept:
        """Forget what was kept of devices that the server has no more."""
        if _is_tidy(instance, kept, found):
            return kept
        left = kept.only(found)
        left.put_into(instance)
        instance.save(expected_task_state=[None])
        if left != kept:
            LOG.info(
                'Forgot the limits of devices that were detached: %s',
                kept.entries.keys() - left.entries.keys(),
                instance=instance,
            )
        return left


def _is_tidy(instance: Any, kept: Kept, found: Iterable[Device]) -> bool:
    """Whether the record has nothing too much, and is found by its mark."""
    return kept == kept.only(found) and store.is_marked(instance)


def _set_again(
    guest: tunable.Guest, kept: Kept, found: Iterable[Device]
) -> tuple[list[mending.Drift], list[str]]:
    """Set what is kept of the devices; return what was done, what failed."""
    done: list[mending.Drift] = []
    failed: list[str] = []
    for device in found:
        try:
            done += mending.mend(guest, device, kept.values(device))
        except tunable.libvirt().libvirtError as error:
            LOG.warning('Cannot set limits of %s again: %s', device, error)
            failed.append(f'{device}: {error}')
    return done, failed
