# SPDX-License-Identifier: Apache-2.0
"""A domain's calls: who watches them, and which of them shall fail."""

import dataclasses
import typing

from nova.tests.fixtures import libvirt as nova_fake


def libvirt_error(message, code=nova_fake.VIR_ERR_INTERNAL_ERROR):
    return nova_fake.make_libvirtError(
        nova_fake.libvirtError,
        message,
        error_code=code,
        error_message=message,
        error_domain=nova_fake.VIR_FROM_QEMU,
    )


@dataclasses.dataclass
class Fault:
    """An error at one of the calls to come.

    :ivar nth: which of the calls of that name, counted from 1
    :ivar late: whether the call does its work before it fails
    :ivar meanwhile: what happens then beside it
    """

    name: str
    nth: int
    late: bool = False
    meanwhile: typing.Callable = lambda: None
    error: Exception = dataclasses.field(
        default_factory=lambda: libvirt_error('an injected error')
    )
    seen: int = 0

    @property
    def reached(self):
        return self.seen >= self.nth


class Calls:
    def __init__(self):
        #: Called with the name of each call.
        self.watch = lambda name: None
        self._faults = []

    def fail(self, name, nth=1, **more):
        fault = Fault(name, nth, **more)
        self._faults.append(fault)
        return fault

    def heal(self):
        self._faults = []

    def run(self, name, work):
        """Do a call's work, unless it is to fail."""
        self.watch(name)
        due = [fault for fault in self._faults if self._is_due(fault, name)]
        for fault in due:
            fault.meanwhile()
            if not fault.late:
                raise fault.error
        result = work()
        for fault in due:
            raise fault.error
        return result

    @staticmethod
    def _is_due(fault, name):
        if fault.name != name:
            return False
        fault.seen += 1
        return fault.seen == fault.nth
