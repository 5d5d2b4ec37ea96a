# SPDX-License-Identifier: Apache-2.0
"""The transcript of every command: what a tenant types, and what comes back.

python -m nova_live_tune.tests.e2e.transcript [NAME...]

Writes doc/source/commands-NAME.inc, all of them unless some are named, from
two servers of the lab, which it boots and deletes.
"""

import contextlib
import shlex
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lab import settings
from lab.measure import Cpu, Disk, Network
from lab.tenant import Tenant
from lab.volumes import Volumes
from nova_live_tune.tests.e2e import shell

FOLDER = settings.CLONE / 'doc' / 'source'
JSON = '-f json'

#: What is typed, after `openstack server tune`, by the file that it is in.
TYPED = {
    'cpu': (
        'cpu set web1 --percent 40 --shares 512',
        f'cpu set web1 --quota 50000 --period 100000 {JSON}',
        'cpu set web1 --unlimited --shares flavor',
        'cpu set web1 --percent 40',
    ),
    'interface': (
        'interface set web1 1 --rate 10M',
        'interface set web1 front --inbound 10M:20M:4M --outbound 5M',
        f'interface set web1 front --outbound unlimited {JSON}',
    ),
    'disk': (
        'disk set web1 vda --total-bytes-sec 10M --total-iops-sec 2K '
        '--total-iops-sec-max 4K --total-iops-sec-max-length 10',
        f'disk set web1 data --read-iops-sec 200 {JSON}',
        'disk set web1 vda --total-iops-sec-max flavor '
        '--total-iops-sec unlimited',
    ),
    'lease': (
        'cpu set web2 --percent 75 --duration 1h',
        f'cpu set web2 --percent 20 --duration 15m {JSON}',
        'cpu set web2 --percent 30 --dry-run',
        'cpu set web2 --percent 90 --dry-run',
        f'unset web2 --cpu --dry-run {JSON}',
        'cpu set web2 --percent 30 --generation 0',
        'unset web2 --all',
    ),
    'show': (
        'show web1',
        'show web2',
        f'show web2 {JSON}',
        'show web1 -f shell -c Knob -c Effective --prefix tune_',
    ),
    'list': ('list', f'list {JSON}'),
    'bounds': (
        'show web2 --bounds',
        f'show web2 --bounds {JSON} -c Bound -c Max',
    ),
    'observed': (
        'show web1 --observed',
        f'show web2 --observed {JSON} -c Device -c Counter -c Observed',
    ),
    'watch': (
        'watch web1 --count 1 -f bars',
        'watch web1 --count 1',
        'watch web1 --count 1 -f json',
    ),
    'many': (
        'cpu set web1 web2 web3 --percent 30',
        f'cpu set web1 web2 web3 --percent 30 {JSON}',
        'cpu set --property tier=web --percent 25',
        'cpu set --host compute1 --percent 25',
    ),
    'bad': (
        'cpu set web1 --quota 500',
        'cpu set web1 --percent 0.1',
        'cpu set web1 --quota 50000 --percent 50',
        'cpu set web1',
        'interface set web1 1 --rate 10MB',
        'interface set web1 1 --inbound 20M:10M',
        'interface set web1 7 --rate 10M',
        'disk set web1 vda --total-bytes-sec 10M --read-bytes-sec 5M',
        'disk set web1 logs --read-iops-sec 200',
        'show web3',
        'unset web1',
    ),
    'unset': (
        'unset web1 --interface front --disk data',
        f'unset web2 --cpu {JSON}',
        'unset web1 web2 --all',
    ),
}

#: Of these, the server has something to do.
BUSY = ('observed', 'watch')


def transcript(tenant: shell.Shell, lines: tuple[str, ...]) -> str:
    """Type lines; return them with their answers, as reStructuredText."""
    text = []
    for line in lines:
        done = tenant.run(*shell.TUNE, *shlex.split(line))
        text.append(f'$ openstack server tune {line}')
        said = (done.stdout + done.stderr).splitlines()
        text += [one.rstrip() for one in said]
        if done.status:
            text += ['$ echo $?', str(done.status)]
        text.append('')
    block = textwrap.indent('\n'.join(text).rstrip(), '   ')
    return f'.. code-block:: console\n\n{block}\n'


@contextlib.contextmanager
def servers() -> Iterator[Any]:
    """Two servers, one of them with a named port and volume; yields that."""
    tenant = Tenant()
    volumes = Volumes(tenant)
    compute = tenant.connection.compute
    with contextlib.ExitStack() as stack:
        web1 = stack.enter_context(tenant.server('web1'))
        small = {'networks': ('net1',), 'flavor': 'lab.limited'}
        web2 = stack.enter_context(tenant.server('web2', **small))
        for server in (web1, web2):
            compute.set_server_metadata(server, tier='web')
        volume = stack.enter_context(volumes.attached(web1))
        volumes.storage.update_volume(volume, name='data')
        port = tenant.limits(web1)['interfaces'][1]['port_id']
        tenant.connection.network.update_port(port, name='front')
        yield web1


@contextlib.contextmanager
def loaded(server: Any) -> Iterator[None]:
    """A guest that uses what it gets."""
    what = (Cpu(), Network(0, 'outbound'), Disk('vda', 'read'))
    with Tenant().guest(server) as guest, contextlib.ExitStack() as stack:
        guest.wait()
        for quantity in what:
            stack.enter_context(quantity.load(guest))
        yield


def write(names: Sequence[str], folder: Path = FOLDER) -> None:
    """Type everything of these names, and write what came back."""
    with servers() as server, contextlib.closing(shell.Shell()) as tenant:
        for name in names:
            print(name, file=sys.stderr)
            busy = name in BUSY
            with loaded(server) if busy else contextlib.nullcontext():
                text = transcript(tenant, TYPED[name])
            (folder / f'commands-{name}.inc').write_text(text)


if __name__ == '__main__':
    write(sys.argv[1:] or list(TYPED))
