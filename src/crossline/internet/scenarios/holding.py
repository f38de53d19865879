"""Which state stands at the top of each party's chain of control, as far as the world's statements lead.

Control is more than half of the equity or the votes, or direction, and cascades. A state that owns a party, itself or
through its agencies, stands at its top. Failing that, whoever holds more than half of it alone, or directs it, does,
and so on up; there the state of incorporation counts, and the head office, where they are one. What the world does not
state is not asked for: a party of which no holder is stated is its own top.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.kleene import FALSE, TRUE
from crossline.regimes.model import Doctrine
from crossline.world import control

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crossline.world.control import Graph

Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
MAJORITY_PCT: Final = 50.0
_NONE, _SEVERAL, _OPEN = -1, -2, -3
_MOST_ROUNDS: Final = 1_000  # owners above each other; a chain this long is no company's


def doctrine(threshold_pct: float = MAJORITY_PCT) -> Doctrine:
    """Return the doctrine under which more than a share controls, shares add up and cascade, and direction counts."""
    return Doctrine("majority", threshold_pct, False, True, "either", "cascade", ("direction",), None)


@dataclass(frozen=True)
class Holding:
    """Who holds the parties of a graph of control; arrays have one entry a party, by its number there."""

    graph: Graph

    def held(self, parties: Iterable[int], threshold_pct: float = MAJORITY_PCT) -> Mask:
        """Return which parties are certainly held by some parties together, these included."""
        start = np.full(self.graph.size, FALSE, np.uint8)
        start[list(parties)] = TRUE
        found: Mask = control.close(self.graph, doctrine(threshold_pct), start).codes == TRUE
        return found

    def organs(self, code: str) -> list[int]:
        """Return the numbers of a state and of its agencies."""
        places = self.graph.places
        mine = places.filter(pl.col("kind").is_in(["state", "agency"]) & (pl.col("domicile") == code))
        return [int(number) for number in mine["number"].unique()]

    def owned(self, code: str, threshold_pct: float = MAJORITY_PCT) -> Mask:
        """Return which parties a state certainly owns, through whomever."""
        return self.held(self.organs(code), threshold_pct)

    def controlled(self, code: str, threshold_pct: float = MAJORITY_PCT) -> Mask:
        """Return which parties certainly answer to a state: by ownership, incorporation, head office or direction."""
        start = control.located(self.graph, {code}, ("domicile", "seat"))
        start[self.organs(code)] = TRUE
        found: Mask = control.close(self.graph, doctrine(threshold_pct), start).codes == TRUE
        return found

    @cached_property
    def states(self) -> list[str]:
        """The codes that numbers of states mean here, sorted."""
        both = pl.concat([self.graph.places["domicile"], self.graph.places["seat"]])
        return sorted(both.drop_nulls().unique().to_list())

    @cached_property
    def _number(self) -> dict[str, int]:
        return {code: number for number, code in enumerate(self.states)}

    def named(self, numbers: Codes) -> pl.Series:
        """Return codes for numbers of states; null for parties that have none, or several."""
        return pl.Series([*self.states, None], dtype=pl.String).gather(np.where(numbers < 0, len(self.states), numbers))

    @cached_property
    def owner(self) -> Codes:
        """The one state that owns each party: -1 where none is known to, -2 where several do."""
        result = np.full(self.graph.size, _NONE, np.int32)
        owning = self.graph.statements["owner_number"].unique()
        organs = self.graph.places.filter(pl.col("kind").is_in(["state", "agency"]))
        owners = organs.filter(pl.col("number").is_in(owning.implode()))
        for code in sorted(owners["domicile"].drop_nulls().unique().to_list()):
            mine = self.owned(code)
            result[mine & (result != _NONE)] = _SEVERAL
            result[mine & (result == _NONE)] = self._number[code]
        # A state's own networks, and its agencies', are its.
        for code, number in organs.select("domicile", "number").drop_nulls().iter_rows():
            result[number] = self._number[code]
        return result

    def _place(self, *columns: str) -> Codes:
        """Return the one code that statements give each party in some columns; -1 for none, -2 for several."""
        told = pl.concat([self.graph.places.select("number", code=column).drop_nulls() for column in columns])
        codes = told.group_by("number").agg(pl.col("code").first(), several=pl.col("code").n_unique() > 1)
        result = np.full(self.graph.size, _NONE, np.int32)
        result[codes["number"].to_numpy()] = [
            _SEVERAL if several else self._number[code] for code, several in codes.select("code", "several").iter_rows()
        ]
        return result

    @cached_property
    def incorporated(self) -> Codes:
        """The state in which each party is incorporated: -1 where unknown, -2 where statements differ."""
        return self._place("domicile")

    @cached_property
    def top(self) -> Codes:
        """The one state at the top of each party's chain: -1 where unknown, -2 where several are."""
        place, owner = self._place("domicile", "seat"), self.owner
        holder, owned = self._holders()
        # A natural person, or a rest that many hold, whose place nobody states leaves the company where it is.
        persons = self.graph.places.filter(pl.col("kind").is_in(["person", "dispersed"]))["number"].to_numpy()
        placeless = np.zeros(self.graph.size, np.bool_)
        placeless[persons] = True
        counts = ~(placeless[holder] & (place[holder] == _NONE))
        holder, owned = holder[counts], owned[counts]
        beneath = np.zeros(self.graph.size, np.bool_)
        beneath[owned] = True
        result = np.where(owner != _NONE, owner, np.where(beneath, _OPEN, place)).astype(np.int32)
        for _ in range(_MOST_ROUNDS):
            ready = beneath & (result == _OPEN)
            waits = np.zeros(self.graph.size, np.bool_)
            waits[owned[result[holder] == _OPEN]] = True
            ready &= ~waits
            if not ready.any():
                break
            lowest, highest = np.full(self.graph.size, np.iinfo(np.int32).max), np.full(self.graph.size, _OPEN)
            np.minimum.at(lowest, owned, result[holder])
            np.maximum.at(highest, owned, result[holder])
            # One holder's state unknown, and it could be any; two different ones, and there are several.
            agreed = np.where(lowest == highest, lowest, np.where(lowest == _NONE, _NONE, _SEVERAL))
            result[ready] = agreed[ready]
        return np.where(result == _OPEN, _NONE, result).astype(np.int32)

    def _holders(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Return who alone holds more than half of whom, or directs them, as pairs of numbers."""
        graph = self.graph
        pairs = [
            (shares.owner[most], shares.owned[most])
            for shares in (graph.equity, graph.voting)
            for most in [shares.at_least > MAJORITY_PCT + control.TOLERANCE_PCT]
        ]
        pairs.append((graph.direction.owner, graph.direction.owned))
        holder = np.concatenate([pair[0] for pair in pairs]).astype(np.int64)
        owned = np.concatenate([pair[1] for pair in pairs]).astype(np.int64)
        apart = holder != owned
        return holder[apart], owned[apart]
