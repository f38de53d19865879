"""Writers of an :class:`~crossline.impact.Impact`: one file per format, found by its name.

A module here has what one of :mod:`crossline.reports` has:

- ``SUFFIXES``: the file suffixes that ask for it with ``--output``;
- ``BINARY``: whether it makes bytes for a file only, never for a terminal;
- ``render(impact: Impact, options: Options) -> str | bytes``;
- where a file is written without a text in between, ``encode(impact: Impact) -> bytes``.
"""

from __future__ import annotations

from crossline.registry import Registry
from crossline.reports import Options

__all__ = ["Options", "for_suffix", "load", "names"]

_FORMATS = Registry(__name__)
names, load, for_suffix = _FORMATS.names, _FORMATS.load, _FORMATS.for_suffix
