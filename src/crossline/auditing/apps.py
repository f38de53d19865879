"""What is in an app, whose it is, and in which states they stand: whatever any rule says of it.

Bounded, whatever the size of the estate: the apps with most violations, then with most that is unknown, are described
one by one; a summary counts all of them. Where a host stands is not known from its name, so that states are those of
whoever owns the name; where answers of the DNS were read as well, also those that its addresses are registered in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.auditing import profiles, rulings
from crossline.auditing.catalogue import summary
from crossline.auditing.standing import Standing, standing
from crossline.auditing.whose import TOLD, counted, covered, lean, ranked, stated, stated_of_several, whose
from crossline.estate import ROLE_NUMBER
from crossline.evaluate.judge import UNDECIDED, VIOLATION, WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.auditing.whose import Whose
    from crossline.estate import Holdings
    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding
    from crossline.evaluate.judge import Judgement

APPS: Final = 100  # that are described one by one
KIND: Final = "app"
CARRIED: Final = ("embeds", "contacts")
STANDING: Final = ("publisher", "signer", "distributor")
_STATES: Final = 40  # told of one app
TEXT_MOST: Final = 1000  # characters of a place in a file, and of an item of a list
_VIOLATIONS: Final = 20  # told of one app
_FINDING: Final = ("id", "regime", "rule", "severity", "identifier", "party")
_HOSTS: Final = ("count", "owner_count", "unowned")
_NETWORKS: Final = 20  # told of one app
_TEXTS: Final = ("version", "packed", "licence", "source_host")
_NUMBERS: Final = ("version_code", "min_sdk", "target_sdk", "defined_classes")
_LISTS: Final = ("permissions", "native_libraries", "referenced_libraries", "anti_features")


@dataclass(frozen=True)
class _Level:
    """How much is told of one app: fewer apps, more of each."""

    apps: int
    libraries: int
    owners: int
    hosts: int  # of an owner
    unowned: int
    listed: int  # permissions, native libraries …


_LEVELS: Final = (_Level(3, 500, 200, 50, 200, 500), _Level(20, 100, 60, 5, 20, 100), _Level(APPS, 30, 20, 2, 5, 40))


@dataclass(frozen=True)
class _Ties:
    """Ties of apps: ``row`` (of the estate's ties), bundle, role, key, identifier, and a number for each owner."""

    frame: pl.DataFrame
    whose: Whose


def apps(
    session: Session, bindings: Sequence[Binding], judgements: Sequence[Judgement], found: pl.DataFrame
) -> tuple[dict[str, Any], set[str]]:
    """Return the header's ``apps`` and the ids of the sources that it names; nothing where there is no app.

    ``found`` has the findings. ``apps`` has ``count``, ``described`` (at most :data:`APPS`) and ``summary``.
    """
    holdings = session.estate.holdings.get(KIND)
    if holdings is None or not holdings.assets.height:
        return {}, set()
    ties = _tied(session, bindings, holdings)
    verdicts = profiles.counted(judgements, KIND, holdings.assets.height)
    # The most violations first, then the most that is unknown, then the order of the estate.
    order = np.lexsort((np.arange(len(verdicts)), -verdicts[:, UNDECIDED], -verdicts[:, VIOLATION]))[:APPS]
    level = next(level for level in _LEVELS if len(order) <= level.apps)
    stand = standing(session, holdings, ties.frame)
    told = {
        "count": holdings.assets.height,
        "described": _described(session, holdings, ties, stand, order, judgements, found, level),
        "summary": summary(session, holdings, ties.frame, ties.whose) | {"standing": _together(holdings, ties, stand)},
    }
    told["state_names"] = _names(session, told)
    return told, ties.whose.sources | (stand.sources if stand else set())


def _names(session: Session, told: dict[str, Any]) -> dict[str, str]:
    """Return how the world calls the states that are told of, by code."""
    rows = [row for app in told["described"] for row in app["states"]]
    rows += [row for part in told["summary"]["roles"] for row in part["states"]]
    rows += (told["summary"]["standing"] or {}).get("states", [])
    graph = session.answers.graph
    number = {code: graph.number.get(f"state-{code.lower()}") for code in sorted({row["state"] for row in rows})}
    return {code: graph.names[place] for code, place in number.items() if place is not None}


def _together(holdings: Holdings, ties: _Ties, stand: Standing | None) -> dict[str, Any] | None:
    """Count all apps by the countries that their hosts' addresses are registered in; None where nobody asked."""
    if stand is None:
        return None
    many = holdings.assets.group_by("bundle").len("apps").with_columns(pl.col("bundle").cast(pl.UInt32))
    named = ties.frame.filter(pl.col("role") == ROLE_NUMBER["contacts"])["identifier"].n_unique()
    return stand.summary(many, named)


def _tied(session: Session, bindings: Sequence[Binding], holdings: Holdings) -> _Ties:
    every = session.estate.ties
    start = every.start[holdings.first : holdings.last + 1]
    first, last = int(start[0]), int(start[-1])
    key = session.keys[first:last]
    known = whose(session, bindings, np.unique(key))
    frame = pl.DataFrame(
        {
            "row": np.arange(first, last),
            "bundle": np.repeat(np.arange(holdings.first, holdings.last, dtype=np.uint32), np.diff(start)),
            "role": every.role[first:last],
            "key": key.astype(np.uint32),
            "identifier": every.identifier[first:last],
        }
    )
    groups = known.owners.select("key", "group")
    frame = frame.join(groups, on="key", how="left", maintain_order="left")
    return _Ties(frame, known)


# -- one by one --------------------------------------------------------------------------------------------


def _described(  # noqa: PLR0913, PLR0917 - what is known, and how much of it is told
    session: Session, holdings: Holdings, ties: _Ties, stand: Standing | None, order: npt.NDArray[np.int64],
    judgements: Sequence[Judgement], found: pl.DataFrame, level: _Level,
) -> list[dict[str, Any]]:  # fmt: skip
    chosen = holdings.assets[order]
    mine = ties.frame.filter(pl.col("bundle").is_in(chosen["bundle"].unique().implode()))
    # A host is one host, however often it is named.
    mine = mine.unique(["bundle", "role", "identifier"], keep="first", maintain_order=True)
    named_as = session.estate.identifiers.with_row_index("identifier")
    mine = mine.join(named_as, on="identifier", how="left", maintain_order="left")
    of_role = {role: mine.filter(pl.col("role") == ROLE_NUMBER[role]) for role in (*CARRIED, *STANDING)}
    named = {role: _entries(session, ties, of_role[role], level.libraries) for role in ("embeds", *STANDING)}
    hosts = _hosts(session, ties, of_role["contacts"], level)
    states = _states(ties, pl.concat([of_role[role] for role in CARRIED]))
    looked = {role: profiles.looked(session, chosen["bundle"].to_numpy(), role) for role in CARRIED}
    unseen = profiles.unseen(session, chosen["bundle"].to_numpy(), (*CARRIED, *STANDING))
    unplaced = profiles.unseen(session, chosen["bundle"].to_numpy(), ("host",))
    answered = stand.answered() if stand else {}
    placed = stand.states(chosen["bundle"]) if stand else {}
    networks = stand.networks(chosen["bundle"], ties.whose, _NETWORKS) if stand else {}
    violated = profiles.violated(found, KIND, chosen["asset"], _FINDING, _VIOLATIONS)
    verdicts = profiles.counted(judgements, KIND, holdings.assets.height)
    ruled = rulings.told(profiles.judging(judgements, KIND, holdings.assets.height), order)
    described = []
    for place, row in enumerate(chosen.iter_rows(named=True)):
        bundle = row["bundle"]
        app: dict[str, Any] = {name: row[name] for name in ("asset", "name", "file", "locator")}
        app["observed_at"] = row["observed_at"].isoformat() if row["observed_at"] else None
        app["package"] = row["package"]
        app |= {name: row.get(name) for name in (*_TEXTS, *_NUMBERS)}
        for name in _LISTS:
            listed = row.get(name)
            app[name] = None if listed is None else [text[:TEXT_MOST] for text in listed[: level.listed]]
            app[f"{name}_count"] = None if listed is None else len(listed)
        app |= {f"{role}s": named[role].get(bundle, ([], 0))[0] for role in STANDING}
        # Where nobody looked there is no count, not even of none.
        none = {role: 0 if looked[role][place] else None for role in CARRIED}
        app["libraries"], app["library_count"] = named["embeds"].get(bundle, ([], none["embeds"]))
        app["hosts"] = hosts.get(bundle) or dict.fromkeys(_HOSTS, none["contacts"]) | {"owners": [], "samples": []}
        asked = stand is not None and looked["contacts"][place]
        app["hosts"] |= {"answered": answered.get(bundle, 0) if asked else None, "networks": networks.get(bundle, [])}
        app["states"] = states.get(bundle, []) + placed.get(bundle, [])
        # Of an app of whose hosts nothing is known, it is no news that it is not known where they stand.
        told_of = [item for item in unplaced[place] if item["reason"] != session.estate.extents.reasons[0]]
        app["unseen"] = unseen[place] + (told_of if looked["contacts"][place] else [])
        app["verdicts"] = {word: int(verdicts[order[place], number]) for number, word in enumerate(WORDS)}
        app |= ruled.of(int(order[place]), violated.get((row["asset"], row["file"]), []))
        described.append(app)
    return described


def _located(session: Session, ties: pl.DataFrame) -> pl.DataFrame:
    """Add the basis of each tie, and the place in the file where it was read."""
    every, rows = session.estate.ties, ties["row"]
    return ties.with_columns(
        every.column(name).gather(rows).str.head(TEXT_MOST).alias(name) for name in ("basis", "locator")
    )


def _entries(
    session: Session, ties: _Ties, mine: pl.DataFrame, most: int
) -> dict[int, tuple[list[dict[str, Any]], int | None]]:
    """Return, by bundle, what ties of one role name, those with an owner first, and how many there are."""
    shown = (
        mine.with_columns(nobody=pl.col("group").is_null())
        .sort("bundle", "nobody", "value", "type")
        .group_by("bundle", maintain_order=True)
        .head(most)
    )
    told = _located(session, shown).join(ties.whose.owners.drop("group"), on="key", how="left", maintain_order="left")
    made: dict[int, tuple[list[dict[str, Any]], int | None]] = {
        bundle: ([], count) for bundle, count in mine.group_by("bundle").len().iter_rows()
    }
    for row in told.select("bundle", "type", "value", "basis", "locator", *TOLD).iter_rows(named=True):
        made[row.pop("bundle")][0].append(stated(row))
    return made


def _hosts(session: Session, ties: _Ties, mine: pl.DataFrame, level: _Level) -> dict[int, dict[str, Any]]:
    """Return, by bundle, how many hosts are named, by owner, with some of each and where they are named."""
    made: dict[int, dict[str, Any]] = {}
    counted = mine.group_by("bundle").agg(
        pl.len().alias("count"),
        pl.col("group").drop_nulls().n_unique().alias("owner_count"),
        pl.col("group").is_null().sum().alias("unowned"),
    )
    for row in counted.iter_rows(named=True):
        made[row["bundle"]] = {**row, "owners": [], "samples": []}
        del made[row["bundle"]]["bundle"]
    ordered = mine.sort("bundle", "value", "type")
    owned = (
        ordered.drop_nulls("group")
        .group_by("bundle", "group", maintain_order=True)
        .agg(pl.len().alias("count"), pl.col("key").first())
        .sort("bundle", "count", "group", descending=[False, True, False])
        .group_by("bundle", maintain_order=True)
        .head(level.owners)
    )
    some = ordered.drop_nulls("group").join(owned, on=["bundle", "group"], how="semi", maintain_order="left")
    some = some.group_by("bundle", "group", maintain_order=True).head(level.hosts)
    about = ties.whose.owners.select("key", "claims", "party")
    some = some.join(about, on="key", how="left", maintain_order="left")
    samples: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in _located(session, some).iter_rows(named=True):
        # What else is said of this one host.
        also = (row["claims"] or [])[0 if row["party"] else 1 :]
        samples.setdefault((row["bundle"], row["group"]), []).append({**_host(row), "also": also})
    told = owned.join(ties.whose.owners.drop("group"), on="key", how="left", maintain_order="left")
    for row in told.select("bundle", "group", *TOLD, "count").iter_rows(named=True):
        bundle, group = row.pop("bundle"), row.pop("group")
        made[bundle]["owners"].append({**stated_of_several(row), "hosts": samples[bundle, group]})
    nobodys = ordered.filter(pl.col("group").is_null()).group_by("bundle", maintain_order=True).head(level.unowned)
    for row in _located(session, nobodys).iter_rows(named=True):
        made[row["bundle"]]["samples"].append(_host(row))
    return made


def _states(ties: _Ties, mine: pl.DataFrame) -> dict[int, list[dict[str, Any]]]:
    """Return, by bundle, how many libraries and hosts stand with each state, and how it stands behind them."""
    library = pl.col("role") == ROLE_NUMBER["embeds"]
    rows = (
        mine.select("bundle", "role", "key")
        .join(counted(ties.whose.states), on="key")
        .group_by("bundle", "state", "as")
        .agg(library.sum().alias("libraries"), (~library).sum().alias("hosts"), covered())
        .sort("bundle", pl.col("libraries") + pl.col("hosts"), "state", "as", descending=[False, True, False, False])
        .group_by("bundle", maintain_order=True)
        .head(_STATES)
        # Who controls stands before where the number of a host is registered, however many hosts that are.
        .sort("bundle", ranked(), maintain_order=True)
    )
    made: dict[int, list[dict[str, Any]]] = {}
    for row in rows.iter_rows(named=True):
        made.setdefault(row.pop("bundle"), []).append(lean(row))
    return made


def _host(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("type", "value", "locator")}
