"""The house's source files as syntax trees."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.config import ROOT


@dataclass(frozen=True)
class Source:
    """One file of the portal; `name` is its path below portal/, without `.py`: `keys/lifecycle`."""

    name: str
    tree: ast.Module

    @classmethod
    def of(cls, name: str, text: str) -> "Source":
        return cls(name, ast.parse(text))

    @property
    def room(self) -> str:
        """The room the file is in; empty for the files at the top."""
        return self.name.rpartition("/")[0]

    def imports(self) -> Iterator[tuple[str, int]]:
        """Every imported name with its line: `flask`, `flask.request`, `portal.keys.models.Key` …"""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)

    def calls(self) -> Iterator[tuple[str, int]]:
        """Every called method or function with its line: `session.commit` → `.commit`, `select` → `select`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield f".{node.func.attr}", node.lineno
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                yield node.func.id, node.lineno

    def attributes(self) -> Iterator[tuple[str, int]]:
        """Every `name.attribute` with its line: `db.session`, `Key.query`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                yield f"{node.value.id}.{node.attr}", node.lineno

    def defined(self) -> Iterator[tuple[str, int]]:
        """Every function, class, argument and variable with its line."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield node.name, node.lineno
            elif isinstance(node, ast.arg):
                yield node.arg, node.lineno
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id, node.lineno


def portal_sources() -> list[Source]:
    """Every file of the portal."""
    return [
        Source.of(str(path.relative_to(ROOT / "portal").with_suffix("")), path.read_text())
        for path in sorted((ROOT / "portal").rglob("*.py"))
    ]


def tracked_files() -> list[Path]:
    """Every file that a person wrote and that is part of the house."""
    outside = {
        ".git",
        ".venv",
        ".venv-clients",
        "instance",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
        ".pytest_cache",
        "test-results",
    }
    return [path for path in ROOT.rglob("*") if path.is_file() and not outside & set(path.relative_to(ROOT).parts)]
