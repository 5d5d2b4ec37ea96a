# SPDX-License-Identifier: Apache-2.0
"""The limits of a domain's NIC, as measured on libvirt 9.0."""

from lxml import etree

from nova_live_tune.tests.functional.fake import refusal

_DIRECTIONS = ('inbound', 'outbound')
_FIELDS = ('average', 'peak', 'burst')
_KEYS = tuple(f'{d}.{f}' for d in _DIRECTIONS for f in _FIELDS)


class Nic:
    def __init__(self, element):
        self._values = dict.fromkeys(_KEYS, 0)
        for direction in _DIRECTIONS:
            asked = element.find(f'bandwidth/{direction}')
            for field in _FIELDS if asked is not None else ():
                value = int(asked.get(field, '0'))
                self._values[f'{direction}.{field}'] = value

    def get(self, live):
        return {**self._values, 'inbound.floor': 0}

    def set(self, params, live):
        refusal.check_keys(params, _KEYS)
        for key in params:
            if not 0 <= params[key] < 2**32:
                raise OverflowError(f'{key} does not fit an unsigned int')
        for direction in _DIRECTIONS:
            if any(key.startswith(direction) for key in params):
                self._set_direction(direction, params)

    def _set_direction(self, direction, params):
        # What is left out becomes 0, and without an average nothing stands.
        # That a peak is below its average is not looked at.
        limited = params.get(f'{direction}.average', 0)
        for field in _FIELDS:
            key = f'{direction}.{field}'
            self._values[key] = params.get(key, 0) if limited else 0

    def add_to(self, interface):
        bandwidth = etree.Element('bandwidth')
        for direction in _DIRECTIONS:
            asked = {
                field: str(self._values[f'{direction}.{field}'])
                for field in _FIELDS
                if self._values[f'{direction}.{field}']
            }
            if asked:
                etree.SubElement(bandwidth, direction, asked)
        if len(bandwidth):
            interface.append(bandwidth)
