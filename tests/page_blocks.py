"""Blocks of code out of a page of the documentation, and whether what was printed is what the page shows."""

from __future__ import annotations

import doctest
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FENCE = re.compile(r"^```(?P<form>[a-z]*)(?: (?P<file>\S+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def steps(page: Path) -> Iterator[tuple[str, str | None, str]]:
    """Yield (language, name of the file that it is, text) of each block of a page, in order."""
    for match in _FENCE.finditer(page.read_text(encoding="utf-8")):
        yield match["form"], match["file"], match["text"]


def blocks(page: Path, form: str) -> list[str]:
    """Return the blocks of a page that are marked with a language, in order."""
    return [text for language, _, text in steps(page) if language == form]


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Yield each command of a console block (a line that begins with ``$ ``) with what the page shows of its output."""
    command, shown = "", ""
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            if command:
                yield command, shown
            command, shown = line[2:].rstrip("\n"), ""
        else:
            shown += line
    if command:
        yield command, shown


def same(shown: str, printed: str) -> bool:
    """Return whether the page's text is what was printed; ``...`` stands for anything, as in doctest."""
    want, got = ("".join(f"{line.rstrip()}\n" for line in text.splitlines()) for text in (shown, printed))
    return doctest.OutputChecker().check_output(want, got, doctest.ELLIPSIS)
