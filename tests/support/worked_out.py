"""What every app and every engine would work out anew for each test, worked out once in a process.

A server compiles a template or a statement once in its life. Each test has an app and an engine of its own, so without
this, most of the time of a test of a page is spent on compiling.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Connection, Engine, event, util
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from werkzeug.routing import Rule


class _Templates(BytecodeCache):
    """Compiled templates, as long as their text is the same."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        bucket.code = code if checksum == bucket.checksum else None

    def dump_bytecode(self, bucket: Bucket) -> None:
        assert bucket.code is not None
        self._kept[bucket.key] = (bucket.checksum, bucket.code)


def _builders() -> Callable[[Rule, bool], Any]:
    """Return what makes the function that builds a rule's address, which depends on nothing but its text."""
    make, kept = Rule._compile_builder, dict[Any, Any]()

    def kept_or_made(rule: Rule, append_unknown: bool = True) -> Any:
        if rule.defaults:
            return make(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in kept:
            kept[key] = make(rule, append_unknown)
        return kept[key]

    return kept_or_made


@contextmanager
def once() -> Iterator[None]:
    """Share compiled templates and addresses among all apps, and compiled statements among all engines of a kind."""
    statements: Any = util.LRUCache(2000)

    def share(connection: Connection) -> None:
        connection.engine._compiled_cache = statements  # it has no public name

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "jinja_options", {**Flask.jinja_options, "bytecode_cache": _Templates()})
        patch.setattr(Rule, "_compile_builder", _builders())
        for kind in (SQLiteDialect_pysqlite, PGDialect_psycopg):  # a statement is kept for a dialect
            patch.setattr(kind, "__eq__", lambda one, other: type(one) is type(other), raising=False)
            patch.setattr(kind, "__hash__", lambda one: hash(type(one)), raising=False)
        event.listen(Engine, "engine_connect", share)
        yield
        event.remove(Engine, "engine_connect", share)
