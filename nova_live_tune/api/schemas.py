# SPDX-License-Identifier: Apache-2.0
"""JSON schemas of requests and answers, built from the table of knobs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nova_live_tune import counters, leases, tunables
from nova_live_tune.measures import MEASURES, Measure
from nova_live_tune.tunables import Knob, Shorthand, Target

Schema = dict[str, Any]


def _object(properties: Mapping[str, Any], **more: Any) -> Schema:
    return {
        'type': 'object',
        'properties': dict(properties),
        'additionalProperties': False,
        **more,
    }


def _number(knob: Knob | Shorthand) -> Schema:
    # An unlimited value lies below the range (-1 or 0). That nothing between
    # the two is taken, requests.check_ranges() sees to.
    lowest = knob.minimum
    if isinstance(knob, Knob) and knob.unlimited is not None:
        lowest = min(lowest, knob.unlimited)
    return {
        'type': ['integer', 'null'],
        'minimum': lowest,
        'maximum': knob.maximum,
        'description': f'{knob.help} Unit: {knob.unit}.',
    }


def _nested(target: Iterable[Any], leaf: Any) -> dict[str, Any]:
    """Put a schema of each knob in the place that the knob has in requests."""
    properties: dict[str, Any] = {}
    for knob in target:
        place = properties
        for step in knob.path[:-1]:
            place = place.setdefault(step, _object({}))['properties']
        place[knob.path[-1]] = leaf(knob)
    return properties


_DURATION = {
    'type': 'integer',
    'minimum': leases.SHORTEST,
    'maximum': leases.LONGEST,
    'description': (
        'After how many seconds what stood before comes back by itself: '
        f'``{leases.SHORTEST}..{leases.LONGEST}``. Without it the limits '
        'stay.'
    ),
}
_TERMS: dict[str, Schema] = {
    'dry_run': {
        'type': 'boolean',
        'description': (
            'Whether only to tell what would change, and to change nothing. '
            'The answer is a 200 then.'
        ),
    },
    'generation': {
        'type': 'integer',
        'minimum': 0,
        'description': (
            'Which generation of the limits the request is about; it is '
            'refused if they are of another one.'
        ),
    },
}

_SELECTORS: dict[str, Schema] = {
    'interface': {
        'oneOf': [
            {'type': 'integer', 'minimum': 1},
            {'type': 'string', 'minLength': 1, 'maxLength': 255},
        ]
    },
    'disk': {'type': 'string', 'minLength': 1, 'maxLength': 255},
}


def _set_request(target: Target) -> Schema:
    properties = _nested(target, _number)
    properties.update((s.name, _number(s)) for s in target.shorthands)
    properties.update(_TERMS, duration=_DURATION)
    required = []
    if target.selector:
        properties[target.selector] = _SELECTORS[target.selector]
        required = [target.selector]
    return _object(
        {target.action: _object(properties, required=required)},
        required=[target.action],
    )


def _list_of(selector: str) -> Schema:
    return {'type': 'array', 'items': _SELECTORS[selector], 'minItems': 1}


_VALUE = {'type': 'integer'}
_GENERATION = {'type': 'integer', 'minimum': 0}
#: Up to 2025.1 Nova takes no None for a date-time, whatever the type says.
_TIME = {
    'oneOf': [{'type': 'string', 'format': 'date-time'}, {'type': 'null'}]
}
_CHANGE = _object(
    {
        'from': {'type': ['integer', 'null']},
        'to': {'type': ['integer', 'null']},
    },
    required=['from', 'to'],
)
_VERDICT = _object(
    {
        'allowed': {'type': 'boolean'},
        'code': {'type': 'integer'},
        'reason': {'type': ['string', 'null']},
    },
    required=['allowed', 'code', 'reason'],
)

_NAMES: dict[str, Schema] = {
    'cpu': {},
    'interface': {
        'index': {'type': 'integer', 'minimum': 1},
        'port_id': {'type': 'string', 'format': 'uuid'},
        'mac_address': {'type': 'string'},
    },
    'disk': {
        'device': {'type': 'string'},
        'volume_id': {'type': ['string', 'null']},
        'boot_index': {'type': ['integer', 'null']},
    },
}


def _span(measure: Measure) -> Schema:
    number = {'type': ['number', 'null'], 'minimum': 0}
    properties = {
        'min': number,
        'max': number,
        'set_by_admin': {'type': 'boolean'},
    }
    return _object(properties, required=sorted(properties))


_BOUNDS = {
    name: _object({measure.name: _span(measure) for measure in of_target})
    for name, of_target in MEASURES.items()
}


_COUNT = {'type': ['integer', 'null'], 'minimum': 0}

_BESIDE_COUNTERS: dict[str, Schema] = {
    'cpu': {
        counters.VCPU_TIMES: {'type': 'array', 'items': _COUNT},
        counters.NOT_OBSERVED: {'type': ['string', 'null']},
    },
    'interface': {},
    'disk': {},
}


def _observed(target: Target) -> Schema:
    counted = _nested(counters.of(target), lambda counter: _COUNT)
    for inner in counted.values():
        if 'properties' in inner:
            inner['required'] = sorted(inner['properties'])
    properties = {
        counters.AT: {'type': 'string', 'format': 'date-time'},
        **counted,
        **_BESIDE_COUNTERS[target.name],
    }
    return _object(
        properties, required=sorted(properties), type=['object', 'null']
    )


def _entry(target: Target, **more: Schema) -> Schema:
    """One target in the read-back: who it is, and its limits thrice.

    :param more: what need not be there
    """
    some = _object(_nested(target, lambda knob: _VALUE))
    every = dict(some, type=['object', 'null'])
    properties = {
        **_NAMES[target.name],
        'flavor': some,
        'tuned': some,
        'effective': every,
        'bounds': _BOUNDS[target.name],
        'expires_at': _TIME,
        'not_in_effect': {'type': ['string', 'null']},
    }
    required = sorted(properties)
    properties['changes'] = _object(_nested(target, lambda knob: _CHANGE))
    return _object({**properties, **more}, required=required)


def _read_back(entry: Callable[[Target], Schema]) -> dict[str, Schema]:
    return {
        target.plural: {'type': 'array', 'items': entry(target)}
        if target.selector
        else entry(target)
        for target in tunables.TARGETS
    }


_READ_BACK = {'generation': _GENERATION, **_read_back(_entry)}
_OBSERVED = {
    'generation': _GENERATION,
    **_read_back(lambda t: _entry(t, observed=_observed(t))),
}


def _answer(properties: Mapping[str, Any]) -> Schema:
    """What a request is answered, and what a dry run is.

    Of a dry run that would be refused there is nothing but the verdict.
    """
    return _object(
        {'dry_run': _VERDICT, **properties},
        anyOf=[{'required': ['generation']}, {'required': ['dry_run']}],
    )


def _set_answer(target: Target) -> Schema:
    return _answer({'generation': _GENERATION, target.name: _entry(target)})


set_cpu_quota = _set_request(tunables.CPU)
set_interface = _set_request(tunables.INTERFACE)
set_disk_io = _set_request(tunables.DISK)

set_cpu_quota_response = _set_answer(tunables.CPU)
set_interface_response = _set_answer(tunables.INTERFACE)
set_disk_io_response = _set_answer(tunables.DISK)

reset = _object(
    {
        'resetLiveTune': _object(
            {
                'cpu': {'type': 'boolean'},
                'interfaces': _list_of('interface'),
                'disks': _list_of('disk'),
                **_TERMS,
            },
            type=['object', 'null'],
            minProperties=1,
        )
    },
    required=['resetLiveTune'],
)
reset_response = _answer(_READ_BACK)


def _once(**more: Any) -> Schema:
    """A parameter of a query, which may be given once."""
    return {
        'type': 'array',
        'items': {'type': 'string', **more},
        'maxItems': 1,
    }


def _tuned(target: Target) -> Schema:
    """One target in the list: who it is, what was set live, how long."""
    properties = {
        **_NAMES[target.name],
        'tuned': _object(_nested(target, lambda knob: _VALUE)),
        'expires_at': _TIME,
    }
    return _object(properties, required=sorted(properties))


_TUNED = {
    'cpu': _tuned(tunables.CPU),
    'interfaces': {'type': 'array', 'items': _tuned(tunables.INTERFACE)},
    'disks': {'type': 'array', 'items': _tuned(tunables.DISK)},
}

_LISTED = {
    'id': {'type': 'string', 'format': 'uuid'},
    'name': {'type': ['string', 'null']},
    'tenant_id': {'type': 'string'},
    'host': {'type': ['string', 'null']},
    'status': {'type': 'string'},
    'live_tune': _object(_TUNED, required=sorted(_TUNED)),
}

_LINK = _object(
    {'rel': {'type': 'string'}, 'href': {'type': 'string'}},
    required=['rel', 'href'],
)

# What all_tenants and limit may be, Nova says in clearer words.
list_query = _object(
    {
        'all_tenants': _once(),
        'host': _once(minLength=1, maxLength=255),
        'limit': _once(),
        'marker': _once(minLength=1, maxLength=255),
    }
)
list_response = _object(
    {
        'servers': {
            'type': 'array',
            'items': _object(_LISTED, required=sorted({*_LISTED} - {'host'})),
        },
        'servers_links': {'type': 'array', 'items': _LINK},
    },
    required=['servers'],
)

# What observed may be, the controller says in clearer words.
show_query = _object({'observed': _once()})
show_response = _object(
    {'live_tune': _object(_OBSERVED, required=sorted(_OBSERVED))},
    required=['live_tune'],
)
