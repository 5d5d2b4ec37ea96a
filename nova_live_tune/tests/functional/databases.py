# SPDX-License-Identifier: Apache-2.0
"""Spare tests what is done for each of their databases again and again.

Every test has databases of its own, which end with it. That SQLAlchemy
compiles each statement for each of them anew was a quarter of what a test
takes of the CPU; opening files and dropping tables, a fifth of the rest.
"""

import types

from oslo_db.sqlalchemy import engines, provision
from sqlalchemy import engine, event, pool


class _Cache(dict):
    """Compiled statements by all of SQLAlchemy's key but its dialect.

    That comes first, and is each engine's own; here all of them are SQLite.
    """

    def get(self, key, default=None):
        return super().get(key[1:], default)

    def __setitem__(self, key, compiled):
        super().__setitem__(key[1:], compiled)


_CACHE = _Cache()


def save_work():
    """Do so from now on, in all of the process."""
    event.listen(engine.Engine, 'engine_connect', _share_statements)
    # oslo.db opens the file for every session, where SQLite then reads the
    # whole schema.
    engines.pool = types.SimpleNamespace(
        **{**vars(pool), 'NullPool': pool.QueuePool}
    )
    # Table by table, though nobody sees them again.
    provision.BackendImpl.drop_all_objects = lambda *_: None


def _share_statements(connection):
    connection.execution_options(compiled_cache=_CACHE)
