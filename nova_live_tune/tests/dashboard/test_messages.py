# SPDX-License-Identifier: Apache-2.0
"""What the panel says can be said in another language."""

import pathlib

from django.test import SimpleTestCase

from nova_live_tune import dashboard
from tools import dashboard_messages


class MessagesTest(SimpleTestCase):
    def test_the_file_is_up_to_date(self):
        self.assertEqual(
            dashboard_messages.text(),
            dashboard_messages.FILE.read_text(),
            'Run tools/dashboard_messages.py (tox -e messages).',
        )

    def test_words_of_code_of_templates_and_of_the_table_of_knobs(self):
        text = dashboard_messages.FILE.read_text()
        for word in ('Saved.', 'Back to flavor: all', 'Read operations/s'):
            self.assertIn(f'msgid "{word}"', text)
        self.assertIn('"Edit the limits of %(name)s"', text)

    def test_scripts_say_nothing_of_their_own(self):
        [home] = dashboard.__path__
        scripts = list(pathlib.Path(home, 'static').rglob('*.js'))
        self.assertEqual(2, len(scripts))
        for script in scripts:
            self.assertNotIn('gettext', script.read_text())
