# SPDX-License-Identifier: Apache-2.0
import fixtures
from nova import exception
from oslotest import base

from nova_live_tune.metrics import table
from nova_live_tune.tests.unit import fakes
from nova_live_tune.virt.libvirt import undo


class UndoOnFailureTest(base.BaseTestCase):
    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger())
        self.undone = []
        self.count = self.useFixture(
            fixtures.MockPatchObject(undo.counting, 'count')
        ).mock

    def _counted(self):
        """The outcomes of undoing."""
        for call in self.count.call_args_list:
            self.assertEqual((table.UNDOS,), call.args)
        return [c.kwargs['outcome'] for c in self.count.call_args_list]

    def _fail(self, *steps):
        with undo.UndoOnFailure(fakes.instance()) as done:
            for what, call in steps:
                done.undo_with(what, call, what)
            raise exception.Invalid('no quota')

    def _cannot(self, what):
        raise ZeroDivisionError

    def test_nothing_is_undone_after_success(self):
        with undo.UndoOnFailure(fakes.instance()) as done:
            done.undo_with('cpu', self.undone.append, 'cpu')
        self.assertEqual([], self.undone)
        self.assertEqual([], self._counted())

    def test_the_last_is_undone_first_and_the_error_passes(self):
        steps = [(what, self.undone.append) for what in ('cpu', 'disk vda')]
        error = self.assertRaises(exception.Invalid, self._fail, *steps)
        self.assertEqual('no quota', str(error))
        self.assertEqual(['disk vda', 'cpu'], self.undone)
        self.assertEqual(['done', 'done'], self._counted())

    def test_what_cannot_be_undone_is_named_and_stops_no_other(self):
        error = self.assertRaises(
            exception.NovaException,
            self._fail,
            ('cpu', self.undone.append),
            ('disk vda', self._cannot),
            ('disk vdb', self._cannot),
        )
        self.assertEqual(['cpu'], self.undone)
        self.assertEqual(['failed', 'failed', 'done'], self._counted())
        self.assertEqual(
            'no quota; and what stood before could not be put back for '
            'disk vdb, disk vda: read the limits back.',
            str(error),
        )
        self.assertIn('ZeroDivisionError', self.log.output)
