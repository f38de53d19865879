"""Modules of a package by name: what lies in a folder exists, and is not imported until it is needed."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import ModuleType


class Registry:
    """The modules of one package, imported or not; ``dashed`` where a name has hyphens and its file underscores."""

    def __init__(self, package: str, *, dashed: bool = False) -> None:
        self._package = package
        self._dashed = dashed

    def names(self) -> tuple[str, ...]:
        """Return the names of all modules, sorted, without importing them."""
        # A package that is imported may have been given more folders since its specification was found.
        held = sys.modules.get(self._package)
        return _listed(tuple(held.__path__) if held else _folders(self._package), self._dashed)

    def load(self, name: str) -> ModuleType:
        """Return the module of that name; raises KeyError if there is none."""
        if name not in self.names():
            raise KeyError(name)
        return importlib.import_module(f"{self._package}.{name.replace('-', '_')}")

    def claimant(self, path: Path, head: bytes) -> str | None:
        """Return the name of the first module whose ``claim`` takes the file that begins with ``head``, or None."""
        return next((name for name in self.names() if self.load(name).claim(path, head)), None)

    def for_suffix(self, suffix: str) -> str:
        """Return the name whose ``SUFFIXES`` have a file suffix such as ``.html``; raises KeyError if none has it."""
        wanted = suffix.lower()
        for name in self.names():
            if wanted in self.load(name).SUFFIXES:
                return name
        raise KeyError(suffix)


def _folders(package: str) -> tuple[str, ...]:
    spec = find_spec(package)
    return tuple((spec and spec.submodule_search_locations) or ())


@cache
def _listed(folders: Iterable[str], dashed: bool) -> tuple[str, ...]:
    found = (module.name for module in pkgutil.iter_modules(folders))
    return tuple(sorted(name.replace("_", "-") if dashed else name for name in found))
