# SPDX-License-Identifier: Apache-2.0
"""Nova's own tests, with the patches against without, and without our package.

A test that fails on both sides fails upstream on this machine too: it proves
nothing about the patches. One that passed without them has to pass with them.
"""

import concurrent.futures
import os
import subprocess
import tempfile

from tools import tallies

#: What runs as one process each; of a Nova that has it. Classes where a whole
#: module would take too long. The longest comes first.
UNIT = (
    ('nova.tests.unit.virt.libvirt.test_driver',),
    ('nova.tests.unit.compute.test_compute_mgr',),
    (
        'nova.tests.unit.virt.libvirt.test_migration',
        'nova.tests.unit.virt.libvirt.test_guest',
        'nova.tests.unit.virt.libvirt.test_designer',
        'nova.tests.unit.virt.libvirt.test_vif',
    ),
    (
        'nova.tests.unit.test_policy',
        'nova.tests.unit.cmd.test_policy',
        'nova.tests.unit.policies.test_servers',
        'nova.tests.unit.policies.test_lock_server',
        'nova.tests.unit.policies.test_pause_server',
        'nova.tests.unit.policies.test_instance_actions',
    ),
    (
        'nova.tests.unit.api.openstack.compute.test_server_actions',
        'nova.tests.unit.api.openstack.compute.test_pause_server',
        'nova.tests.unit.api.openstack.compute.test_lock_server',
        'nova.tests.unit.api.openstack.compute.test_migrate_server',
        'nova.tests.unit.api.openstack.compute.test_microversions',
        'nova.tests.unit.api.openstack.compute.test_schemas',
        'nova.tests.unit.api.openstack.test_wsgi',
        'nova.tests.unit.api.openstack.test_requestlog',
    ),
)
FUNCTIONAL = (
    (
        'nova.tests.functional.libvirt.test_live_migration',
        'nova.tests.functional.libvirt.test_uefi',
        'nova.tests.functional.libvirt.test_machine_type',
        'nova.tests.functional.libvirt.test_device_bus_migration',
    ),
    (
        'nova.tests.functional.test_policy',
        'nova.tests.functional.test_instance_actions',
        'nova.tests.functional.test_server_rescue',
        'nova.tests.functional.test_legacy_v2_compatible_wrapper',
        'nova.tests.functional.test_servers.ServersTest',
        'nova.tests.functional.libvirt.test_vif_model',
    ),
)

#: Seconds for one process; a hang must end.
_TIMEOUT = 3600


def run(home, tree, groups, mode):
    """Run tests of an unpacked Nova.

    :param home: the virtual environment that has what they need
    :returns: of each test that ran its outcome
    """
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        streams = pool.map(lambda g: _stream(home, tree, g, mode), groups)
        read = [tallies.read(home, stream) for stream in streams]
    # First it says which tests exist, before they get their scenarios.
    return {
        test: status
        for found in read
        for test, status, _ in found
        if status != 'exists'
    }


def _stream(home, tree, group, mode):
    present = [name for name in group if _is_there(tree, name)]
    # With eventlet it waits for ever to write to a pipe.
    with tempfile.TemporaryFile() as stream:
        subprocess.run(
            [home / 'bin' / 'python', '-m', 'subunit.run', *present],
            cwd=tree,
            env=_variables(tree, mode),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT,
        )
        stream.seek(0)
        return stream.read()


def _is_there(tree, name):
    # The last part may be a class.
    path = tree.joinpath(*name.split('.'))
    return path.with_suffix('.py').is_file() or (
        path.parent.with_suffix('.py').is_file()
    )


def _variables(tree, mode):
    # It is told where its tests look for etc/nova, and it is the Nova to be
    # imported, whichever the virtual environment has.
    return {
        **os.environ,
        'PYTHONPATH': str(tree),
        'PYTHONDONTWRITEBYTECODE': '1',
        'PYTHONWARNINGS': 'ignore',
        'OS_TEST_TIMEOUT': '600',
        'OS_STDOUT_CAPTURE': '1',
        'OS_STDERR_CAPTURE': '1',
        'OS_NOVA_DISABLE_EVENTLET_PATCHING': str(mode == 'threading'),
    }


def import_all(home, tree, files):
    """Import modules of an unpacked Nova; return what a failure says."""
    modules = [file[: -len('.py')].replace('/', '.') for file in files]
    modules = [name.replace('.__init__', '') for name in modules]
    code = f'import {", ".join(modules)}, nova; print(nova.__file__)'
    done = subprocess.run(
        [home / 'bin' / 'python', '-c', code],
        cwd=tree,
        env=_variables(tree, 'eventlet'),
        capture_output=True,
        text=True,
    )
    if not done.returncode and str(tree) in done.stdout:
        return ''
    return done.stderr or f'{done.stdout} is another Nova'


def compare(before, after):
    """Sort the tests by what the patches made of them.

    :returns: those that pass on both sides; those that fail, or are gone, with
        the patches alone; those that fail without them too
    """
    passed = {test for test, status in before.items() if status == 'success'}
    skipped = {test for test, status in before.items() if status == 'skip'}
    still = {test for test in passed if after.get(test) == 'success'}
    return (
        still,
        sorted(passed - still),
        sorted(set(before) - passed - skipped),
    )
