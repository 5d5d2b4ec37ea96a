# SPDX-License-Identifier: Apache-2.0
"""A domain's CPU limits, as measured on libvirt 9.0 and QEMU 7.2."""

from lxml import etree

from nova_live_tune.tests.functional.fake import refusal

#: Per version of cgroups: the range of shares, and what is there unasked.
SHARES = {1: (2, 262144, 1024), 2: (1, 10000, 100)}

#: What libvirt makes of cgroup v2's "max".
NO_QUOTA = {1: -1, 2: 18446744073709551}

_ELEMENTS = {
    'cpu_shares': 'shares',
    'vcpu_period': 'period',
    'vcpu_quota': 'quota',
}


class Cpu:
    def __init__(self, element=None, cgroups=2):
        self._cgroups = cgroups
        self._values = dict.fromkeys(_ELEMENTS, 0)
        if element is not None:
            for key, tag in _ELEMENTS.items():
                self._values[key] = int(element.findtext(tag, '0'))

    def get(self, live):
        values = dict(self._values)
        if live:
            _, _, shares = SHARES[self._cgroups]
            values['cpu_shares'] = values['cpu_shares'] or shares
            values['vcpu_period'] = values['vcpu_period'] or 100000
            if values['vcpu_quota'] in (0, -1):
                values['vcpu_quota'] = NO_QUOTA[self._cgroups]
        # Others that a guest with vCPU threads of its own has.
        return {**values, 'emulator_period': 100000, 'emulator_quota': -1}

    def check(self):
        """Refuse what the host's cgroups do, when the domain starts."""
        low, high, _ = SHARES[self._cgroups]
        refusal.check_range(self._values, 'cpu_shares', low, high, 0)

    def set(self, params, live):
        low, high, _ = SHARES[self._cgroups]
        refusal.check_keys(params, _ELEMENTS)
        refusal.check_range(params, 'cpu_shares', low, high)
        refusal.check_range(params, 'vcpu_period', 1000, 1000000, 0)
        refusal.check_range(params, 'vcpu_quota', 1000, 17592186044415, 0, -1)
        for key, value in params.items():
            # Asked for 0, libvirt answers with success and changes nothing.
            if value or not live:
                self._values[key] = value

    def add_to(self, domain):
        asked = {key: value for key, value in self._values.items() if value}
        if not asked:
            return
        cputune = domain.find('cputune')
        if cputune is None:
            cputune = etree.SubElement(domain, 'cputune')
        for key, value in asked.items():
            etree.SubElement(cputune, _ELEMENTS[key]).text = str(value)
