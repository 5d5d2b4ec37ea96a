# SPDX-License-Identifier: Apache-2.0
"""A Sphinx extension: the tables of parameters, from what the API checks.

Which fields a request or an answer has, the JSON schemas know; what a knob
does, its unit and its range, the table of knobs. What the schemas do not say
themselves is described by hand, in descriptions.yaml. Nothing is listed twice,
so nothing can be missing.
"""

import pathlib

import yaml

from nova_live_tune import counters, tunables
from nova_live_tune.api import schemas

#: The schema behind each table.
TABLES = {
    'setCpuQuota-request': schemas.set_cpu_quota,
    'setCpuQuota-response': schemas.set_cpu_quota_response,
    'setInterface-request': schemas.set_interface,
    'setInterface-response': schemas.set_interface_response,
    'setDiskIO-request': schemas.set_disk_io,
    'setDiskIO-response': schemas.set_disk_io_response,
    'resetLiveTune-request': schemas.reset,
    'resetLiveTune-response': schemas.reset_response,
    'show-response': schemas.show_response,
    'list-response': schemas.list_response,
}
#: And behind each table of what a query may have.
QUERIES = {
    'list-query': schemas.list_query,
    'show-query': schemas.show_query,
}
#: The tables that begin with the server in the path.
OF_SERVER = ('-request', 'show-query')

#: Answers have all knobs below these, under the names of the requests, and all
#: measures below the bounds, under those of the flavor.
LIMITS = ('flavor', 'tuned', 'effective', 'bounds', 'changes')

_SERVER = {
    'in': 'path',
    'required': True,
    'type': 'string',
    'description': 'The UUID of the server.\n',
}


def knobs():
    """Each knob and shorthand by its path in requests."""
    return {
        (target.action, *knob.path): (target, knob)
        for target in tunables.TARGETS
        for knob in (*target.shorthands, *target)
    }


def seen():
    """Each counter by its path in the answer that has it."""
    return {
        ('live_tune', target.plural, 'observed', *counter.path): counter
        for target in tunables.TARGETS
        for counter in counters.of(target)
    }


def fields(schema, path=()):
    """Yield the path and the schema of each field, and if it is required."""
    schema = schema.get('items', schema)
    for name, inner in schema.get('properties', {}).items():
        yield (*path, name), inner, name in schema.get('required', ())
        if name not in LIMITS:
            yield from fields(inner, (*path, name))


def json_type(schema):
    """A schema's type as a reader knows it."""
    if 'oneOf' in schema:
        return ' or '.join(json_type(one) for one in schema['oneOf'])
    kind = schema['type']
    return kind if isinstance(kind, str) else ' or '.join(kind)


def describe(target, knob):
    """Say what a knob does, in which unit and how far."""
    sentences = [knob.help, f'Allowed: ``{knob.range}``.']
    if isinstance(knob, tunables.Knob):
        sentences += _conditions(target, knob)
        sentences += _sources(knob)
    return ' '.join(sentences)


def _conditions(target, knob):
    if knob.needs:
        labels = (f'``{target[name].label}``' for name in knob.needs)
        yield f'Means something only with {" or ".join(labels)}.'
    if knob.at_least:
        yield f'Not below ``{target[knob.at_least].label}``.'
    others = [
        other
        for other in target.group(knob.group)
        if knob.side and other.side not in ('', knob.side)
    ]
    if others:
        # The first of each leaky bucket stands for its bursts as well.
        labels = (f'``{o.label}``' for o in others if not o.needs)
        yield f'Replaces, and excludes, {" and ".join(labels)}.'


def _sources(knob):
    keys = []
    if knob.flavor_key:
        keys.append(f"the flavor's ``{knob.flavor_key}``")
    if knob.qos_key:
        keys.append(f"``{knob.qos_key}`` of a volume's QoS")
    if keys:
        yield f'Unless it is set here, {" or ".join(keys)} holds.'
    if knob.default is not None:
        yield f'Default: ``{knob.default}``.'


def parameters(schema, descriptions):
    """Return a table's rows: each parameter by its dotted name.

    :param descriptions: of what is no knob, by dotted or by last name
    :raises KeyError: if a field has no description
    """
    rows, tuned, counted = {}, knobs(), seen()
    for path, inner, required in fields(schema):
        name = '.'.join(path)
        if path in tuned:
            text = describe(*tuned[path])
        elif 'description' in inner:
            text = inner['description']
        elif path in counted:
            text = f'{counted[path].help} Unit: {counted[path].unit}.'
        elif name in descriptions:
            text = descriptions[name]
        else:
            text = descriptions[path[-1]]
        rows[name] = {
            'in': 'body',
            'required': required,
            'type': json_type(inner),
            'description': text.strip() + '\n',
        }
    return rows


def query_parameters(schema, descriptions):
    """Return the rows of what a query may have, each by its name.

    :param descriptions: by names that begin with ``query.``
    :raises KeyError: if one has no description
    """
    return {
        name: {
            'in': 'query',
            'required': False,
            'type': json_type(inner['items']),
            'description': descriptions[f'query.{name}'].strip() + '\n',
        }
        for name, inner in schema['properties'].items()
    }


def write(folder, descriptions):
    """Write parameters.yaml, and a table of each request and answer."""
    folder.mkdir(exist_ok=True)
    everything = {}
    tables = {
        table: parameters(schema, descriptions)
        for table, schema in TABLES.items()
    }
    for table, schema in QUERIES.items():
        tables[table] = query_parameters(schema, descriptions)
    for table, rows in tables.items():
        everything.update({f'{table}.{n}': row for n, row in rows.items()})
        listed = [f'   - {name}: {table}.{name}' for name in rows]
        if table.endswith(OF_SERVER):
            listed.insert(0, '   - server_id: server_id')
        text = ['.. rest_parameters:: generated/parameters.yaml', '', *listed]
        (folder / f'{table}.inc').write_text('\n'.join(text) + '\n')
    # The theme wants those of queries before those of bodies.
    body = sorted(
        everything.items(),
        key=lambda item: (item[1]['in'] == 'body', item[0].lower()),
    )
    (folder / 'parameters.yaml').write_text(
        yaml.safe_dump({'server_id': _SERVER, **dict(body)}, sort_keys=False)
    )


def generate(app):
    """Write what the sources include."""
    source = pathlib.Path(app.srcdir)
    written = (source / 'descriptions.yaml').read_text()
    write(source / 'generated', yaml.safe_load(written))


def setup(app):
    app.connect('builder-inited', generate)
    return {'parallel_read_safe': True, 'parallel_write_safe': True}
