# SPDX-License-Identifier: Apache-2.0
"""How libvirt refuses what it was asked for."""

from nova.tests.fixtures import libvirt as nova_fake

from nova_live_tune.tests.functional.fake import calls


def invalid(message):
    return calls.libvirt_error(
        f'invalid argument: {message}', nova_fake.VIR_ERR_INVALID_ARG
    )


def check_keys(params, known):
    for key, value in params.items():
        if key not in known:
            raise invalid(f'parameter {key} is not supported')
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f'an integer is required for {key}')


def check_range(params, key, low, high, *others):
    value = params.get(key, low)
    if not low <= value <= high and value not in others:
        raise invalid(f'value of {key} is out of range [{low}, {high}]')
