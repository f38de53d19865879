"""Tell an outcome: figures, tables and pictures, as an Impact that every writer can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from crossline.auditing.findings import groups
from crossline.cables import courses
from crossline.cables.telling import cutting, dating, tables
from crossline.cables.telling.figures import figures, looking
from crossline.cables.telling.mapped import mapped
from crossline.impact import Changes, Column, Impact, Matrix, Table
from crossline.kleene import TRUE, UNKNOWN
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crossline.cables.network import CableMap, Mask
    from crossline.cables.outcome import Outcome
    from crossline.estate import Estate
    from crossline.impact import Picture

_DRAWN: Final = 24
_COVERAGE: Final = 20
_OF_CUTS: Final = ("cut_", "always_", "landing_cut_")  # columns with ids of cables and landing points
_LONG: Final = 12  # items of a parameter
_NOTED: Final = 5  # notes of files


def tell(outcome: Outcome) -> Impact:
    """Return the outcome as figures, tables and pictures."""
    states, pairs = tables.states(outcome), tables.pairs(outcome)
    made = [states, pairs, cutting.by_state(outcome, states.frame), cutting.hardest(outcome, pairs.frame)]
    if outcome.changes is not None:
        made.insert(0, tables.changes(outcome))
    if outcome.removal.asked:
        made += [tables.removed(outcome), tables.landings(outcome)]
    if outcome.judged:
        made += [tables.rules(outcome), _missing(outcome)]
    shown = {table.id: table for table in made if table.frame.height}
    shown.setdefault("states", states)
    shown.setdefault("pairs", pairs)
    return Impact(
        subject="cables",
        title=_title(outcome),
        as_of=outcome.as_of,
        asked=_asked(outcome),
        basis=_basis(outcome),
        figures=figures(outcome),
        tables=tuple(shown.values()),
        pictures=_pictures(outcome, shown),
        look_at=looking(outcome, shown),
        notes=_notes(outcome),
        data_of=dating.told(outcome),
        sources=_sources(outcome, shown),
        names=_names(outcome, shown),
    )


def _title(outcome: Outcome) -> str:
    count = int(outcome.afloat.sum())
    if outcome.now is not None:
        return f"{outcome.title}: {count:,} in service in the earlier, {int(outcome.now.sum()):,} in the later"
    code = outcome.removal.code[outcome.afloat]
    if not outcome.removal.asked:
        return f"{outcome.title}: {plural(count, 'cable')} in service"
    doubt = int((code == UNKNOWN).sum())
    said = f"{outcome.title}: {int((code == TRUE).sum()):,} of {plural(count, 'cable')} taken out"
    return f"{said}, {doubt:,} in doubt" if doubt else said


def _asked(outcome: Outcome) -> Mapping[str, Any]:
    """Return what was asked, with every parameter."""
    said: dict[str, Any] = dict(outcome.parameters)
    if outcome.binding is not None:
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in outcome.binding.parameters().items()}
        said["regime"] = outcome.binding.regime.id
        said["parameters"] = {k: v for k, v in plain.items() if not isinstance(v, list) or len(v) <= _LONG}
    if outcome.removal.doctrine is not None:
        said["doctrine_of"] = outcome.removal.doctrine
    return said


def _basis(outcome: Outcome) -> Mapping[str, Any]:
    """Return what it was computed on; of two editions, each by itself."""
    if outcome.editions is None:
        return _of_edition(outcome.estate, outcome.charted, outcome.afloat)
    earlier, later = (_of_edition(one.estate, one.charted, one.afloat) for one in outcome.editions)
    return {"earlier": earlier, "later": later}


def _of_edition(estate: Estate, charted: CableMap, afloat: Mask) -> dict[str, Any]:
    """Return what is known of one map."""
    cables = charted.cables
    read, day = [item for item in estate.coverage if item.of_a_file and item.reader is not None], dating.day(estate)
    return {
        "map": [
            {"file": item.path, "reader": item.reader, "assets": item.rows, "rejected": item.rejected}
            for item in read[:_COVERAGE]
        ],
        "map_as_of": day.isoformat() if day else None,
        "cables": cables.height,
        "in_service": int(afloat.sum()),
        "planned": int((cables["status"] == "planned").sum()),
        "landing_points": charted.points.height,
        "states_with_landing_points": charted.points["state"].n_unique() - charted.points["state"].has_nulls(),
        "cables_with_builder": _named(estate, charted, "builder"),
        "cables_with_owner": _named(estate, charted, "owner"),
        "cables_with_course": int(cables["course"].is_not_null().sum()),
        "cables_with_capacity": int(cables["capacity_tbps"].is_not_null().sum()),
    }  # fmt: skip


def _named(estate: Estate, charted: CableMap, role: str) -> int:
    """Return of how many cables a map names all builders, or all owners."""
    whole = estate.extents.whole.get(role)
    return 0 if whole is None else int((whole[charted.cables["bundle"].to_numpy()] == 1).sum())


def _notes(outcome: Outcome) -> tuple[str, ...]:
    """Say what a reader has to know, the most important first."""
    said = [*dating.notes(outcome), *_of_counting(outcome), *_of_ways(outcome), *outcome.notes, *outcome.charted.notes]
    binding = outcome.binding
    if outcome.parameters.get("mirror") and binding is not None:
        said.append(f"The regime's own rules are asked by {binding.home} of {binding.target}; nobody issued them so.")
    for judgement, _ in outcome.judged:
        rule = judgement.compiled.rule
        if judgement.evaluator is None and not judgement.compiled.binding.in_force(rule):
            said.append(f"{rule.id} is not in force at {outcome.as_of.isoformat()}.")
    said += _of_files(outcome)
    if outcome.parameters.get("accept_stale"):
        said.append("Identifiers known from other times only were resolved by the nearest sighting (--accept-stale).")
    return tuple(dict.fromkeys(said))


def _of_counting(outcome: Outcome) -> list[str]:
    """Say what a cable counts, what is not known of cables, and what joins places beside them."""
    here = outcome.charted.cables.filter(pl.Series(outcome.afloat if outcome.now is None else outcome.now))
    capacity = f"Capacity is stated of {here['capacity_tbps'].count():,} of {plural(here.height, 'cable')}"
    said = [f"{capacity}: {'it is weighed as well' if tables.weighed(outcome) else 'cables are counted by one each'}."]
    maps = [("The map", outcome.estate, outcome.charted)]
    if outcome.editions is not None:
        words = ("The earlier edition", "The later edition")
        maps = [(word, one.estate, one.charted) for word, one in zip(words, outcome.editions, strict=True)]
    for map_, estate, charted in maps:
        total = charted.cables.height
        for role, word in (("builder", "builder"), ("owner", "owners")):
            bare = total - _named(estate, charted, role)
            if bare:
                many = f"{bare:,} of {plural(total, 'cable')}"
                said.append(f"{map_} does not name the {word} of {many}, or not all; these stay unknown.")
    if outcome.parameters.get("land_borders"):
        said.append(
            "States that land borders, bridges or tunnels join are one place, within which nothing depends on cables."
        )
    else:
        said.append(
            "A state is one place for counting: its landing points are taken to be joined, islands among them; only "
            "for kilometres islands are apart. Between states only cables are counted, and no lines over land "
            "(--land-borders counts them)."
        )
    return said


def _of_ways(outcome: Outcome) -> list[str]:
    """Say how ways were measured, and which could not be."""
    links = outcome.links
    light = f"Light in fibre takes {1000 * courses.MS_PER_KM:.2f} µs a kilometre, one way."
    drawn = "Ways are measured along courses as drawn, which are shorter than cables as laid"
    said = [f"{drawn}; where none is drawn, {courses.DETOUR} times the great circle. {light}"]
    if links.undrawn:
        said.append(f"Of {plural(links.undrawn, 'hop')} between two landings of a cable the map draws no course.")
    if links.unmeasured:
        said.append(
            "Too many landing points stand on one piece of land to measure ways over land between them; none was."
        )
    for word, one in (("", outcome.before), (", after", outcome.after)):
        blind = int(((one.paths > 0) & ~np.isfinite(one.km)).sum()) // 2
        if blind:
            said.append(
                f"No way could be measured between {plural(blind, 'pair')} that cables join{word}: landing points "
                "without coordinates, or ways that would change from one island of a state to another."
            )
    return said


def _of_files(outcome: Outcome) -> list[str]:
    """Say what was not understood."""
    coverage, said = outcome.estate.coverage, []
    for item in [item for item in coverage if item.rejected][:3]:
        first = f": {item.rejects[0].locator}: {item.rejects[0].reason}" if item.rejects else ""
        said.append(f"{item.path}: {plural(item.rejected, 'piece')} not understood{first}.")
    unread = [item for item in coverage if item.reader is None and item.of_a_file]
    if unread:
        said.append(f"{plural(len(unread), 'file')} that no reader takes, such as {unread[0].path}.")
    noted = [f"{item.path}: {note.rstrip('.')}." for item in coverage for note in item.notes if item.reader is not None]
    return said + noted[:_NOTED]


def _missing(outcome: Outcome) -> Table:
    """Say what is not known where cables are in doubt, the most wanted first."""
    parts = [
        pl.DataFrame(schema={"rule": pl.String, "missing": pl.String, "identifier": pl.String, "cables": pl.Int64})
    ]
    for judgement, _ in outcome.judged:
        if judgement.evaluator is not None:
            found = groups(judgement).with_columns(pl.col("missing").list.first().fill_null("not stated"))
            parts.append(found.select("rule", "missing", "identifier", pl.col("count").cast(pl.Int64).alias("cables")))
    return Table(
        "missing", "What is not known",
        (Column("missing", "Missing"), Column("cables", "Cables", "cables"), Column("identifier", "Identifier"),
         Column("rule", "Rule")),
        pl.concat(parts).sort("cables", descending=True, maintain_order=True),
        "A row is what would have to be found out first, of all cables of the map, planned ones among them.", shown=8,
    )  # fmt: skip


def _pictures(outcome: Outcome, shown: Mapping[str, Table]) -> tuple[Picture, ...]:
    """Draw a map, cables by state before and after, and the disjoint paths lost between the states that lose most."""
    drawn = mapped(outcome, shown["landings"].frame if "landings" in shown else tables.landings(outcome).frame.clear())
    first: tuple[Picture, ...] = (drawn,) if drawn else ()
    states = shown["states"].frame
    lost = states.filter(pl.col("cables_before") != pl.col("cables_after"))
    few = lost.sort(
        (pl.col("cables_before") - pl.col("cables_after")).abs(), descending=True, maintain_order=True
    ).head(_DRAWN)
    if not few.height:
        return first
    number = {label: at for at, label in enumerate(outcome.grouping.labels)}
    at = [number[state] for state in few["state"]]
    gone = (outcome.before.paths - outcome.after.paths)[np.ix_(at, at)].astype(np.float64)
    np.fill_diagonal(gone, np.nan)
    return (
        *first,
        Changes(
            "cables", "Cables of each state to others", tuple(few["name"]), tuple(map(float, few["cables_before"])),
            tuple(map(float, few["cables_after"])), "cables", "The states where most cables change.", "states",
        ),
        Matrix(
            "paths", f"Disjoint paths lost{' and gained' if (gone < 0).any() else ''} between these states",
            tuple(few["state"]),
            tuple(tuple(map(float, row)) for row in gone), "paths",
            "Between two states as many are lost in either direction."
            + (" Below 0 are those gained." if (gone < 0).any() else ""), word="lost", below="gained", table=None,
        ),
    )  # fmt: skip


def _names(outcome: Outcome, shown: Mapping[str, Table]) -> Mapping[str, str]:
    """Return what the cables and landing points that cuts consist of are called, by id."""
    frames = [shown[name].frame for name in ("exits", "cuts") if name in shown]
    cut = {
        ident for frame in frames for column in frame.columns if column.startswith((*_OF_CUTS,))
        for ident in frame[column].explode().drop_nulls()
    }  # fmt: skip
    charted = outcome.charted
    known = dict(charted.points.select("point", "name").iter_rows()) | dict(
        charted.cables.select("cable", "name").iter_rows()
    )
    return {ident: known[ident] for ident in sorted(cut)}


def _sources(outcome: Outcome, shown: Mapping[str, Table]) -> tuple[Mapping[str, Any], ...]:
    told = {judgement.compiled.rule.cite.source for judgement, _ in outcome.judged}
    if "removed" in shown:
        told |= set(shown["removed"].frame["sources"].explode().to_list())
    used = outcome.world.table("source")
    return tuple(
        {
            "source": row["id"], "title": row["title"], "issuer": row["issuer"], "url": row["url"],
            "published": row["published"].isoformat() if row["published"] else None, "licence": row["licence"],
        }
        for row in used.filter(pl.col("id").is_in(sorted(told - {None}))).unique("id").sort("id").iter_rows(named=True)
    )  # fmt: skip
