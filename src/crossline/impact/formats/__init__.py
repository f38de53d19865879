"""Writers of an :class:`~crossline.impact.Impact`: one file per format, found by its name.

A module here has what one of :mod:`crossline.reports` has:

- ``SUFFIXES``: the file suffixes that ask for it with ``--output``;
- ``BINARY``: whether it makes bytes for a file only, never for a terminal;
- ``render(impact: Impact, options: Options) -> str | bytes``;
- where a file is written without a text in between, ``encode(impact: Impact) -> bytes``.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

from crossline.reports import Options

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ["Options", "for_suffix", "load", "names"]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all formats, sorted, without importing them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def load(name: str) -> ModuleType:
    """Return the module of that format; raises KeyError if there is none."""
    if name not in names():
        raise KeyError(name)
    return importlib.import_module(f"{__name__}.{name}")


def for_suffix(suffix: str) -> str:
    """Return the format that a file suffix such as ``.html`` asks for; raises KeyError if none does."""
    for name in names():
        if suffix.lower() in load(name).SUFFIXES:
            return name
    raise KeyError(suffix)
