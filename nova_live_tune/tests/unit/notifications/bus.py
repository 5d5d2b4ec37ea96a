# SPDX-License-Identifier: Apache-2.0
"""A message bus to which versioned notifications are published."""

import fixtures
import nova.conf
from nova import rpc

_OPTION = ('notification_format', 'notifications')


class BusFixture(fixtures.Fixture):
    """Nova's notifier, and the option that says whether it is wanted."""

    def _setUp(self):
        self.notifier = self.useFixture(
            fixtures.MockPatchObject(rpc, 'NOTIFIER')
        ).mock
        self.prepared = self.notifier.prepare.return_value
        self.format('versioned')

    def format(self, which):
        name, group = _OPTION
        nova.conf.CONF.set_override(name, which, group)
        self.addCleanup(nova.conf.CONF.clear_override, name, group)
