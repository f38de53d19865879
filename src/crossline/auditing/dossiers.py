"""What the world states of the parties and states that matter to an audit: each statement with its source.

Bounded, whatever the size of the estate: the parties that decide a violation, then those that most assets depend
on, and of each the largest parts. Counts are those of all.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.auditing.dependents import beside, by_role, by_state_and_holder
from crossline.auditing.exposure import by_state, controlling_states, exposure, holders, own_name, tied
from crossline.evaluate.reasons import Reasons
from crossline.kleene import TRUE
from crossline.world import chains
from crossline.world.chains import hedged, percent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding

PARTIES: Final = 60  # that a report describes
STATES: Final = 40
_ACCUSED: Final = 40  # of the parties: those that decide a violation
_DEEP: Final = 8  # owners of owners
_EDGES: Final = 24  # statements of control told for one party
_IDENTIFIERS: Final = 8  # told for one party
_STEPS: Final = 12


def dossiers(
    session: Session,
    bindings: list[Binding],
    found: pl.DataFrame,
    sources: Mapping[str, Any],
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """Return the exposure, and the header's ``parties``, ``edges``, ``states``, its count and all ``sources``.

    ``found`` has the findings, ``sources`` what the header describes already.
    """
    controlled = controlling_states(session, bindings[0])
    (depended, total), tables = exposure(session, controlled), list(tied(session))
    chosen = _chosen(found, depended)
    roles, shared = by_role(session, tables, chosen), beside(session, tables, chosen)
    edges = _edges(session, chosen)
    controllers = _controllers(session, bindings, {*chosen, *(edge["owner"] for edge in edges)})
    parties = [
        _party(session, bindings, party, controllers)
        | {"depends": roles.get(party, []), "beside": shared.get(party, [])}
        for party in chosen
    ]
    why = _asked(bindings, found)
    shown = _codes(why, depended, parties)
    registered = by_state_and_holder(session, tables, session.answers.resolution.registered, shown)
    held = by_state_and_holder(session, tables, controlled, shown)
    states = [
        _state(session, code, why.get(code, []))
        | {"doctrine": bindings[0].regime.id, "registered": registered[code], "controlled": held[code]}
        for code in shown
    ]
    named = {step["source"] for party in parties for step in _steps_of(party)} | {edge["source"] for edge in edges}
    named |= {step["source"] for state in states for step in state["who"]}
    # What the evidence rests on stands first.
    described = {**sources, **cited(session, named - set(sources))}
    return depended, {
        "parties": parties,
        "edges": edges,
        "states": states,
        "sources": described,
        "exposure_count": total,
    }


def cited(session: Session, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Describe sources of the world, by id; what the world does not describe is left out."""
    rows = session.answers.world.table("source").filter(pl.col("id").is_in(sorted(set(ids)))).unique("id").sort("id")
    return {
        row["id"]: {
            "title": row["title"],
            "issuer": row["issuer"],
            "url": row["url"],
            "published": row["published"].isoformat() if row["published"] else None,
            "licence": row["licence"],
        }
        for row in rows.iter_rows(named=True)
    }


def _chosen(found: pl.DataFrame, depended: pl.DataFrame) -> list[str]:
    """Return the parties that decide most violations, then those that most assets depend on; never a state."""
    accused = (
        found.filter((pl.col("verdict") == "violation") & pl.col("party").is_not_null())
        .group_by("party")
        .len("count")
        .sort("count", "party", descending=[True, False])["party"]
        .to_list()
    )
    large = (
        depended.filter(pl.col("what") == "party")
        .group_by("id")
        .agg(pl.col("share_pct").max(), pl.col("assets").sum())
        .sort("assets", "share_pct", "id", descending=[True, True, False])["id"]
        .to_list()
    )
    parties = [party for party in accused if not _is_state(party)][:_ACCUSED]
    return list(dict.fromkeys([*parties, *(party for party in large if not _is_state(party))]))[:PARTIES]


def _is_state(party: str) -> bool:
    return party.startswith(("state-", "state:"))


def _step(statement: str, source: str | None) -> dict[str, Any]:
    return {"statement": statement, "source": source}


def _steps_of(party: Mapping[str, Any]) -> list[dict[str, Any]]:
    chains_of = [step for control in party["controlled"] for step in control["steps"]]
    return [*party["who"], *party["named"], *party["identifiers"], *chains_of]


def _since(row: Mapping[str, Any]) -> str:
    since = f" since {row['since']}" if row.get("since") else ""
    return since + (f" until {row['until']}" if row.get("until") else "")


def _party(
    session: Session, bindings: list[Binding], party: str, controllers: dict[tuple[str, str], Any]
) -> dict[str, Any]:
    graph = session.answers.graph
    number = graph.number.get(party)
    rows = graph.places.filter(pl.col("id") == party) if number is not None else graph.places.clear()
    keys = _keys(session, party)
    identities = Reasons(session.answers, bindings[0], bindings[0].regime.rules[0])
    told = [step for key in keys[:_IDENTIFIERS] for step in identities.identity(key)]
    registered = session.answers.resolution.registered.gather(keys).drop_nulls().unique().sort()
    registrations = session.answers.resolution.registration.filter(pl.col("key").is_in(keys)).drop_nulls("name")
    called = registrations.sort("gap", "seen", descending=[False, True])["name"].head(1).to_list() or [None]
    return {
        "id": party,
        "name": graph.names[number] if number is not None else own_name(session, party) or called[0],
        "kind": (rows["kind"].drop_nulls().head(1).to_list() or [None])[0] if number is not None else None,
        "domicile": rows["domicile"].drop_nulls().unique().sort().to_list(),
        "seat": rows["seat"].drop_nulls().unique().sort().to_list(),
        "registered": registered.to_list(),
        "who": [step for row in rows.iter_rows(named=True) for step in _places(row)],
        "named": [] if number is None else _named(session, bindings, party),
        "identifiers": [_step(step.told, step.source) for step in dict.fromkeys(told)][: 2 * _IDENTIFIERS],
        "identifier_count": len(keys),
        "controlled": [] if number is None else _controlled(session, bindings, number, controllers),
    }


def _keys(session: Session, party: str) -> list[int]:
    """Return the first key of each identifier of the estate that leads to the party."""
    frame = session.answers.resolution.keys.frame
    return (
        frame.filter(holders(session) == party)
        .unique(["type", "value"], keep="first", maintain_order=True)
        .filter(~pl.col("type").is_in(["party", "state"]))["key"]
        .to_list()
    )


def _places(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    told = []
    for column, verb in (("domicile", "is incorporated in"), ("seat", "has its head office in")):
        if row[column] and row["kind"] not in ("state", "dispersed"):
            said = "is an agency of" if row["kind"] == "agency" and column == "domicile" else verb
            told.append(_step(f"{row['name'] or row['id']} {said} {row[column]}{hedged(row)}", row["source"]))
    return told


def _named(session: Session, bindings: list[Binding], party: str) -> list[dict[str, Any]]:
    """Return the lists that name the party as of the question's date, and which regimes ask about them."""
    when = session.answers.as_of
    rows = session.answers.world.table("listing").filter(
        (pl.col("party") == party)
        & (pl.col("since").is_null() | (pl.col("since") <= when))
        & (pl.col("until").is_null() | (pl.col("until") > when))
    )
    asked: dict[str, list[str]] = {}
    for binding in bindings:
        for selection in binding.regime.lists.values():
            if binding.unused(selection) is None:
                asked.setdefault(selection.list, []).append(binding.regime.id)
    return [
        _step(
            f"on the list {row['list']} ({row['status']}{', scope ' + row['scope'] if row['scope'] else ''})"
            f"{_since(row)}{hedged(row)}",
            row["source"],
        )
        | {"list": row["list"], "regimes": list(dict.fromkeys(asked.get(row["list"], [])))}
        for row in sorted(rows.iter_rows(named=True), key=lambda row: (row["list"] not in asked, row["list"]))
    ]


def _controllers(session: Session, bindings: list[Binding], parties: set[str]) -> dict[tuple[str, str], Any]:
    """Return the closures of control by regime and state, for the states that any of the parties stands beside."""
    places = session.answers.graph.places.filter(pl.col("id").is_in(sorted(parties)))
    codes = pl.concat([places["domicile"], places["seat"]]).drop_nulls().unique().sort().to_list()
    return {
        (binding.regime.id, code): closure
        for binding in bindings
        for code, closure in by_state(session, binding, codes).items()
    }


def _controlled(
    session: Session, bindings: list[Binding], party: int, controllers: dict[tuple[str, str], Any]
) -> list[dict[str, Any]]:
    """Return the states that control a party, under which regime's doctrine, and the chain of statements."""
    graph, found = session.answers.graph, []
    reasons = {one.regime.id: Reasons(session.answers, one, one.regime.rules[0]) for one in bindings}
    for (regime, code), closure in controllers.items():
        if closure.codes[party] != TRUE:
            continue
        steps, roots = chains.held_by(graph, closure, party)
        told = [_step(step.told, step.source) for step in steps]
        codes = session.answers.codes_of(code, reasons[regime].binding)
        for row in graph.places.filter(pl.col("number").is_in(roots)).iter_rows(named=True):
            # Where a body was incorporated controls nobody; an agency's domicile is whose it is.
            for column in ("domicile", "seat") if row["kind"] == "agency" else ("seat",):
                if row[column] in codes:
                    told += _places({**row, "domicile": None, "seat": None, column: row[column]})
                    covers = reasons[regime].cover(row[column], code)
                    told += [_step(step.told, step.source) for step in covers]
        distinct = [step for place, step in enumerate(told) if step not in told[:place]]
        found.append({"state": code, "regime": regime, "steps": distinct[:_STEPS]})
    return found


def _edges(session: Session, chosen: list[str]) -> list[dict[str, Any]]:
    """Return the statements of control above the parties, the nearest first; each once."""
    graph = session.answers.graph
    statements = graph.statements.with_row_index("row")
    taken: dict[int, None] = {}
    for party in chosen:
        level, seen, mine = [party], {party}, 0
        for _ in range(_DEEP):
            rows = statements.filter(pl.col("owned").is_in(level)).head(_EDGES - mine)
            taken.update(dict.fromkeys(rows["row"].to_list()))
            mine += rows.height
            level = [owner for owner in rows["owner"].unique(maintain_order=True) if owner not in seen]
            seen.update(level)
            if not level or mine >= _EDGES:
                break
    places = graph.places.unique("id", keep="first").select("id", "kind", "domicile", "name")
    about = {row[0]: row[1:] for row in places.iter_rows()}
    return [_edge(row, about) for row in statements[list(taken)].iter_rows(named=True)]


def _edge(row: Mapping[str, Any], about: Mapping[str, tuple[Any, ...]]) -> dict[str, Any]:
    kind, domicile, owner = about.get(row["owner"], (None, None, None))
    interest = {"equity": "of the equity", "voting": "of the votes", "both": "of equity and votes"}.get(row["kind"])
    held = "direction" if interest is None else f"{percent(row['share_min'], row['share_max'])} {interest}"
    return {
        "owner": row["owner"],
        "owner_name": owner or row["owner"],
        "owner_kind": kind,
        "owner_domicile": domicile,
        "owned": row["owned"],
        "owned_name": about.get(row["owned"], (None, None, None))[2] or row["owned"],
        "kind": row["kind"],
        "share_min": None if interest is None else row["share_min"],
        "share_max": None if interest is None else row["share_max"],
        "held": held + hedged(row),
        "since": row["since"].isoformat() if row["since"] else None,
        "until": row["until"].isoformat() if row["until"] else None,
        "note": row["note"],
        "source": row["source"],
    }


def _asked(bindings: list[Binding], found: pl.DataFrame) -> dict[str, list[str]]:
    """Return the states that the question itself names, or that decide a violation, and as what."""
    why: dict[str, list[str]] = {}
    for binding in bindings:
        for name, code in (("home", binding.home), ("target", binding.target)):
            if code:
                why.setdefault(code, []).append(f"{name} of {binding.regime.id}")
    for code in bindings[0].we.states:
        why.setdefault(code, []).append("where we are")
    accused = found.filter(pl.col("verdict") == "violation")["party"].drop_nulls().unique().sort()
    for party in accused:
        if _is_state(party):
            why.setdefault(party[6:].upper(), [])
    return why


def _codes(why: dict[str, list[str]], depended: pl.DataFrame, parties: list[dict[str, Any]]) -> list[str]:
    """Return the states to describe: those asked about, those in control, then those that register most."""
    controllers = (control["state"] for party in parties for control in party["controlled"])
    large = (
        depended.filter(pl.col("what").is_in(["state-registered", "state-controlled"]))
        .group_by("id")
        .agg(pl.col("assets").sum())
        .sort("assets", "id", descending=[True, False])["id"]
    )
    return list(islice(dict.fromkeys([*why, *controllers, *large]), STATES))


def _state(session: Session, code: str, why: list[str]) -> dict[str, Any]:
    graph = session.answers.graph
    number = graph.number.get(f"state-{code.lower()}")
    rows = graph.places.clear() if number is None else graph.places.filter(pl.col("number") == number)
    return {
        "code": code,
        "name": None if number is None else graph.names[number],
        "why": list(dict.fromkeys(why)),
        "who": [
            _step(f"{row['name'] or row['id']} has the code {row['domicile']}{hedged(row)}", row["source"])
            for row in rows.iter_rows(named=True)
            if row["domicile"]
        ],
    }
