"""A page for a state: what depends on parties registered there, and what on parties controlled from there.

These are two things: a registry's country says where a number or a name is written down, control says whose
ownership, direction or head office its holder answers to. Neither says where a thing is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import wording
from crossline.drawing.layers import Edge, Node, draw
from crossline.pages.citing import steps
from crossline.pages.lines import called, counted_kinds, page_of, state_key
from crossline.pages.parties import WIDTHS, cases_of
from crossline.pages.picturing import markup, share_bar, stacked
from crossline.text import visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crossline.digest import Row
    from crossline.pages import Anchors
    from crossline.pages.cases import Cases

_ROWS: Final = 10
_EMPTY: Final[dict[str, Any]] = {"code": "", "name": None, "why": (), "who": (), "doctrine": None}
_NOTHING: Final[dict[str, Any]] = {"kinds": (), "holders": (), "holder_count": 0}


def described(header: Mapping[str, Any], found: Cases, exposure: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what the report says of each state: those that the question names first, then the largest."""
    said = {state_key(str(state.get("code"))): state for state in header.get("states") or ()}
    asked: dict[str, list[str]] = {}
    for regime, parameters in (header.get("parameters") or {}).items():
        for name in ("home", "target"):
            if isinstance(parameters, dict) and parameters.get(name):
                asked.setdefault(state_key(str(parameters[name])), []).append(f"{name} of {regime}")
    accused = [who for who in found.every["who"].unique().sort() if who.startswith(("state-", "state:"))]
    seen = exposure.filter(pl.col("what").is_in(["state-registered", "state-controlled"])).sort(
        "assets", "id", descending=[True, False]
    )
    named = {state_key(one): name for one, name in seen.select("id", "name").iter_rows()}
    decided = {state_key(who) for who in accused}
    order = dict.fromkeys([*asked, *said, *(state_key(who) for who in accused), *named])
    told = [
        {
            **_EMPTY,
            "registered": _shares(seen, "state-registered", key),
            "controlled": _shares(seen, "state-controlled", key),
            "name": named.get(key),
            "why": asked.get(key, []),
            **said.get(key, {}),
            "code": key.upper(),
            "key": key,
        }
        for key in order
    ]
    kept = [state for state in told if state["why"] or state["key"] in decided or _most(state)]
    return sorted(kept, key=lambda state: (not state["why"], -_most(state)))


def _most(state: Mapping[str, Any]) -> int:
    """Return how many assets of one kind, at most, depend on what is controlled from or registered in a state."""
    return max((int(row["assets"]) for part in ("controlled", "registered") for row in state[part]["kinds"]), default=0)


def _shares(exposure: pl.DataFrame, what: str, key: str) -> dict[str, Any]:
    """Return the counts by kind that the exposure has, where no dossier says more."""
    mine = exposure.filter(
        (pl.col("what") == what) & (pl.col("id").str.to_lowercase().str.strip_prefix("state-") == key)
    )
    return {**_NOTHING, "kinds": list(mine.select("kind", "assets", "share_pct").iter_rows(named=True))}


def state_page(
    state: Mapping[str, Any], header: Mapping[str, Any], rows: Sequence[Row], found: Cases, anchors: Anchors
) -> dict[str, Any]:
    """Return what the page of a state shows; ``rows`` has the verdicts by rule."""
    key, code = str(state["key"]), visible(str(state["code"]), 40)
    name = visible(str(state["name"] or code))
    lines = _lines(state, header, anchors)
    findings = [cases_of(who, found, anchors) for who in (f"state-{key}", f"state:{key.upper()}")]
    return {
        "id": anchors.of("state", key),
        "name": name,
        "code": code,
        "why": list(state["why"])[:12],
        "who": steps(header, state["who"])[:3],
        "doctrine": state["doctrine"],
        "registered": _part(state["registered"], anchors),
        "controlled": _part(state["controlled"], anchors),
        "lines": lines,
        "rules": _rules(key, header, rows),
        "findings": next((some for some in findings if some["rows"]), findings[0]),
        "picture": _picture(state, name),
    }


def _part(part: Mapping[str, Any], anchors: Anchors) -> dict[str, Any]:
    holders = [
        {"counted": counted_kinds(holder), "said": called(holder), "page": page_of(anchors, holder["id"])}
        for holder in list(part["holders"])[:_ROWS]
    ]
    kinds = [
        {**row, "bar": share_bar(row["share_pct"] or 0, f"{row['kind']}: {row['assets']:,} assets")}
        for row in list(part["kinds"])[:_ROWS]
    ]
    return {"kinds": kinds, "holders": holders, "left_out": max(int(part["holder_count"]) - len(holders), 0)}


def _lines(state: Mapping[str, Any], header: Mapping[str, Any], anchors: Anchors) -> list[dict[str, Any]]:
    kinds = {row["kind"] for part in ("registered", "controlled") for row in state[part]["kinds"]}
    lines = dict.fromkeys(rule.get("line") for rule in header.get("rules") or () if rule.get("kind") in kinds)
    return [{"line": line, "page": anchors.of("line", line)} for line in lines if line]


def _rules(key: str, header: Mapping[str, Any], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the rules of regimes that have the state as home or target, and their verdicts."""
    spoken: dict[str, list[str]] = {}
    for regime, parameters in (header.get("parameters") or {}).items():
        if not isinstance(parameters, dict):
            continue
        as_what = [name for name in ("home", "target") if state_key(str(parameters.get(name) or "")) == key]
        if as_what:
            spoken[str(regime)] = as_what
    found = []
    for regime, as_what in spoken.items():
        mine = [row for row in rows if row.regime == regime]
        counts = {verdict: sum(row.counts[verdict] for row in mine) for verdict in wording.VERDICT_ORDER}
        found.append(
            {
                "regime": regime,
                "as": " and ".join(as_what),
                "title": ((header.get("titles") or {}).get(regime) or {}).get("title"),
                "rules": [row.rule for row in mine if row.judged > row.counts["not-applicable"]][:40],
                "counts": counts,
                "bar": stacked(counts, regime),
            }
        )
    return found


def _picture(state: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - Markup or None
    """Draw which of our assets lead, over which parties controlled from there, to the state."""
    holders = list(state["controlled"]["holders"])[:5]
    if not holders:
        return None
    kinds = {"kinds": state["controlled"]["kinds"]}
    ours = Node("ours", "asset", "of ours", counted_kinds(kinds))
    parties = {
        str(holder["id"]): Node(str(holder["id"]), "party", counted_kinds(holder), visible(called(holder), 90))
        for holder in holders
    }
    edges = [Edge("ours", party, ("depend on",)) for party in parties]
    edges += [Edge(party, "state", ("controlled from",)) for party in parties]
    rows = [[ours], list(parties.values()), [Node("state", "state", "state", name)]]
    label = f"Which assets depend on parties controlled from {name}"
    return markup("".join(draw(rows, edges, width, label, css) for css, width in WIDTHS.items()))
