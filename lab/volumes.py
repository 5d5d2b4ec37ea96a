# SPDX-License-Identifier: Apache-2.0
"""A tenant's volumes, on servers and under them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.tenant import PATIENCE, Tenant

PLAIN = 'lab.plain'
# Its QoS specs are the front-end's: Nova puts them into the guest's XML.
QOS = 'lab.qos'
# No disk but its volumes, so that it moves without block migration.
FLAVOR = 'lab.diskless'
GIB = 1


class Volumes:
    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant
        self.storage = tenant.connection.block_storage
        self.compute = tenant.connection.compute

    def create(self, kind: str = PLAIN, size: int = GIB) -> Any:
        """Empty, once it is available."""
        volume = self.storage.create_volume(size=size, volume_type=kind)
        return self._wait(volume, 'available')

    def attach(self, server: Any, volume: Any) -> str:
        """The guest's name for it ('vdc'), once it is there."""
        made = self.compute.create_volume_attachment(server, volume)
        self._wait(volume, 'in-use')
        return str(made.device).removeprefix('/dev/')

    def detach(self, server: Any, volume: Any) -> None:
        self.compute.delete_volume_attachment(server, volume)
        self._wait(volume, 'available')

    def delete(self, volume: Any) -> None:
        self.storage.delete_volume(volume)
        self.storage.wait_for_delete(volume, interval=0.5, wait=PATIENCE)

    @contextmanager
    def volume(self, kind: str = PLAIN) -> Iterator[Any]:
        """Detach it before the end."""
        volume = self.create(kind)
        try:
            yield volume
        finally:
            self.delete(volume)

    @contextmanager
    def attached(self, server: Any, kind: str = PLAIN) -> Iterator[Any]:
        with self.volume(kind) as volume:
            self.attach(server, volume)
            try:
                yield volume
            finally:
                self.detach(server, volume)

    def boot(
        self, name: str, kind: str = PLAIN, flavor: str = FLAVOR, **more: Any
    ) -> Any:
        """A server on a volume of its own, which goes when it goes."""
        root = {
            'boot_index': 0,
            'source_type': 'image',
            'uuid': self.tenant.image_id(),
            'destination_type': 'volume',
            'volume_size': GIB,
            'volume_type': kind,
            'delete_on_termination': True,
        }
        return self.tenant.boot(
            name, flavor=flavor, block_device_mapping=[root], **more
        )

    def of(self, server: Any) -> list[str]:
        """The volumes' ids, in the order of their devices."""
        found = self.compute.volume_attachments(server)
        return [
            attachment.volume_id
            for attachment in sorted(found, key=lambda one: one.device)
        ]

    def _wait(self, volume: Any, status: str) -> Any:
        return self.storage.wait_for_status(
            volume,
            status,
            failures=['error', 'error_attaching', 'error_detaching'],
            interval=0.3,
            wait=PATIENCE,
        )
