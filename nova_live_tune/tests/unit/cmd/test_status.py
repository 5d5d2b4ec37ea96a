# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys

from oslotest import base

from nova_live_tune.cmd import status

#: Runs the command where `import nova` fails as if it were not there.
WITHOUT_NOVA = """
import sys
sys.modules['nova'] = None
from nova_live_tune.cmd import status
sys.exit(status.main())
"""


class WithoutNovaTest(base.BaseTestCase):
    def test_it_says_so(self):
        done = subprocess.run(
            [sys.executable, '-c', WITHOUT_NOVA],
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(status.ERROR, done.returncode, done.stderr)
        self.assertIn(f'{sys.executable} has no Nova', done.stderr)
        self.assertNotIn('Traceback', done.stderr)
