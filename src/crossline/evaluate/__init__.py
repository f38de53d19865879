"""Evaluate regimes over an estate: each rule is compiled once and judges all assets of its kind as columns."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.evaluate.answers import Answers
from crossline.evaluate.binding import Binding, Compiled, compile_rule
from crossline.evaluate.frames import Decision, Evaluator, whole_frame
from crossline.evaluate.judge import Judgement, judge
from crossline.evaluate.links import LinkIndex
from crossline.regimes.document import RegimeError
from crossline.world import domains
from crossline.world.announced import networks
from crossline.world.resolve import Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from crossline.estate import Estate
    from crossline.world import World


def keys_of(estate: Estate, world: World, *, accept_stale: bool) -> tuple[Keys, npt.NDArray[np.int64]]:
    """Return the distinct pairs of identifier and date in an estate, and the key of each tie.

    In the place of an address stands the network that announces it at that date, where one is known; in the place of
    a host of whose holder nothing is said, the nearest domain above it of whose holder something is.
    """
    count, dates = estate.identifiers.height, len(estate.dates)
    if dates <= 1:
        key = estate.ties.identifier.astype(np.int64)
        identifier, day = np.arange(count), np.zeros(count, np.int64)
    else:
        date_of_tie = np.repeat(estate.date_of, np.diff(estate.ties.start)).astype(np.int64)
        pair = date_of_tie * count + estate.ties.identifier
        distinct, key = np.unique(pair, return_inverse=True)
        identifier, day = distinct % max(count, 1), distinct // max(count, 1)
    frame = estate.identifiers[identifier] if count else estate.identifiers
    days = pl.Series("date", estate.dates, pl.Date).gather(day) if dates else pl.Series("date", [], pl.Date)
    pairs = domains.under(world, networks(world, frame.with_columns(days), accept_stale=accept_stale))
    if not frame["type"].is_in(["address", "domain"]).any():
        return Keys(pairs.with_row_index("key")), key
    merged = pairs.unique(["type", "value", "date"], keep="first", maintain_order=True).with_row_index("key")
    on = ["type", "value", "date"]
    again = pairs.join(merged.select("key", *on), on=on, how="left", maintain_order="left")["key"]
    return Keys(merged), again.to_numpy().astype(np.int64)[key]


def _lists_exist(binding: Binding, world: World) -> None:
    """Raise RegimeError for a list, scope or status that the world does not have: it would acquit in silence."""
    listing = world.table("listing")
    # A world that lists nobody at all is one made for a purpose; it has no words to compare with.
    for selection in binding.regime.lists.values() if listing.height else ():
        where = f"{binding.regime.path}: lists.{selection.name}"
        rows = listing.filter(pl.col("list") == selection.list)
        if not rows.height:
            known = ", ".join(listing["list"].drop_nulls().unique().sort())
            raise RegimeError(f"{where}: the world has no list {selection.list!r}; it has {known or 'none'}")
        asked = {"scope": selection.scopes, "status": binding.statuses(selection.statuses)}
        for column, words in asked.items():
            strange = set(words) - set(rows[column].drop_nulls())
            if strange:
                known = ", ".join(rows[column].drop_nulls().unique().sort())
                raise RegimeError(
                    f"{where}: no entry of {selection.list} has {column} {min(strange)!r}; there are {known}"
                )


class Session:
    """An estate and a world, ready to be judged by any number of rules."""

    def __init__(self, estate: Estate, world: World, binding: Binding, *, accept_stale: bool = False) -> None:
        self.estate = estate
        keys, self.keys = keys_of(estate, world, accept_stale=accept_stale)
        self.answers = Answers(world, binding.as_of, keys, accept_stale=accept_stale, written=estate.written)
        self.links = LinkIndex(estate, self.keys)
        self.wholes = {kind: whole_frame(holdings) for kind, holdings in estate.holdings.items()}
        self.memo: dict[object, Decision] = {}

    def judge(
        self, bindings: Sequence[Binding], waive: Callable[[Judgement], Judgement] | None = None
    ) -> Iterator[Judgement]:
        """Judge every rule of every regime, in order; raises RegimeError for a rule that makes no sense.

        ``waive`` is given each judgement, in several threads, and returns it with what is waived exempt.
        """
        for binding in bindings:
            _lists_exist(binding, self.answers.world)
        compiled = [compile_rule(binding, rule) for binding in bindings for rule in binding.regime.rules]
        # The kernels and the column library let other threads run; rules share nothing but memos of the same values.
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            yield from pool.map(lambda item: waive(self._judge(item)) if waive else self._judge(item), compiled)

    def _judge(self, item: Compiled) -> Judgement:
        holdings = self.estate.holdings.get(item.rule.kind)
        if holdings is None:
            return judge(item, None, 0)
        whole = self.wholes[item.rule.kind]
        evaluator = Evaluator(self.estate, holdings, whole, self.links, self.answers, item, self.memo)
        return judge(item, evaluator, holdings.assets.height)
