# SPDX-License-Identifier: Apache-2.0
import os
from unittest import mock

import testtools

from nova_live_tune.patching import gnu_patch
from nova_live_tune.patching.series import Patch

_LINES = [f'line {number}\n' for number in range(1, 10)]
_FILE = 'nova/file.py'
_CHANGE = Patch(
    '0001-change.patch',
    """Subject: a hook
---
--- a/nova/file.py
+++ b/nova/file.py
@@ -3,6 +3,7 @@
 line 3
 line 4
 line 5
+hook
 line 6
 line 7
 line 8
""",
)
_NEW = Patch(
    '0002-new.patch',
    """Subject: a file
---
--- /dev/null
+++ b/nova/new.py
@@ -0,0 +1 @@
+new
""",
)


def _contents(lines=_LINES, new=None):
    return {_FILE: ''.join(lines).encode(), 'nova/new.py': new}


_PATCHED = _contents([*_LINES[:5], 'hook\n', *_LINES[5:]], b'new\n')


class GnuPatchTest(testtools.TestCase):
    def test_there_and_back(self):
        there = gnu_patch.lay(_contents(), [_CHANGE, _NEW])
        self.assertEqual(_PATCHED, there)
        back = gnu_patch.withdraw(there, [_CHANGE, _NEW])
        self.assertEqual((_contents(), []), back)

    def test_what_has_moved_is_found(self):
        moved = gnu_patch.lay(_contents(['before\n'] * 50 + _LINES), [_CHANGE])
        self.assertIn(b'line 5\nhook\nline 6\n', moved[_FILE])

    def test_context_is_not_guessed(self):
        lines = [*_LINES[:2], 'another\n', *_LINES[3:]]
        error = self.assertRaises(
            gnu_patch.DoesNotFit, gnu_patch.lay, _contents(lines), [_CHANGE]
        )
        self.assertIn(
            f'0001-change.patch does not fit {_FILE}: Hunk #1 FAILED at 3.\n',
            str(error),
        )
        self.assertIn('@@ -3,6 +3,7 @@\n line 3\n', str(error))
        self.assertIn('\n+hook\n', str(error))

    def test_only_the_first_failing_hunk_is_shown(self):
        second = _CHANGE.diff.partition('@@')[2].replace('line', 'row')
        double = Patch('double', f'{_CHANGE.text}@@{second}')
        error = self.assertRaises(
            gnu_patch.DoesNotFit, gnu_patch.lay, _contents([]), [double]
        )
        self.assertIn('line 3', str(error))
        self.assertNotIn('row 3', str(error))

    def test_what_is_there_already_does_not_fit_again(self):
        for patch in (_CHANGE, _NEW):
            self.assertRaises(
                gnu_patch.DoesNotFit, gnu_patch.lay, _PATCHED, [patch]
            )

    def test_a_file_that_is_not_there(self):
        error = self.assertRaises(
            gnu_patch.DoesNotFit, gnu_patch.lay, {_FILE: None}, [_CHANGE]
        )
        self.assertIn("can't find file to patch", str(error))

    def test_what_is_not_there_is_told(self):
        self.assertEqual(
            (_contents(), [_CHANGE, _NEW]),
            gnu_patch.withdraw(_contents(), [_CHANGE, _NEW]),
        )
        half = {**_PATCHED, 'nova/new.py': None}
        self.assertEqual(
            (_contents(), [_NEW]), gnu_patch.withdraw(half, [_CHANGE, _NEW])
        )

    def test_a_new_file_that_was_changed_since_is_not_taken_away(self):
        edited = {**_PATCHED, 'nova/new.py': b'new\nmore\n'}
        bare, absent = gnu_patch.withdraw(edited, [_NEW])
        self.assertEqual((edited, [_NEW]), (bare, absent))

    def test_why_it_cannot_be_taken_back(self):
        edited = _contents([*_LINES[:5], 'hooked\n', *_LINES[5:]])
        reason = str(gnu_patch.why_not_withdrawn(edited, _CHANGE))
        self.assertIn('0001-change.patch cannot be taken back', reason)
        self.assertIn('Hunk #1 FAILED at 3', reason)
        self.assertIn('\n-hook\n', reason)

    def test_the_callers_environment_changes_nothing(self):
        strange = {
            'POSIXLY_CORRECT': '1',
            'PATCH_VERSION_CONTROL': 'numbered',
            'LC_ALL': 'de_DE.UTF-8',
        }
        with mock.patch.dict(os.environ, strange):
            self.assertEqual(
                _PATCHED, gnu_patch.lay(_contents(), [_CHANGE, _NEW])
            )

    def test_no_gnu_patch(self):
        with mock.patch.dict(os.environ, {'PATH': '/nowhere'}):
            error = self.assertRaises(
                gnu_patch.Missing, gnu_patch.lay, _contents(), [_CHANGE]
            )
        self.assertIn('GNU patch is missing', str(error))
