# SPDX-License-Identifier: Apache-2.0
"""One cache of compiled SQL for the databases of all tests.

Every test has databases of its own, and SQLAlchemy compiles each statement
for each of them anew, which is a quarter of what a test takes of the CPU.
"""

from sqlalchemy import engine, event


class _Cache(dict):
    """Compiled statements by all of SQLAlchemy's key but its dialect.

    That comes first, and is each engine's own; here all of them are SQLite.
    """

    def get(self, key, default=None):
        return super().get(key[1:], default)

    def __setitem__(self, key, compiled):
        super().__setitem__(key[1:], compiled)


_CACHE = _Cache()


def share():
    """Use it from now on, in all of the process."""
    event.listen(engine.Engine, 'engine_connect', _share)


def _share(connection):
    connection.execution_options(compiled_cache=_CACHE)
