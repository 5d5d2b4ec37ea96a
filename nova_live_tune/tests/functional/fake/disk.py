# SPDX-License-Identifier: Apache-2.0
"""The limits of a domain's disk, as measured on libvirt 9.0 and QEMU 7.2."""

from lxml import etree

from nova_live_tune.tests.functional.fake import refusal

_OPS = ('total', 'read', 'write')
_RATES = tuple(f'{op}_{kind}_sec' for kind in ('bytes', 'iops') for op in _OPS)

#: What libvirt sets together: a field that is left out of one becomes 0.
_FAMILIES = (
    *(
        tuple(f'{op}_{kind}_sec{suffix}' for op in _OPS)
        for kind in ('bytes', 'iops')
        for suffix in ('', '_max', '_max_length')
    ),
    ('size_iops_sec',),
)
_KEYS = tuple(key for family in _FAMILIES for key in family)

#: QEMU's THROTTLE_VALUE_MAX.
_MAX = 10**15


class Disk:
    def __init__(self, element):
        self._values = {
            key: int(element.findtext(f'iotune/{key}', '0')) for key in _KEYS
        }
        _check(self._values)
        self._serial = element.findtext('serial')

    def get(self, live):
        values = dict(self._values)
        if not live:
            return values
        for rate in _RATES:
            # QEMU knows a length with a burst only, and then at least 1.
            length = f'{rate}_max_length'
            longest = max(values[length], 1)
            values[length] = longest if values[f'{rate}_max'] else 0
        if any(values.values()):
            values['group_name'] = 'drive-virtio-disk0'
        return values

    def set(self, params, live):
        params = {k: v for k, v in params.items() if k != 'group_name'}
        refusal.check_keys(params, _KEYS)
        for key in params:
            refusal.check_range(params, key, 0, _MAX)
        values = dict(self._values)
        for family in _FAMILIES:
            if any(key in params for key in family):
                values.update({key: params.get(key, 0) for key in family})
        self._lengths_to_default(values)
        _check(values)
        self._values = values

    def _lengths_to_default(self, values):
        # Asked to clear a length beside a limit, libvirt takes QEMU's default.
        for rate in _RATES:
            length = f'{rate}_max_length'
            if self._values[length] and not values[length]:
                values[length] = int(bool(values[rate]))

    def add_to(self, disk):
        if self._serial:
            etree.SubElement(disk, 'serial').text = self._serial
        asked = {key: value for key, value in self._values.items() if value}
        if asked:
            iotune = etree.SubElement(disk, 'iotune')
            for key, value in asked.items():
                etree.SubElement(iotune, key).text = str(value)


def _check(values):
    for family in _FAMILIES[:-1]:
        total, *others = family
        if values[total] and any(values[other] for other in others):
            raise refusal.invalid('total and read/write cannot be set both')
    for rate in _RATES:
        _check_burst(values, rate)
    if values['size_iops_sec'] and not any(
        values[f'{op}_iops_sec'] for op in _OPS
    ):
        raise refusal.invalid('iops size requires an iops value to be set')


def _check_burst(values, rate):
    base, burst = values[rate], values[f'{rate}_max']
    length = values[f'{rate}_max_length']
    if burst and not base:
        raise refusal.invalid(f'{rate}_max cannot be set if {rate} is not')
    if burst and burst < base:
        raise refusal.invalid(f'{rate}_max cannot be smaller than {rate}')
    if length > 1 and not burst:
        raise refusal.invalid('burst length set without burst rate')
    if length * burst > _MAX:
        raise refusal.invalid('burst length too high for this burst rate')
