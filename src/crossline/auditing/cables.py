"""Where cables land, who owns, built and lights them, and in which states those stand: whatever any rule says of it.

Bounded, whatever the size of the estate: the cables with the gravest verdicts are described one by one; a summary
counts all of them, and their courses stand apart for the map. A landing's state is where it stands; the states of an
owner are those of who the world says that it is, which need not be where any of the cable lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.auditing import profiles, rulings
from crossline.auditing.rulings import RULES, TEXT_MOST
from crossline.auditing.whose import TOLD, stated, whose
from crossline.estate import ROLE_NUMBER
from crossline.evaluate.judge import UNDECIDED, VIOLATION, WORDS
from crossline.reports import COURSE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crossline.auditing.whose import Whose
    from crossline.estate import Holdings
    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding
    from crossline.evaluate.judge import Judgement

CABLES: Final = 600  # that are described one by one
POINTS: Final = 4000  # landing points that are told, those with most cables first
KIND: Final = "cable"
LANDING: Final = "landing"
STANDING: Final = ("owner", "builder", "terminal", "applicant")
WORST: Final = ("violation", "unknown", "compliant", "exempt", "not-applicable")  # the gravest first
_POINT: Final = "landing-point"
_TOP: Final = 40  # states, and reasons, of all cables together
_STATES: Final = 40  # told of one cable
_COLUMNS: Final = ("status", "ready_year", "length_km", "capacity_tbps")
_FINDING: Final = ("id", "regime", "rule", "severity", "role", "identifier", "party")


@dataclass(frozen=True)
class _Level:
    """How much is told of one cable: fewer cables, more of each."""

    cables: int
    landings: int
    entries: int  # of each role


_LEVELS: Final = (_Level(3, 500, 300), _Level(60, 150, 80), _Level(CABLES, 60, 30))


@dataclass(frozen=True)
class _Verdicts:
    """Verdicts of each cable: how many rules gave it each, and the place in WORST of the gravest, -1 where none did."""

    counts: npt.NDArray[np.int64]
    worst: npt.NDArray[np.int64]

    @property
    def order(self) -> npt.NDArray[np.int64]:
        """Rows with the gravest verdict first, of these with most violations, with most unknown, as they were read."""
        rank = np.where(self.worst < 0, len(WORST), self.worst)
        rows = np.arange(len(rank))
        return np.lexsort((rows, -self.counts[:, UNDECIDED], -self.counts[:, VIOLATION], rank))


def cables(
    session: Session, bindings: Sequence[Binding], judgements: Sequence[Judgement], found: pl.DataFrame
) -> tuple[dict[str, Any], set[str], pl.DataFrame]:
    """Return the header's ``cables``, the ids of the sources that it names, and courses; nothing without a cable.

    ``found`` has the findings. ``cables`` has ``count``, ``described`` (at most :data:`CABLES`), ``whose`` and
    ``landing_points``, which its entries refer to, and ``summary``. Courses (:data:`crossline.reports.COURSE`) are of
    all cables, in the order of ``described``.
    """
    holdings = session.estate.holdings.get(KIND)
    if holdings is None or not holdings.assets.height:
        return {}, set(), pl.DataFrame(schema=COURSE)
    points = _points(session)
    ties = _ties(session, holdings, points)
    known = whose(session, bindings, ties.filter(pl.col("role") != ROLE_NUMBER[LANDING])["key"].unique().to_numpy())
    verdicts = _verdicts(judgements, holdings.assets.height)
    order = verdicts.order
    spots = _landing_points(points, ties, holdings)
    described = _described(session, holdings, ties, known, order[:CABLES], verdicts, judgements, found)
    told = {
        "count": holdings.assets.height,
        "described": _lean(described, {row["asset"] for row in spots}),
        "whose": _behind(session, described),
        "landing_point_count": points.height,
        "landing_points": spots,
        "summary": _summary(session, holdings, ties, known, verdicts),
    }
    steps = (step for cable in described for item in cable["violations"] for step in item["why"])
    return told, known.sources | {step["source"] for step in steps}, _courses(holdings.assets, verdicts, order)


def _points(session: Session) -> pl.DataFrame:
    """Return the landing points: asset, name, state, latitude, longitude; one row an asset."""
    columns = ("asset", "name", "state", "latitude", "longitude")
    holdings = session.estate.holdings.get(_POINT)
    if holdings is None:
        typed = (pl.String, pl.String, pl.String, pl.Float64, pl.Float64)
        return pl.DataFrame(schema=dict(zip(columns, typed, strict=True)))
    return holdings.assets.select(columns).unique("asset", keep="first", maintain_order=True)


def _ties(session: Session, holdings: Holdings, points: pl.DataFrame) -> pl.DataFrame:
    """Return the cables' ties, an identifier once a role: with type and value, and of landings name and state."""
    every = session.estate.ties
    start = every.start[holdings.first : holdings.last + 1]
    first, last = int(start[0]), int(start[-1])
    frame = pl.DataFrame(
        {
            "row": np.arange(first, last),
            "bundle": np.repeat(np.arange(holdings.first, holdings.last, dtype=np.uint32), np.diff(start)),
            "role": every.role[first:last],
            "key": session.keys[first:last].astype(np.uint32),
            "identifier": every.identifier[first:last],
        }
    ).with_columns(
        every.column(name).slice(first, last - first).alias(name)
        for name in ("place", "share_min", "share_max", "basis", "locator")
    )
    named = session.estate.identifiers.with_row_index("identifier")
    about = points.select(pl.lit("asset").alias("type"), pl.col("asset").alias("value"), "name", "state")
    # Where the landing's tie does not say in which state it stands, its landing point may, and a state says it itself.
    state = pl.coalesce("place", pl.when(pl.col("type") == "state").then(pl.col("value")), "state")
    return (
        frame.unique(["bundle", "role", "identifier"], keep="first", maintain_order=True)
        .join(named, on="identifier", how="left", maintain_order="left")
        .join(about, on=["type", "value"], how="left", maintain_order="left")
        .with_columns(state.alias("state"))
    )


def _verdicts(judgements: Sequence[Judgement], size: int) -> _Verdicts:
    counts = profiles.counted(judgements, KIND, size)
    ranked = counts[:, [WORDS.index(word) for word in WORST]] > 0
    return _Verdicts(counts, np.where(ranked.any(axis=1), ranked.argmax(axis=1), -1))


def _courses(assets: pl.DataFrame, verdicts: _Verdicts, order: npt.NDArray[np.int64]) -> pl.DataFrame:
    place = np.where(verdicts.worst < 0, len(WORST), verdicts.worst)
    words = pl.Series("worst", [*WORST, None], pl.String).gather(place)
    return assets.with_columns(words).select(COURSE.names())[order].cast(COURSE)


def _behind(session: Session, described: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return, by identifier, who stands behind what the cables' roles name, and how the file writes it."""
    told: dict[str, dict[str, Any]] = {}
    for entry in (entry for cable in described for role in STANDING for entry in cable[f"{role}s"]):
        key = f"{entry['type']}:{entry['value']}"
        if key not in told:
            name = session.estate.written.get(key, entry["value"])
            told[key] = {"name": name, **{column: entry[column] for column in TOLD}}
    return told


def _lean(described: Sequence[Mapping[str, Any]], spots: set[str]) -> list[dict[str, Any]]:
    """Leave out what the report tells elsewhere, and shares that are not known. Cables of one bundle share entries."""
    told = []
    for cable in described:
        lean = dict(cable)
        lean["landings"] = [
            {key: cell for key, cell in landing.items() if key != "name" or landing["asset"] not in spots}
            for landing in cable["landings"]
        ]
        for role in STANDING:
            lean[f"{role}s"] = [_entry(entry, cable["locator"]) for entry in cable[f"{role}s"]]
        told.append(lean)
    return told


def _entry(entry: Mapping[str, Any], locator: str | None) -> dict[str, Any]:
    known = {key: cell for key, cell in entry.items() if key not in TOLD and cell is not None}
    return {key: cell for key, cell in known.items() if key != "locator" or cell != locator}


# -- one by one --------------------------------------------------------------------------------------------


def _described(  # noqa: PLR0913, PLR0917 - what is known
    session: Session, holdings: Holdings, ties: pl.DataFrame, known: Whose, order: npt.NDArray[np.int64],
    verdicts: _Verdicts, judgements: Sequence[Judgement], found: pl.DataFrame,
) -> list[dict[str, Any]]:  # fmt: skip
    level = next(level for level in _LEVELS if len(order) <= level.cables)
    chosen = holdings.assets[order]
    mine = ties.filter(pl.col("bundle").is_in(chosen["bundle"].unique().implode()))
    landings, landing_states = _landings(mine, level.landings)
    entries = {role: _entries(mine, known, role, level.entries) for role in STANDING}
    states = _states(mine, known)
    unseen = profiles.unseen(session, chosen["bundle"].to_numpy(), (LANDING, *STANDING[:3]))  # nobody applies for most
    violated = profiles.violated(found, KIND, chosen["asset"], _FINDING, RULES)
    judged = profiles.judging(judgements, KIND, holdings.assets.height)
    ruled = rulings.told(judged, order)
    described = []
    for place, row in enumerate(chosen.iter_rows(named=True)):
        bundle, number = row["bundle"], int(order[place])
        cable: dict[str, Any] = {name: row[name] for name in ("asset", "name", "file", "locator")}
        cable["observed_at"] = row["observed_at"].isoformat() if row["observed_at"] else None
        cable |= {name: row.get(name) for name in _COLUMNS}
        cable["landings"], cable["landing_count"] = landings.get(bundle, ([], 0))
        cable["landing_states"] = landing_states.get(bundle, [])
        for role in STANDING:
            cable[f"{role}s"], cable[f"{role}_count"] = entries[role].get(bundle, ([], 0))
        cable["states"] = states.get(bundle, [])
        cable["unseen"] = unseen[place]
        cable["verdicts"] = {word: int(verdicts.counts[number, at]) for at, word in enumerate(WORDS)}
        cable["worst"] = WORST[verdicts.worst[number]] if verdicts.worst[number] >= 0 else None
        cable |= ruled.of(number, violated.get((row["asset"], row["file"]), []))
        described.append(cable)
    return described


def _landings(
    mine: pl.DataFrame, most: int
) -> tuple[dict[int, tuple[list[dict[str, Any]], int]], dict[int, list[str]]]:
    """Return, by bundle, the landings by state and name with how many there are, and the states they stand in."""
    landing = mine.filter(pl.col("role") == ROLE_NUMBER[LANDING]).with_columns(
        pl.coalesce("name", pl.format("{} {}", "type", "value")).str.head(TEXT_MOST).alias("name"),
        pl.when(pl.col("type") == "asset").then("value").alias("asset"),
    )
    ordered = landing.sort("bundle", "state", "name", "identifier", nulls_last=True)
    made: dict[int, tuple[list[dict[str, Any]], int]] = {
        bundle: ([], count) for bundle, count in landing.group_by("bundle").len().iter_rows()
    }
    few = ordered.group_by("bundle", maintain_order=True).head(most)
    for row in few.select("bundle", "name", "state", "asset").iter_rows(named=True):
        made[row.pop("bundle")][0].append(row)
    states = landing.drop_nulls("state").group_by("bundle").agg(pl.col("state").unique().sort().head(_STATES * 2))
    return made, dict(states.iter_rows())


def _entries(mine: pl.DataFrame, known: Whose, role: str, most: int) -> dict[int, tuple[list[dict[str, Any]], int]]:
    """Return, by bundle, whom ties of one role name, those with an owner first, and how many there are."""
    of_role = mine.filter(pl.col("role") == ROLE_NUMBER[role])
    about = known.owners.with_columns(nobody=pl.col("group").is_null()).drop("group")
    told = of_role.drop("state", "name").join(about, on="key", how="left", maintain_order="left")
    few = told.sort("bundle", "nobody", "value", "type").group_by("bundle", maintain_order=True).head(most)
    made: dict[int, tuple[list[dict[str, Any]], int]] = {
        bundle: ([], count) for bundle, count in of_role.group_by("bundle").len().iter_rows()
    }
    few = few.with_columns(pl.col("value", "locator").str.head(TEXT_MOST))
    columns = ("type", "value", "share_min", "share_max", "basis", "locator", *TOLD)
    for row in few.select("bundle", *columns).iter_rows(named=True):
        made[row.pop("bundle")][0].append(stated(row))
    return made


def _states(mine: pl.DataFrame, known: Whose) -> dict[int, list[dict[str, Any]]]:
    """Return, by bundle, how many owners and builders stand with each state, and how it stands behind them."""
    counted = {f"{role}s": (pl.col("role") == ROLE_NUMBER[role]).sum() for role in STANDING[:3]}
    rows = (
        mine.filter(pl.col("role").is_in([ROLE_NUMBER[role] for role in STANDING[:3]]))
        .select("bundle", "role", "key")
        .join(known.states.select("key", "state", "as").unique(), on="key")
        .group_by("bundle", "state", "as")
        .agg(**counted)
        .sort("bundle", pl.sum_horizontal(*counted), "state", "as", descending=[False, True, False, False])
        .group_by("bundle", maintain_order=True)
        .head(_STATES)
    )
    made: dict[int, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        made.setdefault(row.pop("bundle"), []).append(row)
    return made


# -- all together ------------------------------------------------------------------------------------------


def _landing_points(points: pl.DataFrame, ties: pl.DataFrame, holdings: Holdings) -> list[dict[str, Any]]:
    many = holdings.assets.group_by("bundle").len("cables").with_columns(pl.col("bundle").cast(pl.UInt32))
    landing = ties.filter((pl.col("role") == ROLE_NUMBER[LANDING]) & (pl.col("type") == "asset"))
    counted = (
        landing.select("bundle", pl.col("value").alias("asset"))
        .unique()
        .join(many, on="bundle")
        .group_by("asset")
        .agg(pl.col("cables").sum())
    )
    told = points.join(counted, on="asset", how="left", maintain_order="left").with_columns(
        pl.col("cables").fill_null(0), pl.col("name").str.head(TEXT_MOST), pl.col("latitude", "longitude").round(4)
    )
    return told.sort("cables", "asset", descending=[True, False]).head(POINTS).to_dicts()


def _summary(
    session: Session, holdings: Holdings, ties: pl.DataFrame, known: Whose, verdicts: _Verdicts
) -> dict[str, Any]:
    assets = holdings.assets
    counts = np.bincount(verdicts.worst + 1, minlength=len(WORST) + 1)
    each = assets.select(pl.col("bundle").cast(pl.UInt32)).with_columns(
        violation=pl.Series(verdicts.worst == 0), unknown=pl.Series(verdicts.worst == 1)
    )
    tallied = (pl.len().alias("cables"), pl.col("violation").sum().alias("violation"), pl.col("unknown").sum())
    landing = ties.filter(pl.col("role") == ROLE_NUMBER[LANDING]).select("bundle", "state").drop_nulls().unique()
    by_landing = landing.join(each, on="bundle").group_by("state").agg(tallied)
    standing = [ROLE_NUMBER[role] for role in STANDING[:3]]
    behind = ties.filter(pl.col("role").is_in(standing)).select("bundle", "role", "key")
    behind = behind.join(known.states.select("key", "state", "as"), on="key").drop("key").unique()
    names = pl.col("role").replace_strict({ROLE_NUMBER[r]: r for r in STANDING}, return_dtype=pl.String)
    by_state = behind.join(each, on="bundle").group_by("role", "state", "as").agg(tallied).with_columns(names)
    statuses = assets.group_by("status").len("cables").sort("cables", "status", descending=[True, False])
    return {
        "worst": {word: int(counts[place + 1]) for place, word in enumerate(WORST)} | {"none": int(counts[0])},
        "statuses": statuses.to_dicts(),
        "landing_state_count": by_landing.height,
        "landing_states": by_landing.sort("cables", "state", descending=[True, False]).head(_TOP).to_dicts(),
        "states": by_state.sort("cables", "role", "state", "as", descending=[True, False, False, False])
        .group_by("role", maintain_order=True)
        .head(_TOP)
        .select("role", "state", "as", "cables", "violation", "unknown")
        .to_dicts(),
        "unseen": _unseen_of_all(session, assets),
    }


def _unseen_of_all(session: Session, assets: pl.DataFrame) -> list[dict[str, Any]]:
    """Count cables by role and by why not all of it could be seen."""
    extents, bundle = session.estate.extents, assets["bundle"].to_numpy()
    told = []
    for role in (LANDING, *STANDING[:3]):
        whole = extents.whole.get(role)
        partial = bundle if whole is None else bundle[whole[bundle] == 0]
        code = np.zeros(len(partial), np.uint16) if whole is None else extents.reason[role][partial]
        for number, count in enumerate(np.bincount(code).tolist()):
            if count:
                told.append({"role": role, "reason": extents.reasons[number], "cables": count})
    return sorted(told, key=lambda row: (-row["cables"], row["role"], row["reason"]))[:_TOP]
