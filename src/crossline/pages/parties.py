"""A page for a party: who it is, why it is named, who holds it, what of ours depends on it; each with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import wording
from crossline.drawing.layers import Edge, Node, draw
from crossline.pages.cases import key_of
from crossline.pages.citing import brief, source, steps
from crossline.pages.lines import called, counted_kinds, page_of
from crossline.pages.picturing import markup, share_bar
from crossline.text import plural, visible

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.pages import Anchors
    from crossline.pages.cases import Cases

WIDTHS: Final = {"wide": 900, "medium": 600, "narrow": 288}  # of the picture, in CSS pixels
_DEEP: Final = 4  # rows of owners drawn; the table has all
_ROWS: Final = 12
_EMPTY: Final[dict[str, Any]] = {
    "id": "", "name": None, "kind": None, "domicile": (), "seat": (), "registered": (), "who": (), "named": (),
    "identifiers": (), "identifier_count": 0, "controlled": (), "depends": (), "beside": (),
}  # fmt: skip


def described(header: Mapping[str, Any], found: Cases, exposure: pl.DataFrame) -> list[dict[str, Any]]:
    """Return what the report says of each party: those that decide violations first, then the largest dependences."""
    said = {str(party.get("id")): {**_EMPTY, **party} for party in header.get("parties") or ()}
    named = exposure.filter(pl.col("what") == "party").sort("assets", "id", descending=[True, False])
    names = dict(named.drop_nulls("name").select("id", "name").iter_rows()) | (header.get("asset_names") or {})
    accused = (
        found.every.filter(pl.col("who") != "").group_by("who").agg(pl.col("count").sum())
        .sort("count", "who", descending=[True, False])["who"].to_list()
    )  # fmt: skip
    order = dict.fromkeys([*accused, *said, *named["id"].drop_nulls().to_list()])
    states = ("state-", "state:")
    return [
        said[party] | {"name": said[party]["name"] or names.get(party)}
        if party in said
        else {**_EMPTY, "id": party, "name": names.get(party)}
        for party in order
        if not party.startswith(states)
    ]


def party_page(
    party: Mapping[str, Any], header: Mapping[str, Any], found: Cases, exposure: pl.DataFrame, anchors: Anchors
) -> dict[str, Any]:
    """Return what the page of a party shows."""
    key = str(party["id"])
    name = wording.held(key, party["name"]) if ":" in key else visible(str(party["name"] or key))
    edges = _above(key, header)
    findings = cases_of(key, found, anchors)
    return {
        "id": anchors.of("party", key),
        "key": key,
        "name": name,
        "unnamed": ":" in key and not key.startswith("asset:"),
        "kind": party["kind"],
        "places": _places(party),
        "who": steps(header, [*party["who"], *party["identifiers"]]),
        "identifier_count": party["identifier_count"],
        "named": steps(header, party["named"]),
        "controlled": [
            {"state": control["state"], "regime": control["regime"], "steps": steps(header, control["steps"]),
             "page": anchors.of("state", str(control["state"]).lower())}
            for control in list(party["controlled"])[:_ROWS]
        ],
        "edges": [_edge_view(edge, header, anchors) for edge in edges],
        "depends": _depends(party, exposure, header),
        "picture": _picture(party, name, edges, header),
        "findings": findings,
        "finding_count": sum(row["count"] for row in findings["rows"]) + findings["left_out_count"],
        "beside": [
            {"counted": counted_kinds(other), "said": called(other), "page": page_of(anchors, other["id"])}
            for other in list(party["beside"])[:_ROWS]
        ],
    }  # fmt: skip


def cases_of(who: str, found: Cases, anchors: Anchors) -> dict[str, Any]:
    """Return the violations that a party decides, by rule, with where each is told."""
    mine = found.every.filter(pl.col("who") == who)
    told = {case.key: case for some in found.shown.values() for case in some}
    rows = []
    for row in mine.head(_ROWS).iter_rows(named=True):
        key = key_of(row["regime"], row["rule"], row["kind"], row["who"])
        case = told.get(key)
        rows.append(
            {**row, "page": anchors.of("case", key) if case else None, "line_page": anchors.of("line", row["line"]),
             "samples": [sample["name"] for sample in case.samples[:3]] if case else [],
             "baseline": case.baseline if case else {}, "severity": case.severity if case else None}
        )  # fmt: skip
    rest = mine.slice(_ROWS)
    return {"rows": rows, "left_out": rest.height, "left_out_count": int(rest["count"].sum())}


def _places(party: Mapping[str, Any]) -> list[str]:
    said = []
    for column, words in (
        ("domicile", "incorporated in"),
        ("seat", "head office in"),
        ("registered", "its numbers or names are registered in"),
    ):
        codes = [visible(str(code), 12) for code in list(party[column])[:6]]
        if codes:
            said.append(f"{words} {' or '.join(codes)}")
    return said


def _above(party: str, header: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of control above a party, the nearest first; ``level`` counts from it."""
    by_owned: dict[str, list[dict[str, Any]]] = {}
    for edge in header.get("edges") or ():
        by_owned.setdefault(str(edge.get("owned")), []).append(edge)
    found: list[dict[str, Any]] = []
    level, seen, depth = [party], {party}, 0
    while level and len(found) < 2 * _ROWS:
        depth += 1
        following: list[str] = []
        for owned in level:
            for edge in by_owned.get(owned, ()):
                found.append({**edge, "level": depth})
                owner = str(edge.get("owner"))
                if owner not in seen:
                    seen.add(owner)
                    following.append(owner)
        level = following
    return found[: 2 * _ROWS]


def _dates(edge: Mapping[str, Any]) -> str:
    since, until = (visible(str(edge.get(name) or ""), 20) for name in ("since", "until"))
    return " ".join(part for part in (f"since {since}" if since else "", f"until {until}" if until else "") if part)


def _edge_view(edge: Mapping[str, Any], header: Mapping[str, Any], anchors: Anchors) -> dict[str, Any]:
    return {
        **{name: edge.get(name) for name in ("owner_name", "owned_name", "held", "note")},
        "dates": _dates(edge),
        "source": source(header, edge.get("source")),
        "page": page_of(anchors, str(edge.get("owner"))),
    }


def _depends(party: Mapping[str, Any], exposure: pl.DataFrame, header: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = list(party["depends"])[:_ROWS]
    if not rows:
        mine = exposure.filter((pl.col("what") == "party") & (pl.col("id") == party["id"]))
        rows = list(mine.sort("assets", descending=True).head(_ROWS).iter_rows(named=True))
    return [
        {
            "kind": row["kind"],
            "role": row["role"],
            "verb": wording.VERBS.get(
                row["role"] or "", f"depends, as {visible(row['role'], 30)}, on" if row["role"] else ""
            ),
            "assets": row["assets"],
            "share": row.get("share_pct"),
            "bar": share_bar(row.get("share_pct") or 0, f"{visible(row['kind'])}: {row['assets']:,} assets"),
            "identifiers": [_written(name, header) for name in list(row.get("identifiers") or ())[:6]],
            "more": max(int(row.get("identifier_count") or 0) - 6, 0),
        }
        for row in rows
    ]


def _written(identifier: str, header: Mapping[str, Any]) -> str:
    return wording.identifier(wording.written(identifier, header.get("asset_names")))


def _picture(party: Mapping[str, Any], name: str, edges: list[dict[str, Any]], header: Mapping[str, Any]) -> Any:  # noqa: ANN401 - Markup or None
    """Draw our assets, the party, its owners row by row, and the states that it and they stand beside."""
    key = str(party["id"])
    ours = [
        Node(f"ours {place}", "asset", visible(str(row["role"] or "").replace("_", " "), 30),
             plural(row["assets"], visible(str(row["kind"]).replace("-", " "), 30)))
        for place, row in enumerate(list(party["depends"])[:6])
    ]  # fmt: skip
    owners = [edge for edge in edges if edge["level"] <= _DEEP]
    if not ours and not owners:
        return None
    place = ", ".join(visible(str(code), 12) for code in dict.fromkeys([*party["domicile"], *party["seat"]]))
    caption = ", ".join(part for part in (visible(str(party["kind"] or ""), 20), place) if part)
    rows: list[list[Node]] = [ours, [Node(key, "party", caption or "no party known", name)]]
    lines = [
        Edge(node.key, key, (wording.VERBS.get(str(row["role"]), ""),
                             ", ".join(_written(one, header) for one in row["identifiers"][:2])
                             + (" …" if row["identifier_count"] > 2 else "")))
        for node, row in zip(ours, party["depends"], strict=False)
    ]  # fmt: skip
    drawn = {key}
    joined: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for edge in owners:
        joined.setdefault((str(edge["owned"]), str(edge["owner"])), []).append(edge)
    for (owned, owner), said in joined.items():
        level = int(said[0]["level"]) + 1
        if owner not in drawn:
            drawn.add(owner)
            while len(rows) <= level:
                rows.append([])
            rows[level].append(_owner(said[0]))
        more = f"and {len(said) - 1} more statement{'s' if len(said) > 2 else ''}" if len(said) > 1 else ""
        label = (f"held: {visible(str(said[0]['held']), 60)}", _dates(said[0]), brief(header, said[0].get("source")))
        lines.append(Edge(owned, owner, (*label, more)))
    _states(party, rows, lines, joined, drawn, header)
    said_aloud = f"What depends on {name}, and who holds it"
    return markup("".join(draw(rows, lines, width, said_aloud, css) for css, width in WIDTHS.items()))


def _owner(edge: Mapping[str, Any]) -> Node:
    state = edge.get("owner_kind") == "state"
    about = [edge.get("owner_kind"), None if state else edge.get("owner_domicile")]
    caption = ", ".join(visible(str(part), 24) for part in about if part)
    return Node(str(edge["owner"]), "state" if state else "owner", caption, visible(str(edge["owner_name"]), 90))


def _states(  # noqa: PLR0913, PLR0917 - the picture so far
    party: Mapping[str, Any], rows: list[list[Node]], lines: list[Edge],
    joined: Mapping[tuple[str, str], list[Mapping[str, Any]]], drawn: set[str], header: Mapping[str, Any],
) -> None:  # fmt: skip
    """Add the states in which the owners of the last row, or the party itself, are incorporated or seated."""
    last = rows[-1]
    stands: dict[tuple[str, str], list[str]] = {}
    said = ""
    if len(rows) == 2:  # ours and the party: no owner is known
        for column, verb in (("domicile", "incorporated in"), ("seat", "head office in")):
            for code in party[column]:
                stands.setdefault((last[0].key, str(code)), []).append(verb)
        words = {step.get("source") for step in party["who"]}
        said = brief(header, words.pop()) if len(words) == 1 else ""
    for edges in joined.values() if len(rows) > 2 else ():
        owner, code, kind = (edges[0].get(name) for name in ("owner", "owner_domicile", "owner_kind"))
        reached = kind == "state" or f"state-{str(code).lower()}" in drawn
        if code and not reached and any(node.key == owner for node in last):
            stands[str(owner), str(code)] = ["agency of" if kind == "agency" else "incorporated in"]
    lines += [Edge(key, f"state {code}", (" and ".join(verbs), said)) for (key, code), verbs in stands.items()]
    places = dict.fromkeys(code for _, code in stands)
    names = {str(s.get("code")): s.get("name") for s in header.get("states") or ()}
    row = [Node(f"state {code}", "state", "state", visible(str(names.get(code) or code), 40)) for code in places]
    if row:
        rows.append(row)
