"""Steps of evidence and their sources, as a page shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crossline import wording
from crossline.text import STATEMENT_LIMIT, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHAIN_STEPS: Final = 30


def source(header: Mapping[str, Any], key: str | None) -> dict[str, Any]:
    """Return a source with its citation, its address where that is one of the web, and its licence."""
    found = (header.get("sources") or {}).get(key)
    return {
        "key": key,
        "text": wording.citation(found, key),
        "url": wording.web_address(found.get("url")) if found else None,
        "licence": (found or {}).get("licence"),
    }


def steps(header: Mapping[str, Any], told: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return steps with ``statement`` and ``source``, and what else stands in them."""
    return [
        {**step, "statement": visible(str(step.get("statement") or ""), STATEMENT_LIMIT),
         "source": source(header, step.get("source"))}
        for step in list(told)[:CHAIN_STEPS]
    ]  # fmt: skip


def brief(header: Mapping[str, Any], key: str | None) -> str:
    """Return a source in a few words, for a picture: who says so and when, or the source's id."""
    if key == wording.OWN_FILES:
        return "our own files"
    found = (header.get("sources") or {}).get(key)
    if not key or not found:
        return visible(key or "", 40)
    said = [visible(str(found[name]), 40) for name in ("issuer", "published") if found.get(name)]
    return ", ".join(said) or visible(key, 40)
