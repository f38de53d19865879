"""Tell an outcome: figures, tables and pictures, as an Impact that every writer can show."""

from __future__ import annotations

import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline import identifiers
from crossline.impact import Impact
from crossline.internet.telling import carried, losses, sides
from crossline.internet.telling.headline import figures
from crossline.internet.telling.looking import look_at
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crossline.impact import Picture, Table
    from crossline.internet.graph.topology import Topology
    from crossline.internet.simulation import Outcome

_TITLED: Final = 6
_MOST: Final = 0.5
_DOES: Final = {
    "depeer": ("ends its links with", "end their links with"),
    "filter": ("takes no route through", "take no route through"),
}


def tell(outcome: Outcome, notes: Sequence[str] = ()) -> Impact:
    """Return the outcome as figures, tables and pictures; ``notes`` are told before those of its own."""
    question, stood = outcome.question, outcome.standing
    tables = [
        losses.by_state(outcome, "registration"), *carried.transit(outcome),
        *sides.joining(outcome), *sides.line(outcome), losses.networks(outcome),
        losses.between(outcome), losses.by_state(outcome, "control"), *sides.who(outcome),
    ]  # fmt: skip
    shown = {table.id: table for table in tables if table.frame.height}
    return Impact(
        subject="internet",
        title=_title(outcome),
        as_of=question.as_of,
        asked={**outcome.cast.asked, **question.parameters},
        basis={"topology": question.topology.about(), "known": dict(stood.known), "named_unsure": _unsure(outcome)},
        figures=figures(outcome),
        look_at=look_at(outcome, {table.id: table for table in tables}),
        tables=tuple(shown.values()),
        pictures=_pictures(outcome, shown["states"]) if "states" in shown else (),
        notes=(*notes, *_shortened(outcome), *_unread(question.topology), *question.topology.notes, *stood.notes),
        labelled=_label(question.topology) or _stateless(stood.known),
        sources=_sources(outcome),
    )


def _title(outcome: Outcome) -> str:
    """Say what was asked in one sentence."""
    cast, sides = outcome.cast, outcome.cast.blocs
    # The states that are members, not the territories that a regime counts to them.
    members_of = cast.members.filter(pl.col("member").str.starts_with("state:") & (pl.col("ases") > 0))["member"]
    states = members_of.str.strip_prefix("state:").unique().sort().to_list() or list(cast.coalition_states)
    who = ", ".join(states[:_TITLED]) + (f" and {len(states) - _TITLED} more states" if len(states) > _TITLED else "")
    said = []
    if sides["coalition"].any():
        members = plural(int(sides["coalition"].sum()), "network") + (f" of {who}" if states else "")
        does = _DOES[cast.measures.duties[0].action][int(sides["coalition"].sum()) > 1]
        said.append(f"{members} {does} {plural(int(sides['named'].sum()), 'named network')}")
    if sides["obliged"].any():
        said.append(f"binding {plural(int(sides['obliged'].sum()), 'further network')}")
    if sides["other"].any():
        said.append(f"answered by {plural(int(sides['other'].sum()), 'network')}")
    if cast.measures.removed.any():
        said.append(f"{plural(int(cast.measures.removed.sum()), 'network')} removed")
    parameters = [f"{key}={value}" for own in outcome.question.settings.values() for key, value in own.items()]
    title = f"{cast.title} ({', '.join(parameters)})" if parameters else cast.title
    return f"{title}: {', '.join(said)}" if said else title


def _unsure(outcome: Outcome) -> Mapping[str, Any]:
    """Return how many networks may be named, and for how many of them what is not known."""
    return {"ases": outcome.cast.unsure, "by": dict(outcome.cast.unsure_by)}


def _shortened(outcome: Outcome) -> list[str]:
    """Return the scenario's notes, with the name of its file, which is enough, in the place of its whole path."""
    folder = PurePath(outcome.question.scenario.path).parent
    whole = "" if folder == PurePath() else f"{folder}{os.sep}"
    return [note.replace(whole, "") if len(whole) > 1 else note for note in outcome.cast.notes]


def _unread(topology: Topology) -> list[str]:
    """Say which lines of a graph's file were not used."""
    if not topology.rejects:
        return []
    count = sum(reject.count for reject in topology.rejects)
    first = topology.rejects[0]
    return [f"{topology.source}: {plural(count, 'line')} not used; the first is {first.locator}: {first.reason}."]


def _label(topology: Topology) -> str | None:
    """Say so where a graph is made up: each of its numbers is one for private use or documentation."""
    numbers = pl.DataFrame({"asn": topology.asn.astype(str)})
    made_up = topology.size and numbers.select(identifiers.load("asn").special(pl.col("asn")).all()).item()
    return (
        "A made-up Internet: its networks and states belong to nobody, and its figures say nothing of any."
        if made_up
        else None
    )


def _stateless(known: Mapping[str, Mapping[str, float | None]]) -> str | None:
    """Say so where the states of most networks are unknown: whoever refuses is then a fraction of who would."""
    share = known.get("country", {}).get("ases")
    if share is None or share >= _MOST:
        return None
    return (
        f"The states of {100 * (1 - share):.1f} % of the networks are unknown: far fewer refuse, or are counted for a "
        "state, than would. Give a world that knows them, with --world."
    )


def _sources(outcome: Outcome) -> tuple[Mapping[str, Any], ...]:
    told = pl.Series([*outcome.standing.sources, *outcome.cast.sources], dtype=pl.String)
    used = outcome.question.world.table("source")
    return tuple(
        {
            "source": row["id"], "title": row["title"], "issuer": row["issuer"], "url": row["url"],
            "published": row["published"].isoformat() if row["published"] else None, "licence": row["licence"],
        }
        for row in used.filter(pl.col("id").is_in(told.implode())).unique("id").sort("id").iter_rows(named=True)
    )  # fmt: skip


def _pictures(outcome: Outcome, states: Table) -> tuple[Picture, ...]:
    square, curve = losses.square(outcome, states), sides.curve(outcome)
    found: list[Picture] = [square] if square else []
    found += carried.moved(outcome.carried) if outcome.carried else []
    return (*found, curve) if curve else tuple(found)
