# SPDX-License-Identifier: Apache-2.0
"""Time libvirt's own setInterfaceParameters, one call for each line read.

Runs on the compute host: python raw_interface.py DOMAIN MAC
"""

import sys
import time

import libvirt


def main(domain_name: str, mac: str) -> None:
    domain = libvirt.open('qemu:///system').lookupByUUIDString(domain_name)
    for line in sys.stdin:
        rate = int(line)
        limits = {
            f'{direction}.{kind}': rate
            for direction in ('inbound', 'outbound')
            for kind in ('average', 'peak', 'burst')
        }
        begun = time.perf_counter()
        # What the extension does as well: the running domain, then its
        # configuration.
        for scope in (
            libvirt.VIR_DOMAIN_AFFECT_LIVE,
            libvirt.VIR_DOMAIN_AFFECT_CONFIG,
        ):
            domain.setInterfaceParameters(mac, limits, scope)
        print(time.perf_counter() - begun, flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
