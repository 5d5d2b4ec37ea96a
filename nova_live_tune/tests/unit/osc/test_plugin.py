# SPDX-License-Identifier: Apache-2.0
"""All that a client machine has, where no Nova can be imported."""

import json
import subprocess
import sys

import testtools

#: Loads every command with Nova and libvirt out of reach, and names them.
LOADS = """
import importlib, json, pkgutil, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition('.')[0] in ('nova', 'libvirt'):
            raise ImportError(f'{name} is blocked')

sys.meta_path.insert(0, Blocked())
from openstackclient import shell
from stevedore import extension
from nova_live_tune import client, osc

for package in (client, osc):
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f'{package.__name__}.{module.name}')
found = []
for group in ('openstack.cli.extension', 'openstack.live_tune.v1'):
    # Those that cannot be imported are not among them.
    found += extension.ExtensionManager(group).names()
print(json.dumps([sorted(found), 'nova' in sys.modules]))
"""
NAMES = [
    'live_tune',
    'server_tune_cpu_set',
    'server_tune_disk_set',
    'server_tune_interface_set',
    'server_tune_list',
    'server_tune_show',
    'server_tune_unset',
    'server_tune_watch',
]


class WithoutNovaTest(testtools.TestCase):
    def test_every_command_loads(self):
        done = subprocess.run(
            [sys.executable, '-c', LOADS],
            capture_output=True,
            text=True,
        )
        self.assertEqual(0, done.returncode, done.stderr)
        names, imported = json.loads(done.stdout)
        self.assertEqual(NAMES, [n for n in names if 'tune' in n])
        self.assertFalse(imported)
