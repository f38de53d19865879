"""Files opened within limits: text in UTF-8 or UTF-16 (as PowerShell redirects it), and whole JSON documents."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.tables import Reject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crossline.tables import Limits

BYTES_MOST: Final = 128 << 20  # of a text or a document; a page of a management service has a few megabytes
_MOST: Final = 1 << 53
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


def content(path: Path, limits: Limits) -> bytes | Reject:
    """Return what the file holds, or why it is not read."""
    most = min(limits.bytes_in, BYTES_MOST)
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        return Reject("file", f"cannot be read: {error.strerror or error}")
    return Reject("file", f"larger than the limit of {most:,} bytes") if len(data) > most else data


def decoded(data: bytes) -> str:
    """Return the text; bytes that are none become U+FFFD."""
    if data[:2] in _UTF16:
        return data.decode("utf-16", "replace")
    return data.decode("utf-8-sig", "replace")


def document(path: Path, limits: Limits) -> Any:  # noqa: ANN401 - JSON of a stranger
    """Return the JSON document, or a Reject."""
    data = content(path, limits)
    if isinstance(data, Reject):
        return data
    try:
        return json.loads(decoded(data))
    except (ValueError, RecursionError) as error:
        return Reject("file", f"not JSON: {str(error)[:120] or 'nested too deeply'}")


def pages(found: object, member: str) -> list[tuple[str, dict[str, Any]]]:
    """Return the objects of a list that ``member`` of a page holds, or of several pages, each with its place.

    One object alone, and a plain list of them, are read as well.
    """
    outer = found if isinstance(found, list) else [found]
    made: list[tuple[str, dict[str, Any]]] = []
    for number, page in enumerate(outer):
        at = f"[{number}]" if isinstance(found, list) else ""
        inner = page.get(member) if isinstance(page, dict) else None
        if isinstance(inner, list):
            places = [f"{at}.{member}[{n}]".lstrip(".") for n in range(len(inner))]
            made += [(place, item) for place, item in zip(places, inner, strict=True) if isinstance(item, dict)]
        elif isinstance(page, dict):
            made.append((at or "file", page))
    return made


def texts(objects: Sequence[dict[str, Any]], key: str) -> pl.Series:
    """Return a member of each object as a column of text; null where it is missing or no text."""
    held = [value if type(value := item.get(key)) is str else None for item in objects]
    return column(key, held)


def column(name: str, held: Sequence[str | None]) -> pl.Series:
    """Return texts as a column. Halves of surrogate pairs, which JSON can name (RFC 8259, 8.2), become ``?``."""
    try:
        return pl.Series(name, held, dtype=pl.String)
    except UnicodeEncodeError:
        return pl.Series(name, [text and text.encode("utf-8", "replace").decode() for text in held], dtype=pl.String)


def whole(objects: Sequence[dict[str, Any]], key: str) -> pl.Series:
    """Return a member of each object as a column of numbers of things; null where it is none."""
    held = [number if type(number := item.get(key)) is int and 0 <= number < _MOST else None for item in objects]
    return pl.Series(key, held, dtype=pl.Int64)


def flags(objects: Sequence[dict[str, Any]], key: str) -> pl.Series:
    """Return a member of each object that is true or false, null where it is neither."""
    held = [flag if type(flag := item.get(key)) is bool else None for item in objects]
    return pl.Series(key, held, dtype=pl.Boolean)


def day(texts: pl.Series) -> pl.Series:
    """Return the day at the beginning of a timestamp (RFC 3339), null where there is none."""
    return texts.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
