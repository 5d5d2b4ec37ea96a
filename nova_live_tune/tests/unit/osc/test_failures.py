# SPDX-License-Identifier: Apache-2.0
import testtools
from keystoneauth1 import exceptions as keystoneauth
from openstack import exceptions as sdk
from osc_lib import exceptions

from nova_live_tune.client import errors
from nova_live_tune.osc import failures

POLICY = "Policy doesn't allow it."


class SentenceTest(testtools.TestCase):
    def test_expected_ones_say_what_they_say(self):
        for error, expected in (
            (errors.Refused(409, 'It is locked.'), 'It is locked.'),
            (exceptions.CommandError('No\n  such.'), 'No such.'),
            (sdk.ForbiddenException('Long', details=POLICY), POLICY),
            (sdk.SDKException('Twice there.'), 'Twice there.'),
            (keystoneauth.ConnectFailure('Nobody home.'), 'Nobody home.'),
        ):
            self.assertEqual(expected, failures.sentence(error))

    def test_a_defect_says_what_it_is(self):
        self.assertEqual("KeyError: 'x'", failures.sentence(KeyError('x')))

    def test_in_a_sentence(self):
        def refuse(error):
            with failures.in_a_sentence():
                raise error

        error = self.assertRaises(
            *(exceptions.CommandError, refuse, errors.Refused(404, 'Gone.'))
        )
        self.assertEqual('Gone.', str(error))
        self.assertRaises(KeyError, refuse, KeyError('x'))
