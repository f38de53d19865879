"""Which parties an identifier leads to, at a date.

Only a stated identity (the world's ``identifier`` table) leads to a party. What a registry calls the holder is
kept apart (the ``registration`` table): however alike two names look, they are never merged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline import identifiers
from crossline.world import SNAPSHOT_AFTER_DAYS, SNAPSHOT_BEFORE_DAYS, domains

if TYPE_CHECKING:
    from crossline.world import World

_EPOCH: Final = date(1, 1, 1)
_FOREVER: Final = date(9999, 12, 31)


@dataclass(frozen=True)
class Keys:
    """Distinct identifiers at distinct dates: row k is identifier ``type[k]:value[k]``, observed at ``date[k]``."""

    frame: pl.DataFrame  # key, type, value, date, why (an address stands for no network; null otherwise)

    def __len__(self) -> int:
        """Return how many keys there are."""
        return self.frame.height


@dataclass(frozen=True)
class Resolution:
    """The parties of each key, as compressed rows: those of key k are ``party[start[k]:start[k + 1]]``.

    ``statement`` is the row of the world's identifier table behind each. ``stale[k]`` holds where statements
    exist but none of them speaks for the date. ``nameless[k]`` says why an identifier can never name a party.
    """

    keys: Keys
    start: npt.NDArray[np.int64]
    party: npt.NDArray[np.int32]
    statement: npt.NDArray[np.int64]
    stale: npt.NDArray[np.bool_]
    nameless: dict[int, str]
    mentioned: pl.DataFrame  # key, number: every party that some statement of some time names, whether it speaks or not
    registration: pl.DataFrame  # key, name, registered, seen, source …: the registries' words, a row a statement
    registered: pl.Series  # the registries' country of each key, null where unknown or disputed

    def parties(self, key: int) -> npt.NDArray[np.int32]:
        """Return the numbers of the parties that a key leads to."""
        return self.party[self.start[key] : self.start[key + 1]]


def spans(frame: pl.DataFrame) -> pl.DataFrame:
    """Add ``span_from`` and ``span_to`` (half open): when each row speaks, a snapshot or a dated statement."""
    seen_from = pl.col("seen").dt.offset_by(f"-{SNAPSHOT_BEFORE_DAYS}d")
    seen_to = pl.col("seen").dt.offset_by(f"{SNAPSHOT_AFTER_DAYS + 1}d")
    dated = (
        pl.col("since").is_not_null() | pl.col("until").is_not_null()
        if "since" in frame.columns
        else pl.lit(value=False)
    )
    since = pl.col("since") if "since" in frame.columns else pl.lit(None, pl.Date)
    until = pl.col("until") if "until" in frame.columns else pl.lit(None, pl.Date)
    return frame.with_columns(
        span_from=pl.when(dated).then(since.fill_null(_EPOCH)).otherwise(seen_from).fill_null(_EPOCH),
        span_to=pl.when(dated).then(until.fill_null(_FOREVER)).otherwise(seen_to).fill_null(_FOREVER),
    )


def nearest(matched: pl.DataFrame, *, accept_stale: bool) -> pl.DataFrame:
    """Keep, for each key, the rows that speak for its date; failing that, with ``accept_stale``, the nearest ones.

    ``matched`` has columns key, date, span_from, span_to.
    """
    gap = (
        pl.when(pl.col("date") < pl.col("span_from"))
        .then((pl.col("span_from") - pl.col("date")).dt.total_days())
        .when(pl.col("date") >= pl.col("span_to"))
        .then((pl.col("date") - pl.col("span_to")).dt.total_days() + 1)
        .otherwise(0)
    )
    measured = matched.with_columns(gap=gap)
    if not accept_stale:
        return measured.filter(pl.col("gap") == 0)
    return measured.filter(pl.col("gap") == pl.col("gap").min().over("key"))


def resolve(world: World, numbers: dict[str, int], keys: Keys, *, accept_stale: bool) -> Resolution:
    """Resolve keys to parties (numbered by ``numbers``)."""
    table = spans(world.table("identifier").with_row_index("row"))
    frame = keys.frame
    matched = frame.join(table, on=["type", "value"], how="inner", maintain_order="left_right")
    registration = _registrations(world, frame)
    speaking = _unchallenged(nearest(matched, accept_stale=accept_stale), registration)
    # Parties and states are identifiers of themselves.
    own = frame.filter(pl.col("type").is_in(["party", "state"])).with_columns(
        party=pl.when(pl.col("type") == "state")
        .then(pl.lit("state-") + pl.col("value").str.to_lowercase())
        .otherwise(pl.col("value")),
        row=pl.lit(-1, pl.Int64),
    )
    found = (
        pl.concat(
            [
                speaking.select("key", "party", pl.col("row").cast(pl.Int64)),
                own.select("key", "party", "row"),
            ]
        )
        .with_columns(number=pl.col("party").replace_strict(numbers, default=None, return_dtype=pl.Int32))
        .drop_nulls("number")
        .unique(["key", "number"], keep="first", maintain_order=True)
        .sort("key", maintain_order=True)
    )
    count = np.bincount(found["key"].to_numpy(), minlength=len(keys)).astype(np.int64)
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])
    mentioned = np.zeros(len(keys), np.bool_)
    mentioned[matched["key"].to_numpy()] = True
    return Resolution(
        keys=keys,
        start=start,
        party=found["number"].to_numpy().astype(np.int32),
        statement=found["row"].to_numpy().astype(np.int64),
        stale=mentioned & (count == 0),
        nameless=_nameless(frame),
        mentioned=matched.select(
            "key", number=pl.col("party").replace_strict(numbers, default=None, return_dtype=pl.Int32)
        ).drop_nulls(),
        registration=registration,
        registered=_registered(registration, len(keys), accept_stale=accept_stale),
    )


def _unchallenged(speaking: pl.DataFrame, registration: pl.DataFrame) -> pl.DataFrame:
    """Leave out sightings from another time where a registry's record is nearer to the date.

    A number changes hands. Who holds it years later says nothing where a record of the day names somebody, and
    whether that is the same holder under another name is not for us to guess. The name of a library that contacts a
    host is no such record.
    """
    nearer = registration.filter("holder").group_by("key").agg(pl.col("gap").min().alias("recorded"))
    kept = speaking.join(nearer, on="key", how="left", maintain_order="left")
    return kept.filter((pl.col("gap") == 0) | pl.col("recorded").is_null() | (pl.col("gap") <= pl.col("recorded")))


def _nameless(frame: pl.DataFrame) -> dict[int, str]:
    """Find the identifiers that can name no party, and say why."""
    told = frame.drop_nulls("why") if "why" in frame.columns else frame.clear()
    result: dict[int, str] = dict(zip(told["key"].to_list(), told["why"].to_list(), strict=True)) if len(told) else {}
    for kind in frame["type"].unique().to_list():
        if not hasattr(identifiers.load(kind), "special"):
            continue
        special: pl.Expr = identifiers.load(kind).special(pl.col("value"))
        for key, value in frame.filter(pl.col("type") == kind).filter(special).select("key", "value").iter_rows():
            reason = identifiers.names_no_party(kind, value)
            if reason:
                result[int(key)] = reason
    return result


def _registrations(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    """Return the registries' statements on each key that speak for its date, or else the latest ones."""
    table = spans(world.table("registration"))
    matched = frame.join(table, on=["type", "value"], how="inner", maintain_order="left_right")
    told = nearest(matched, accept_stale=True).with_columns(holder=domains.of_holders(world))
    return told.select("key", "name", "registered", "seen", "source", "gap", "holder")


def _registered(registration: pl.DataFrame, size: int, *, accept_stale: bool) -> pl.Series:
    """Return the registered country of each key, where the statements that speak for its date agree."""
    agreed = (
        registration.filter((pl.lit(accept_stale) | (pl.col("gap") == 0)) & pl.col("registered").is_not_null())
        .group_by("key")
        .agg(pl.col("registered").first(), pl.col("registered").n_unique().alias("different"))
        .filter(pl.col("different") == 1)
    )
    every = pl.DataFrame({"key": pl.Series(range(size), dtype=pl.UInt32)})
    return every.join(agreed, on="key", how="left", maintain_order="left")["registered"]


def covers(as_of: date | None, when: date) -> bool:
    """Return whether a snapshot of ``as_of`` speaks for ``when``."""
    if as_of is None:
        return False
    return -SNAPSHOT_BEFORE_DAYS <= (when - as_of).days <= SNAPSHOT_AFTER_DAYS  # no sum, which may be past the last day
