# SPDX-License-Identifier: Apache-2.0
import oslo_messaging as messaging
from nova import exception
from oslotest import base
from webob import exc

from nova_live_tune import planning
from nova_live_tune.api import errors
from nova_live_tune.compute import devices


def _state(state='stopped'):
    return exception.InstanceInvalidState(
        instance_uuid='id', attr='vm_state', state=state, method='setCpuQuota'
    )


def _pass_through(error):
    with errors.as_http('the-server'):
        raise error


class AsHttpTest(base.BaseTestCase):
    def _becomes(self, status, error, *words):
        answer = self.assertRaises(status, _pass_through, error)
        for word in words:
            self.assertIn(word, answer.explanation)

    def test_bad_requests(self):
        for error in (
            planning.Invalid('quota 5'),
            exception.Invalid('quota 5'),
        ):
            self._becomes(exc.HTTPBadRequest, error, 'quota 5')

    def test_not_there(self):
        for error in (
            devices.NoSuchDevice('no disk vdz'),
            exception.NotFound('no disk vdz'),
        ):
            self._becomes(exc.HTTPNotFound, error, 'no disk vdz')

    def test_conflicts(self):
        self._becomes(exc.HTTPConflict, _state(), 'stopped')
        self._becomes(
            exc.HTTPConflict,
            exception.InstanceIsLocked(instance_uuid='id'),
            'locked',
        )
        self._becomes(
            exc.HTTPConflict, exception.InstanceNotReady(instance_id='id')
        )
        self._becomes(
            exc.HTTPConflict,
            exception.UnexpectedTaskStateError(
                instance_uuid='id', expected={}, actual={}
            ),
        )

    def test_not_implemented(self):
        self._becomes(
            exc.HTTPNotImplemented, NotImplementedError('libvirt'), 'libvirt'
        )
        for error in (
            messaging.UnsupportedVersion('1.0'),
            messaging.RemoteError(exc_type='UnsupportedVersion'),
        ):
            self._becomes(
                exc.HTTPNotImplemented, error, 'the-server', 'does not run'
            )

    def test_host_down(self):
        self._becomes(
            exc.HTTPServiceUnavailable,
            exception.ServiceUnavailable(),
            'the-server',
            'nothing was changed',
        )

    def test_no_answer_in_time(self):
        for error in (
            messaging.MessagingTimeout(),
            messaging.RemoteError(exc_type='MessagingTimeout'),
        ):
            self._becomes(
                exc.HTTPGatewayTimeout,
                error,
                'GET /servers/the-server/os-live-tune',
            )

    def test_failures_of_the_host(self):
        self._becomes(
            exc.HTTPInternalServerError,
            exception.NovaException('libvirt said no'),
            'libvirt said no',
        )
        self._becomes(
            exc.HTTPInternalServerError,
            messaging.RemoteError(exc_type='KeyError', value='quota'),
            'the-server',
            'KeyError',
        )

    def test_policy_is_left_to_nova(self):
        self._becomes_itself(exception.PolicyNotAuthorized(action='tune'))

    def test_bugs_are_not_hidden(self):
        self._becomes_itself(ZeroDivisionError())

    def _becomes_itself(self, error):
        self.assertIs(
            error, self.assertRaises(type(error), _pass_through, error)
        )
