# SPDX-License-Identifier: Apache-2.0
"""The samples that operators start from are what the generators write."""

import pathlib
import re
import subprocess
import sys

import fixtures
from oslotest import base

from nova_live_tune import conf
from nova_live_tune.api import policies

_ETC = pathlib.Path(__file__).parents[3] / 'etc' / 'nova-live-tune'


class SamplesTest(base.BaseTestCase):
    def _generate(self, tool, kind):
        """Run a generator as its users do; return what it has written."""
        folder = self.useFixture(fixtures.TempDir()).path
        output = pathlib.Path(folder, 'sample')
        command = [str(pathlib.Path(sys.executable).with_name(tool))]
        settings = _ETC / f'nova-live-tune-{kind}-generator.conf'
        command += ['--config-file', str(settings)]
        done = subprocess.run(
            [*command, '--output-file', str(output)],
            capture_output=True,
            text=True,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        return output.read_text()

    def test_policy(self):
        written = self._generate('oslopolicy-sample-generator', 'policy')
        self._check_rules(written)
        self._check_rules((_ETC / 'policy.yaml.sample').read_text())

    def _check_rules(self, text):
        found = {}
        for paragraph in text.strip().split('\n\n'):
            *comments, rule = paragraph.splitlines()
            found[rule] = ' '.join(line[2:] for line in comments)
        self.assertEqual(
            {f'#"{r.name}": "{r.check_str}"' for r in policies.list_rules()},
            set(found),
        )
        for rule in policies.list_rules():
            said = found[f'#"{rule.name}": "{rule.check_str}"']
            self.assertIn(rule.description, said)
            for operation in rule.operations:
                self.assertIn('{method}  {path}'.format(**operation), said)

    def test_config(self):
        written = self._generate('oslo-config-generator', 'config')
        self._check_options(written)
        self._check_options((_ETC / 'nova-live-tune.conf.sample').read_text())

    def _check_options(self, text):
        ((group, options),) = conf.list_opts()
        _, head, body = text.partition(f'\n[{group.name}]\n')
        self.assertTrue(head, text)
        self.assertIn(group.help, body)
        settings = re.findall(r'((?:^# .*\n)+)^#(\w+ = .*)$', body, re.M)
        found = {
            setting: ' '.join(c[2:] for c in comments.splitlines())
            for comments, setting in settings
        }
        self.assertEqual({self._default(o) for o in options}, set(found))
        for option in options:
            said = found[self._default(option)]
            self.assertIn(option.help, said)
            low, high = self._range(option)
            self.assertEqual(low is not None, 'Minimum value' in said)
            self.assertEqual(high is not None, 'Maximum value' in said)
            if low is not None:
                self.assertIn(f'Minimum value: {low}', said)
            if high is not None:
                self.assertIn(f'Maximum value: {high}', said)

    @staticmethod
    def _default(option):
        return f'{option.name} = {str(option.default).lower()}'

    @staticmethod
    def _range(option):
        return (
            getattr(option.type, 'min', None),
            getattr(option.type, 'max', None),
        )
