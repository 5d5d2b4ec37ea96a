# SPDX-License-Identifier: Apache-2.0
"""A server whose compute host may die at any step, and be started again."""

import types
from unittest import mock

from nova.virt.libvirt import driver as nova_driver
from nova.virt.libvirt import guest as nova_guest

from nova_live_tune.compute import manager, reconcile
from nova_live_tune.compute.store import Kept
from nova_live_tune.compute.terms import Terms
from nova_live_tune.tests.functional.fake import domain
from nova_live_tune.tests.property import host
from nova_live_tune.virt.libvirt import guest

#: What changes something.
_STEPS = (
    'setSchedulerParametersFlags',
    'setInterfaceParameters',
    'setBlockIoTune',
    'save',
    'setMetadata',
)


class Crash(BaseException):
    """The process is gone: nothing is undone."""


class World:
    """A server's record, its domain, and the service between the two.

    :ivar saved: what of the record was ever saved, the first one first
    """

    def __init__(self):
        self.domain = domain.Domain(mock.MagicMock(), host.GUEST, running=True)
        self.record = {}
        self.saved = [{}]
        nova = mock.MagicMock(spec=nova_driver.LibvirtDriver)
        nova._host = mock.Mock()
        found = nova_guest.Guest(self.domain)
        nova._host.get_guest = lambda _: found
        nova._host.list_guests = lambda: [
            types.SimpleNamespace(uuid='server', _domain=self.domain)
        ]
        self.endpoint = manager.LiveTuneEndpoint(
            types.SimpleNamespace(host='here', driver=nova)
        )

    def instance(self, *_, **more):
        """The server as the database has it."""
        instance = types.SimpleNamespace(
            uuid='server',
            host='here',
            task_state=None,
            system_metadata=dict(self.record),
            _context=None,
        )

        def save(expected_task_state):
            self.domain.calls.run(
                'save', lambda: self._save(instance.system_metadata)
            )

        instance.save = save
        return instance

    def _save(self, metadata):
        self.record = dict(metadata)
        self.saved.append(self.record)

    def tune(self, jobs, steps=None):
        """Tune devices, by their name; or die after some steps of it."""
        self._die_after(steps)
        try:
            self.endpoint._tune(
                self.instance(),
                'tune',
                [(host.DEVICES[name], wanted) for name, wanted in jobs],
                Terms(),
                done=lambda *_: None,
            )
        except Crash:
            pass
        finally:
            self._die_after(None)

    def _die_after(self, steps):
        left = [steps]

        def watch(name):
            if steps is None or name not in _STEPS:
                return
            if left[0] == 0:
                raise Crash
            left[0] -= 1

        self.domain.calls.watch = watch

    def go_back(self, ago):
        """Have somebody save the record as it was some changes ago."""
        self.record = self.saved[-1 - ago % len(self.saved)]

    def drift(self, name, values, scope):
        """Set something with virsh."""
        device = host.DEVICES[name]
        guest.Guest(self.domain).write(device, values, scope)

    def reconcile(self):
        """Start the service again."""
        service = reconcile.Reconciler(
            'here', self.endpoint._tuner, lambda *_: None
        )
        service.start('context')
        return service.counts

    def kept(self):
        return Kept.of(self.instance())

    def copied(self):
        return guest.Guest(self.domain).kept()
