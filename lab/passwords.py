# SPDX-License-Identifier: Apache-2.0
"""One random password per account, each in a file of its own."""

import hashlib
import secrets

from lab import settings

ACCOUNTS = (
    'admin',
    'demo',
    'reader',
    'keystone',
    'placement',
    'glance',
    'neutron',
    'nova',
    'cinder',
    'database',
    'rabbitmq',
)
FOLDER = settings.LAB / 'passwords'


def password(account: str) -> str:
    path = FOLDER / account
    if not path.exists():
        FOLDER.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(16))
    return path.read_text()


def version() -> str:
    """Who lost a password needs new databases, for they hold it too."""
    words = ' '.join(everyone().values())
    return hashlib.sha256(words.encode()).hexdigest()


def everyone() -> dict[str, str]:
    return {f'password_{account}': password(account) for account in ACCOUNTS}
