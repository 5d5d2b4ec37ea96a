# SPDX-License-Identifier: Apache-2.0
import testtools
from webob import exc

from nova_live_tune.api import verdicts


class VerdictsTest(testtools.TestCase):
    def of(self, attempt):
        answer = verdicts.of(attempt)
        self.assertEqual(200, answer.code)
        return answer.obj

    def test_allowed(self):
        verdict = {'allowed': True, 'code': 202, 'reason': None}
        self.assertEqual(
            {'dry_run': verdict, 'cpu': 1}, self.of(lambda: {'cpu': 1})
        )

    def test_refused(self):
        def refuse():
            raise exc.HTTPConflict(explanation='It is busy.')

        verdict = {'allowed': False, 'code': 409, 'reason': 'It is busy.'}
        self.assertEqual({'dry_run': verdict}, self.of(refuse))

    def test_nobody_can_tell(self):
        def fail():
            raise exc.HTTPServiceUnavailable(explanation='It is down.')

        self.assertRaises(exc.HTTPServiceUnavailable, verdicts.of, fail)
