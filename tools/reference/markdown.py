"""Markdown (GitHub's: CommonMark with tables) that shows words and does nothing else with them."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Final

from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WRITTEN: Final = "<!-- Written by `make reference`; what it says stands in the source. -->"
_MOST: Final = 100_000  # characters shown of one piece of text
_BLOCK: Final = re.compile(r"^(?:#{1,6}(?= |$)|[-+](?= |$)|=+$|-+$|\d+(?=[.)](?: |$)))")


def _plain(words: object) -> str:
    return visible(" ".join(str(words).split()), _MOST)


def text(words: object) -> str:
    """Return anybody's words as Markdown that shows them and does nothing else, on one line."""
    plain = re.sub(r"([\\`*\[\]<>|~])", r"\\\1", _plain(words))
    plain = re.sub(r"(?<![^\W_])_|_(?![^\W_])", r"\\_", plain)
    plain = re.sub(r"&(?=#|\w+;)", "&amp;", plain)
    # What begins a line must not begin a heading, a list or a rule: CommonMark 0.31.2, 4.2, 4.3 and 5.2.
    return _BLOCK.sub(lambda match: f"&#{ord(match[0][0])};{match[0][1:]}", plain)


def code(words: object) -> str:
    """Return words as code within a line or a cell."""
    plain = _plain(words)
    if "|" in plain:
        # A cell ends at a bar, and one that is escaped shows its escape in code that stands outside a table.
        told = re.sub(r"([&<>])", lambda match: {"&": "&amp;", "<": "&lt;", ">": "&gt;"}[match[0]], plain)
        told = re.sub(r"([\\`*_\[\]~|])", lambda match: f"&#{ord(match[0])};", told)
        return f"<code>{told}</code>"
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    space = " " if "`" in plain else ""
    return f"{fence}{space}{plain}{space}{fence}" if plain else ""


def block(words: str) -> str:
    """Return an expression, or a drawing, as a block of code."""
    plain = "\n".join(visible(line, _MOST) for line in words.strip("\n").rstrip().splitlines())
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    return f"{fence}text\n{plain}\n{fence}"


def sentence(words: object) -> str:
    """Return anybody's words with a capital and a full stop."""
    plain = _plain(words).rstrip(".")
    return text(f"{plain[:1].upper()}{plain[1:]}.")


def prose(words: str) -> str:
    """Return one of our own paragraphs: what stands between backticks, one or two, is code."""
    pieces = re.split(r"(?<!`)(``?)(?!`)([^`]+)\1(?!`)", words.replace("**", ""))
    # Of three pieces one is what came before, one the backticks, one the code.
    made = [code(piece) if place % 3 == 2 else _between(piece) for place, piece in enumerate(pieces) if place % 3 != 1]
    return "".join(made)


def _between(words: str) -> str:
    """Return words as :func:`text`, with a space kept at either end."""
    inner = text(words)
    return f"{' ' if words[:1].isspace() else ''}{inner}{' ' if inner and words[-1:].isspace() else ''}"


def said(words: str) -> str:
    """Return one of our own lines as a sentence."""
    made = prose(words.strip().rstrip("."))
    return f"{made[:1].upper()}{made[1:]}."


def first(docstring: str | None) -> str:
    """Return the first paragraph of a docstring."""
    return " ".join((docstring or "").strip().partition("\n\n")[0].split())


def docstring(words: str | None) -> str:
    """Return a docstring: its paragraphs, and what is indented as a block."""
    parts = []
    for paragraph in inspect.cleandoc(words or "").split("\n\n"):
        drawn = paragraph.startswith("    ")
        parts.append(block(inspect.cleandoc("\n" + paragraph)) if drawn else prose(re.sub(r"::$", ":", paragraph)))
    return "\n\n".join(parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(title: str, *parts: str) -> str:
    """Return a page, its parts divided by empty lines."""
    return "\n\n".join([WRITTEN, f"# {title}", *(part for part in parts if part)]) + "\n"
