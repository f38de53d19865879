"""Which ties a quantifier ranges over: links from bundles to ties, along one role or through other assets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numba
import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.estate import ROLE_NUMBER

if TYPE_CHECKING:
    from crossline.estate import Estate
    from crossline.kleene import Codes
    from crossline.regimes.terms import TiePath

Ints = npt.NDArray[np.int64]
Ints32 = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Links:
    """Ties of each bundle, as compressed rows: those of bundle b are ``tie[start[b]:start[b + 1]]``.

    ``whole[b]`` is 1 where these are known to be all; where not, ``reason[b]`` is the code of why.
    """

    start: Ints
    tie: Ints
    whole: npt.NDArray[np.uint8]
    reason: npt.NDArray[np.uint16]


class LinkIndex:
    """Links of one estate, made when first asked for."""

    def __init__(self, estate: Estate, keys: Ints) -> None:
        self.estate = estate
        self.keys = keys
        self.bundles = len(estate.ties.start) - 1
        self._made: dict[tuple[TiePath, ...], Links] = {}
        self._keys: dict[tuple[TiePath, ...], npt.NDArray[np.int32]] = {}

    def keys_of(self, paths: tuple[TiePath, ...]) -> npt.NDArray[np.int32]:
        """Return the key of each link of several paths."""
        if paths not in self._keys:
            self._keys[paths] = self.keys[self.links(paths).tie].astype(np.int32)
        return self._keys[paths]

    def links(self, paths: tuple[TiePath, ...]) -> Links:
        """Return the links of several paths together, each bundle's ties in order of sequence, then identifier."""
        if paths not in self._made:
            if all(len(path.roles) == 1 for path in paths):
                self._made[paths] = self._direct(tuple(path.roles[0] for path in paths))
            elif len(paths) == 1:
                self._made[paths] = self._through(paths[0])
            else:
                self._made[paths] = self._joined([self.links((path,)) for path in paths])
        return self._made[paths]

    def _extent(self, roles: tuple[str, ...]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint16]]:
        whole, reason = np.ones(self.bundles, np.uint8), np.zeros(self.bundles, np.uint16)
        extents = self.estate.extents
        for role in reversed(roles):
            if role not in extents.whole:
                whole[:], reason[:] = 0, 0
                continue
            partial = extents.whole[role] == 0
            reason[partial] = extents.reason[role][partial]
            whole &= extents.whole[role]
        return whole, reason

    def _direct(self, roles: tuple[str, ...]) -> Links:
        ties = self.estate.ties
        wanted = np.zeros(256, np.bool_)
        wanted[[ROLE_NUMBER[role] for role in roles]] = True
        whole, reason = self._extent(roles)
        return Links(*_chosen(wanted, ties.role, ties.start), whole, reason)

    @cached_property
    def _bundles_of_identifier(self) -> tuple[Ints, Ints]:
        """The bundles of the assets that identifiers name, as compressed rows; several files may describe one asset."""
        named = self.estate.identifiers.with_row_index("identifier").filter(pl.col("type") == "asset")
        assets = pl.concat([h.assets.select("asset", "bundle") for h in self.estate.holdings.values()])
        found = named.join(assets.unique(), left_on="value", right_on="asset").sort("identifier", "bundle")
        start = np.searchsorted(found["identifier"].to_numpy(), np.arange(self.estate.identifiers.height + 1))
        return start.astype(np.int64), found["bundle"].to_numpy().astype(np.int64)

    def _through(self, path: TiePath) -> Links:
        """Follow the first roles to assets, and take those assets' ties of the last role."""
        outer = self.links((type(path)(path.roles[:-1]),))
        inner = self.links((type(path)(path.roles[-1:]),))
        first, described = self._bundles_of_identifier
        identifier = self.estate.ties.identifier[outer.tie]
        many = first[identifier + 1] - first[identifier]
        target = described[_ranges(first[identifier], many)]
        # From outer links to the bundles behind them, and on to the ties of those.
        behind = np.concatenate([np.zeros(1, np.int64), np.cumsum(many)])
        count = np.diff(inner.start)[target]
        offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])
        tie = inner.tie[_ranges(inner.start[:-1][target], count)]
        start = offsets[behind[outer.start]]
        # All ties are known only if all assets on the way are, and all of each one's ties.
        partial = np.concatenate([np.zeros(1, np.int64), np.cumsum(inner.whole[target] == 0, dtype=np.int64)])
        unseen = (many == 0) | (partial[behind[1:]] > partial[behind[:-1]])
        before = np.concatenate([np.zeros(1, np.int64), np.cumsum(unseen, dtype=np.int64)])
        complete = before[outer.start[1:]] == before[outer.start[:-1]]
        whole = (outer.whole & complete).astype(np.uint8)
        return Links(start, tie, whole, np.where(outer.whole == 0, outer.reason, 0).astype(np.uint16))

    def way(self, path: TiePath, bundle: int, end: int) -> list[tuple[str, int]] | None:
        """Return the assets, as id and bundle, that lead along a path from one bundle to another: the first such way.

        Assets with the same ties share a bundle, so that the bundle alone does not say through which of them a rule
        came to a tie. None where there is no way.
        """
        first, described = self._bundles_of_identifier
        ties = self.estate.ties
        level = np.array([bundle], np.int64)
        levels: list[tuple[Ints, Ints, Ints]] = []  # for each hop: which of the level before, which identifier, bundle
        for role in path.roles[:-1]:
            count = ties.start[level + 1] - ties.start[level]
            tie, parent = _ranges(ties.start[level], count), np.repeat(np.arange(len(level)), count)
            of_role = ties.role[tie] == ROLE_NUMBER[role]
            tie, parent = tie[of_role], parent[of_role]
            identifier = ties.identifier[tie].astype(np.int64)
            many = first[identifier + 1] - first[identifier]
            level = described[_ranges(first[identifier], many)]
            levels.append((np.repeat(parent, many), np.repeat(identifier, many), level))
        found = np.flatnonzero(level == end)
        if not len(found):
            return None
        place, told = int(found[0]), []
        for parent, identifier, reached in reversed(levels):
            told.append((str(self.estate.identifiers["value"][int(identifier[place])]), int(reached[place])))
            place = int(parent[place])
        return told[::-1]

    def _joined(self, parts: list[Links]) -> Links:
        bundle = np.concatenate([np.repeat(np.arange(self.bundles), np.diff(part.start)) for part in parts])
        tie = np.concatenate([part.tie for part in parts])
        order = np.lexsort((tie, self.estate.ties.seq[tie], bundle))
        whole, reason = np.ones(self.bundles, np.uint8), np.zeros(self.bundles, np.uint16)
        for part in reversed(parts):
            reason = np.where(part.whole == 0, part.reason, reason)
            whole &= part.whole
        start = np.searchsorted(bundle[order], np.arange(self.bundles + 1)).astype(np.int64)
        return Links(start, tie[order], whole, reason.astype(np.uint16))


def _ranges(first: Ints, count: Ints) -> Ints:
    """Return the concatenation of the ranges ``first[i] … first[i] + count[i] - 1``."""
    total = int(count.sum())
    ends = np.cumsum(count)
    return np.arange(total) - np.repeat(ends - count, count) + np.repeat(first, count)


@numba.njit(cache=True, nogil=True)
def _chosen(wanted: npt.NDArray[np.bool_], role: npt.NDArray[np.uint8], start: Ints) -> tuple[Ints, Ints]:
    """Return where each bundle's ties of the wanted roles begin, and those ties."""
    first, tie, count = np.empty_like(start), np.empty(len(role), np.int64), 0
    for bundle in range(len(start) - 1):
        first[bundle] = count
        for place in range(start[bundle], start[bundle + 1]):
            tie[count] = place
            count += wanted[role[place]]
    first[len(start) - 1] = count
    return first, tie[:count]


def expand(links: Links, bundle: Ints) -> tuple[Ints, Ints]:
    """Return the ties of each row's bundle, joined, and where each row's begin (one more entry than rows)."""
    count = links.start[bundle + 1] - links.start[bundle]
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(count)])
    return links.tie[_ranges(links.start[bundle], count)], start


@numba.njit(cache=True, nogil=True)
def reduce_links(  # noqa: PLR0913, PLR0917 - a kernel takes columns, not objects
    table: Codes, index: Ints32, start: Ints, first: int, rows: int, whole: Codes, every: bool, code: Codes
) -> None:
    """Reduce answers over links: ``exists`` (or ``all``, with ``every``) in Kleene's logic, a code a row.

    The answer of link i is ``table[index[i]]``; row r has the links from ``start[first + r]`` on.
    """
    for row in range(rows):
        low, high = np.uint8(2), np.uint8(0)
        for place in range(start[first + row], start[first + row + 1]):
            answer = table[index[place]]
            low = min(low, answer)
            high = max(high, answer)
        if every:
            code[row] = low if whole[first + row] != 0 or low == 0 else np.uint8(1)
        else:
            code[row] = high if whole[first + row] != 0 or high == 2 else np.uint8(1)


@numba.njit(cache=True, nogil=True)
def first_links(  # noqa: PLR0913, PLR0917 - a kernel takes columns, not objects
    table: Codes, index: Ints32, start: Ints, first: int, every: bool, code: Codes, rows: Ints, out: Ints
) -> None:
    """Find, for some of the rows, the first link whose answer is the row's code: the one that decides it, or -1.

    No single link makes an ``exists`` false, or an ``all`` true.
    """
    by_all = np.uint8(2) if every else np.uint8(0)
    for number in range(len(rows)):
        row = rows[number]
        out[number] = -1
        if code[row] == by_all:
            continue
        # Backwards and without a branch: the last hit is the first link, and no jump is mispredicted.
        want, found = code[row], -1
        for place in range(start[first + row + 1] - 1, start[first + row] - 1, -1):
            found = place if table[index[place]] == want else found
        out[number] = found
