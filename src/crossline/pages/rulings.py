"""What each rule says of one app or cable, on its page: with its clause, the steps that decide, or what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crossline import wording
from crossline.pages.cases import key_of
from crossline.pages.citing import steps
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crossline.pages import Anchors


def rulings(  # noqa: PLR0913 - what the whole report knows
    asset: Mapping[str, Any],
    kind: str,
    header: Mapping[str, Any],
    anchors: Anchors,
    rows: int,
    *,
    decider: Callable[[Mapping[str, Any]], str],
) -> dict[str, list[dict[str, Any]]]:
    """Return ``violations``, ``unknown`` and ``others`` of one asset of a kind, at most ``rows`` of each.

    ``decider`` says who or what decided a violation, by name where that is known.
    """
    return {
        "violations": [
            _violation(item, kind, header, anchors) | {"decider": decider(item)}
            for item in list(asset.get("violations") or ())[:rows]
        ],
        "others": [
            _rule(item, header) | {"verdict": item.get("verdict")}
            for item in list(asset.get("others") or ())[:rows]
            if item.get("verdict") in wording.VERDICT_ORDER
        ],
        "unknown": [_rule(item, header) | _missing(item) for item in list(asset.get("unknown") or ())[:rows]],
    }


def _rule(item: Mapping[str, Any], header: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule of a regime with what it says and its clause, as the report's rules have them."""
    key = (item.get("regime"), item.get("rule"))
    every: Iterable[Mapping[str, Any]] = header.get("rules") or ()
    told = next((rule for rule in every if (rule.get("regime"), rule.get("rule")) == key), {})
    words = {name: visible(str(told.get(name) or ""), 300) for name in ("title", "cite")}
    return {"regime": item.get("regime"), "rule": item.get("rule"), **words}


def _violation(item: Mapping[str, Any], kind: str, header: Mapping[str, Any], anchors: Anchors) -> dict[str, Any]:
    who = str(item.get("party") or item.get("identifier") or "")
    return {
        **_rule(item, header),
        "why": steps(header, item.get("why") or ()),
        **{name: item.get(name) for name in ("severity", "identifier", "id")},
        "page": anchors.of("case", key_of(str(item.get("regime")), str(item.get("rule")), kind, who)),
    }


def _missing(item: Mapping[str, Any]) -> dict[str, Any]:
    missing = [visible(str(fact), 300) for fact in item.get("missing") or ()]
    return {"missing": missing or ["not said what is missing"]}
