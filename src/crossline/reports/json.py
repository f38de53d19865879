"""The audit report as JSON: every finding of the audit, one a line, for programs to read.

The shape is `schema/audit-report.json` beside this file. Text stands in it as it was read, hostile or not: a
program that shows it is responsible for making it safe.
"""

from __future__ import annotations

import io
import json
import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crossline.reports import Audit, Options

SUFFIXES: Final = (".json",)
BINARY: Final = False

# The keys of the report in their order, with what stands there when the header does not say.
_BEFORE: Final[dict[str, Any]] = {
    "crossline": "", "as_of": None, "regimes": [], "parameters": {}, "we": {}, "world": [], "summary": {},
    "coverage": [],
}  # fmt: skip
_AFTER: Final[dict[str, Any]] = {
    "titles": {}, "rules": [], "notes": [], "sources": {}, "resolved": {}, "next": [],
}  # fmt: skip
# What stands in a report only where the question had it.
_ASKED: Final = ("accept_stale", "supposed", "waivers", "baseline")
# What the world states of whom the estate depends on, after what was found.
_DESCRIBED: Final = ("parties", "edges", "states", "parts", "asset_names", "apps", "cables", "exposure_count")
_SLICE: Final = 65_536  # rows that are in memory twice at a time


def render(audit: Audit, options: Options) -> str:  # noqa: ARG001 - every format takes options
    """Return the report; UTF-8 encodable, dates as ISO 8601, what is not known as null."""
    return encode(audit).decode()


def encode(audit: Audit) -> bytes:
    """Return the report in UTF-8, as it is written to a file: a fraction of the memory that text may need."""
    parts: list[bytes] = []
    for key, empty in _BEFORE.items():
        parts += [_key(key), scalar(audit.header.get(key, empty))]
    for key in _ASKED:
        if key in audit.header:
            parts += [_key(key), scalar(audit.header[key])]
    parts += [_key("groups"), *rows(audit.groups), _key("findings"), *rows(audit.findings)]
    for key, empty in _AFTER.items():
        parts += [_key(key), scalar(audit.header.get(key, empty))]
    for key in _DESCRIBED:
        if key in audit.header:
            parts += [_key(key), scalar(audit.header[key])]
    parts += [_key("tally"), *rows(audit.tally), _key("exposure"), *rows(audit.exposure)]
    parts[0] = parts[0].replace(b",", b"{", 1)
    return b"".join([*parts, b"\n}\n"])


def _key(name: str) -> bytes:
    return f',\n"{name}": '.encode()


def rows(frame: pl.DataFrame) -> Iterator[bytes]:
    """Write a table as an array of objects, one a line.

    polars writes newline-delimited JSON on all cores, several times as fast as its array form for nested columns;
    a raw newline in it can only be the end of a row, since RFC 8259 (section 7) has those in strings escaped.
    """
    yield b"["
    before = b"\n"
    for part in frame.iter_slices(_SLICE):
        out = io.BytesIO()
        # One chunk of memory: the writer is slow at rows that are spread over several.
        part.with_columns(
            pl.col(name).fill_null([]) for name, kind in part.schema.items() if kind == pl.List
        ).rechunk().write_ndjson(out)
        yield before
        yield out.getvalue().rstrip(b"\n").replace(b"\n", b",\n")
        before = b",\n"
    yield b"\n]" if frame.height else b"]"


def scalar(value: object) -> bytes:
    """Write one value; dates in ISO 8601, what is not finite as null; raises TypeError for what has none."""
    text = json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        # A file name that is not UTF-8 reaches Python as lone surrogates (PEP 383), which no JSON reader takes.
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _plain(value: object) -> object:
    """Return the value in JSON's own types; raises TypeError for what has no meaning there."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime() | date():
            return value.isoformat()
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case set() | frozenset():
            return sorted(_plain(item) for item in value)  # type: ignore[type-var]  # sets hold words
        case _:
            raise TypeError(f"{type(value).__name__} cannot stand in a report")
