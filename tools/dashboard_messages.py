#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gather what the panel says into locale/django.pot, for translators.

From it they make locale/LANG/LC_MESSAGES/django.po, and `pybabel compile -D
django -d nova_live_tune/dashboard/locale` what Django reads. The panel's
scripts say nothing of their own; what they show comes with the page.
Needs Django, and Babel, which Horizon brings.
"""

import io
import pathlib

from babel.messages import catalog, extract, pofile
from django.utils.translation import template

from nova_live_tune.dashboard import words

PANEL = (
    pathlib.Path(__file__).resolve().parents[1]
    / 'nova_live_tune'
    / 'dashboard'
)
FILE = PANEL / 'locale' / 'django.pot'
#: What is called with a word.
KEYWORDS = {'_': None, 'gettext': None}
#: Of the words in the table of knobs.
KNOBS = 'nova_live_tune/tunables.py'


def _code(path):
    with path.open('rb') as source:
        yield from extract.extract('python', source, KEYWORDS)


def _template(path):
    # What Django makes of it is no Python yet; this reads it all the same.
    text = template.templatize(path.read_text())
    source = io.BytesIO(text.encode())
    yield from extract.extract('javascript', source, KEYWORDS)


def _named():
    """Each word, and the file that says it."""
    readers = {'*.py': _code, '*.html': _template}
    for pattern, read in readers.items():
        for path in sorted(PANEL.rglob(pattern)):
            name = str(path.relative_to(PANEL.parents[1]))
            for _line, word, _comments, _context in read(path):
                yield word, name
    for word in words.said():
        yield word, KNOBS


def text():
    """Return what the file has to have."""
    found = catalog.Catalog(
        project='nova-live-tune',
        copyright_holder='nova-live-tune developers',
        fuzzy=False,
    )
    for word, name in _named():
        found.add(word, locations=[(name, None)])
    written = io.BytesIO()
    # No lines, as these change with every edit.
    pofile.write_po(written, found, include_lineno=False, omit_header=True)
    return HEAD + written.getvalue().decode()


HEAD = """\
# SPDX-License-Identifier: Apache-2.0
# Written by tools/dashboard_messages.py (tox -e messages); do not edit.
msgid ""
msgstr ""
"Project-Id-Version: nova-live-tune\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


if __name__ == '__main__':
    FILE.write_text(text())
