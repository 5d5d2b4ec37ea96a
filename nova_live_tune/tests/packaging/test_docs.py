# SPDX-License-Identifier: Apache-2.0
"""The docs build without a warning, and have what they shall."""

import html
import pathlib
import re
import sys
import tempfile

import testtools

from nova_live_tune import conf, tunables
from nova_live_tune.api import policies
from nova_live_tune.tests.packaging import built


class DocsTest(testtools.TestCase):
    def _build(self, source):
        """Build docs; return a function that gives a page's text."""
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        command = (sys.executable, '-m', 'sphinx', '-W', '--keep-going')
        command += ('-q', '-b', 'html', source, temporary.name)
        built.run(*command, cwd=built.ROOT)

        def page(name):
            text = pathlib.Path(temporary.name, f'{name}.html').read_text()
            return ' '.join(html.unescape(re.sub('<[^>]+>', '', text)).split())

        return page

    def test_pages(self):
        page = self._build('doc/source')
        rules, options = page('policy'), page('configuration')
        for rule in policies.list_rules():
            self.assertIn(f'{rule.name} Default: {rule.check_str}', rules)
            self.assertIn(f'#"{rule.name}": "{rule.check_str}"', rules)
        ((_, known),) = conf.list_opts()
        for option in known:
            self.assertIn(f'{option.name}¶', options)
            self.assertIn(f'#{option.name} = ', options)
            self.assertIn(option.help, options)
        self.assertIn('setCpuQuota', page('releasenotes'))
        typed = page('commands')
        for command in built.commands():
            self.assertIn(f'$ openstack {command} ', typed)
            self.assertRegex(typed, rf'\$ openstack {command} [^$]*-f json')

    def test_api_reference(self):
        text = self._build('api-ref/source')('index')
        for target in tunables.TARGETS:
            self.assertIn(f'({target.action} Action)', text)
            for knob in (*target.shorthands, *target):
                name = f'{target.action}.{knob.label} (Optional)'
                self.assertIn(
                    f'{name} body integer or null {knob.help} '
                    f'Allowed: {knob.range}.',
                    text,
                )
