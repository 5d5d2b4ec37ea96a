# SPDX-License-Identifier: Apache-2.0
"""The real openstack shell, in this process, against Nova's API in it."""

import contextlib
import io
import logging
from unittest import mock

from nova.api import auth
from nova.tests import fixtures as nova_fixtures
from openstackclient import shell

from nova_live_tune.tests.command import Done

ROLES = {'admin': 'reader,member,admin', 'fake': 'reader,member'}


class ShellMixin:
    """Runs commands as a user whose name is also the token."""

    def setUp(self):
        super().setUp()
        # Placement's fixture has changed the default for the whole process.
        self.flags(enforce_new_defaults=True, group='oslo_policy')
        self.useFixture(nova_fixtures.RealPolicyFixture())
        create = auth.NovaKeystoneContext._create_context
        project = self.api.project_id

        # Nova's fixture takes who asks from headers that a shell cannot send.
        def of_token(env, **kwargs):
            user = env.get('HTTP_X_AUTH_TOKEN', 'fake')
            env.setdefault('HTTP_X_AUTH_USER', user)
            env.setdefault('HTTP_X_AUTH_PROJECT_ID', project)
            env.setdefault('HTTP_X_ROLES', ROLES.get(user, user))
            return create(env, **kwargs)

        patched = mock.patch.object(
            auth.NovaKeystoneContext, '_create_context', staticmethod(of_token)
        )
        patched.start()
        self.addCleanup(patched.stop)

    def openstack(self, *words, user='fake'):
        """Run a command; return what came of it."""
        options = ('--os-auth-type', 'admin_token', '--os-token', user)
        options += ('--os-endpoint', self.api_fixture.base_url)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.ExitStack() as stack:
            stack.enter_context(_logging_apart())
            stack.enter_context(contextlib.redirect_stdout(out))
            stack.enter_context(contextlib.redirect_stderr(err))
            try:
                status = shell.main([*options, *map(str, words)])
            except SystemExit as stop:
                status = stop.code
        return Done(status, out.getvalue(), err.getvalue())

    def tune(self, *words, **kwargs):
        return self.openstack('server', 'tune', *words, **kwargs)


@contextlib.contextmanager
def _logging_apart():
    """Keep Nova's words off the shell's, and take back what that changes."""
    root, nova = logging.getLogger(), logging.getLogger('nova')
    handlers, level = root.handlers[:], root.level
    nova.propagate = False
    silent = logging.NullHandler()
    nova.addHandler(silent)
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        nova.removeHandler(silent)
        nova.propagate = True
