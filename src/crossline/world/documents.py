"""JSON documents that sources are published as: how one begins, what it holds, the object of entries within."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from crossline.text import visible
from crossline.world import packed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def start(path: Path, head: bytes) -> bytes:
    """Return the first bytes of a file that may be packed, from its first character on: without mark and blanks."""
    return packed.opening(path, head).lstrip(b"\xef\xbb\xbf \t\r\n")


def begins(path: Path, head: bytes, bracket: bytes, keys: Sequence[bytes]) -> bool:
    """Whether a file begins with a bracket, and all of the keys stand among its first bytes."""
    first = start(path, head)
    return first.startswith(bracket) and all(key in first for key in keys)


def read(path: Path, *, bytes_out: int) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what a JSON file holds; raises Unreadable if it is not whole or not JSON."""
    held = packed.content(path, bytes_out=bytes_out)
    if held.cut:
        raise packed.Unreadable(f"{held.cut.reason}; a JSON document has to be whole")
    return parsed(held.data)


def parsed(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """Return what JSON text holds; raises Unreadable with the reason."""
    try:
        return json.loads(packed.text(data))
    except (ValueError, RecursionError) as error:
        raise packed.Unreadable(f"not JSON: {visible(str(error))}") from error


def member(held: Any, name: str) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON holds
    """Return the object that is a document's member of that name; raises Unreadable if there is none."""
    found = held.get(name) if isinstance(held, dict) else None
    if not isinstance(found, dict):
        raise packed.Unreadable(f"no object of {name} in it")
    return found
