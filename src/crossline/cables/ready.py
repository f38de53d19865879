"""At which day it is asked who controlled the builder of a cable: when it was ready, where that is known.

Of a cable in service of which no year is stated it is asked for every day on which the answer may have changed.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.kleene import TRUE, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.cables.network import CableMap
    from crossline.evaluate import Session
    from crossline.evaluate.binding import Binding
    from crossline.kleene import Codes

SAID: Final = "no year is stated in which it was ready, and who controlled its builder then depends on that"
_ASKED: Final = pl.Schema({"number": pl.Int64(), "key": pl.Int64(), "day": pl.Date(), "code": pl.UInt8()})


def days(charted: CableMap, session: Session, binding: Binding, ties: pl.DataFrame, *, dated: bool) -> pl.DataFrame:
    """Return the days at which control is asked: number of the cable, day, open (whether it may be any of several).

    It is the day of the question, or, if ``dated``, when the cable's year began. Days between which nothing changes
    that is known of control are brought to one, the last of them.
    """
    today, world = session.answers.as_of, session.answers.world
    years, states = charted.cables["ready_year"].to_list(), charted.cables["status"].to_list()
    numbers = range(len(years))
    rows = [(number, today, False) for number in numbers]
    if dated:
        turns = _turns(world.table("control"), binding)
        own = [today if year is None else min(date(max(year, 1), 1, 1), today) for year in years]
        last: dict[int, date] = {}
        for day in [today, *own]:
            turn = bisect_right(turns, day)
            last[turn] = max(day, last.get(turn, day))
        # What is planned without a year is yet to be ready.
        unstated = [number for number in numbers if years[number] is None and states[number] != "planned"]
        ours = _turns(_above(session, ties.filter(pl.col("number").is_in(unstated))), binding)
        past = [day for day in ours if day <= today]
        several = {last.get(bisect_right(turns, day), day) for day in past}
        several |= {past[0] - timedelta(days=1)} if past else {today}
        rows = [(number, last[bisect_right(turns, own[number])], False) for number in set(numbers) - set(unstated)]
        rows += [(number, day, True) for number in unstated for day in sorted(several)]
    return pl.DataFrame(rows, schema={"number": pl.Int64, "day": pl.Date, "open": pl.Boolean}, orient="row")


def _turns(control: pl.DataFrame, binding: Binding) -> list[date]:
    """Return the days on which something changes by statements of control, or by what counts under a state."""
    known = {*control["since"].drop_nulls(), *control["until"].drop_nulls()}
    known |= {day for cover in binding.regime.covers for day in (cover.since, cover.until) if day is not None}
    return sorted(known)


def _above(session: Session, ties: pl.DataFrame) -> pl.DataFrame:
    """Return the statements of control, of any day, about the parties that ties lead to and all who may hold them."""
    control, graph, resolution = (
        session.answers.world.table("control"),
        session.answers.graph,
        session.answers.resolution,
    )
    keys = ties["key"].unique().to_list()
    found = {graph.ids[int(party)] for key in keys for party in resolution.parties(int(key))}
    count = -1
    while count < (count := len(found)):
        found |= set(control.filter(pl.col("owned").is_in(found))["owner"].drop_nulls())
    return control.filter(pl.col("owned").is_in(found))


class Several:
    """What was answered at more days than one, for cables of which no year is stated."""

    def __init__(self, names: int) -> None:
        """Remember nothing yet, of as many names as are asked about."""
        self._asked: list[pl.DataFrame] = []
        self._each: list[list[pl.DataFrame]] = [[] for _ in range(names)]

    def add(self, ties: pl.DataFrame, codes: Sequence[Codes]) -> None:
        """Keep the answers of a day: ties with number, key, day and code, and the codes of each key by each name."""
        if not ties.height:
            return
        self._asked.append(ties.select(*_ASKED).cast(_ASKED))
        keys = ties["key"].unique()
        for answered, code in zip(self._each, codes, strict=True):
            answered.append(pl.DataFrame({"key": keys, "code": code[keys.to_numpy()]}))

    def found(self) -> list[bool]:
        """Return of each name whether some key is its own at every day."""
        least = (pl.concat(one).group_by("key").agg(pl.col("code").min())["code"] for one in self._each if one)
        return [bool((codes == TRUE).any()) for codes in least] or [False] * len(self._each)

    def settled(self) -> pl.DataFrame:
        """Return number, key, day, code and ``apart``: the one code of a cable and key, unknown where days differ.

        ``apart`` says whether they do, and ``day`` is the first of those with the gravest code.
        """
        frame = pl.concat([pl.DataFrame(schema=_ASKED), *self._asked])
        gravest = frame.sort("number", "key", "code", "day", descending=[False, False, True, False])
        once = gravest.group_by("number", "key", maintain_order=True).agg(
            pl.col("day").first(), pl.col("code").max().alias("most"), pl.col("code").min().alias("least")
        )
        apart = pl.col("most") != pl.col("least")
        code = pl.when(apart).then(pl.lit(UNKNOWN, pl.UInt8)).otherwise("most")
        return once.select("number", "key", "day", code.alias("code"), apart.alias("apart"))
