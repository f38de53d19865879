"""What each further member would add to a coalition's reach over paths that no named AS touches.

A coalition's reach is the ordered pairs of its members' ASes that have such a path. Who is named is fixed beforehand,
and joining un-names nobody: what a state's own named networks would gain by its joining is not counted. Nor does it
open paths to others: an AS on no list may stand on a path whether it is a member or not. So the matrix of untouched
pairs (:mod:`..routing.untouched`) is the same whoever is a member, and what a candidate adds is a sum over it.
That makes the order of accession below exact step by step: no other candidate would have added more at that point. It
need not be the best choice of several candidates taken together, because two can add more than each of them by itself.

A member or candidate is a set of groups of ASes. They may overlap, as a telephone company and its state do; a group
counts once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Floats = npt.NDArray[np.float64]


def gains(
    matrix: Floats, members: Collection[int], candidates: Mapping[str, Collection[int]], pairs: Floats | None = None
) -> pl.DataFrame:
    """Return what each candidate alone would add, the greatest first, equals by name.

    ``matrix``: (G, G) untouched pairs, [source group, destination group]. ``members``: the groups of all members.
    ``candidates``: names, and the groups of each; those that are members already add nothing. ``pairs``: (G, G) all
    pairs there are, if a share of them is wanted.

    Columns ``candidate``, ``adds`` (pairs that it takes part in, with members or by itself) and, with ``pairs``,
    ``share``: of all pairs that the larger coalition would have, how many are untouched. Raises ValueError for a matrix
    that is not square, and for groups that it does not have.
    """
    weighed = _Candidates(matrix, members, candidates)
    adds = weighed.adds()
    columns = {"candidate": pl.Series(weighed.names, dtype=pl.String), "adds": pl.Series(adds, dtype=pl.Float64)}
    if pairs is not None:
        possible = _Candidates(pairs, members, candidates)
        columns["share"] = pl.Series(
            _share(weighed.total + adds, possible.total + possible.adds()), dtype=pl.Float64
        )  # fmt: skip
    return pl.DataFrame(columns).sort("adds", "candidate", descending=[True, False])


def greedy(
    matrix: Floats, members: Collection[int], candidates: Mapping[str, Collection[int]], rounds: int | None = None,
    pairs: Floats | None = None,
) -> pl.DataFrame:  # fmt: skip
    """Return the order in which candidates join if each time the one joins that adds most, of equals the first by name.

    Parameters and errors as of :func:`gains`; ``rounds``: how many join at most. A candidate all of whose groups have
    joined with others joins no more.

    Columns ``rank`` (from 1), ``candidate``, ``adds``, ``total`` (pairs within the coalition then) and, with ``pairs``,
    ``share`` of all pairs that it has then.
    """
    weighed = _Candidates(matrix, members, candidates)
    possible = None if pairs is None else _Candidates(pairs, members, candidates)
    most = len(weighed.names) if rounds is None else max(0, min(rounds, len(weighed.names)))
    names, added, totals, shares = [], [], [], []
    for _ in range(most):
        adds = np.where(weighed.new.any(axis=1), weighed.adds(), -np.inf)
        best = int(np.argmax(adds))
        if adds[best] == -np.inf:
            break
        weighed.join(best)
        names.append(weighed.names[best])
        added.append(float(adds[best]))
        totals.append(weighed.total)
        if possible is not None:
            possible.join(best)
            shares.append(float(_share(np.array(weighed.total), np.array(possible.total))))
    columns = {
        "rank": pl.Series(range(1, len(names) + 1), dtype=pl.Int64),
        "candidate": pl.Series(names, dtype=pl.String),
        "adds": pl.Series(added, dtype=pl.Float64),
        "total": pl.Series(totals, dtype=pl.Float64),
    }
    if possible is not None:
        columns["share"] = pl.Series(shares, dtype=pl.Float64)
    return pl.DataFrame(columns)


def _share(part: Floats, whole: Floats) -> Floats:
    return np.divide(part, whole, out=np.zeros(np.shape(whole)), where=whole > 0)


class _Candidates:
    """Candidates over one matrix, and what they would add as members become more.

    ``names``: sorted. ``new``: (C, G) the groups of each that are not members. ``total``: pairs within the coalition.
    """

    def __init__(self, matrix: Floats, members: Collection[int], candidates: Mapping[str, Collection[int]]) -> None:
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError(f"pairs by group need a square matrix, and this one has the shape {matrix.shape}")
        size = len(matrix)
        self.names = sorted(candidates)
        inside = _mask(members, size)
        given = [_mask(candidates[name], size) for name in self.names]
        self._matrix = matrix
        self._both = matrix + matrix.T
        # As numbers, which numpy multiplies much faster than truth values.
        self.new = (np.stack(given) if given else np.zeros((0, size))) * np.where(inside, 0.0, 1.0)
        self.total = float(matrix[np.ix_(inside, inside)].sum())
        # Pairs of each group with members, either way round; and of each candidate's new groups among themselves.
        self._with_members: Floats = self._both[inside].sum(axis=0)
        self._among: Floats = ((self.new @ matrix) * self.new).sum(axis=1)

    def adds(self) -> Floats:
        """Return what each would add, (C,)."""
        found: Floats = self.new @ self._with_members + self._among
        return found

    def join(self, candidate: int) -> None:
        """Make a candidate a member."""
        joined = self.new[candidate] > 0
        self.total += float(self._with_members[joined].sum() + self._among[candidate])
        self._with_members += self._both[joined].sum(axis=0)
        for other in np.flatnonzero(self.new[:, joined].any(axis=1)):
            self.new[other, joined] = 0.0
            left = np.flatnonzero(self.new[other])
            self._among[other] = self._matrix[np.ix_(left, left)].sum()


def _mask(groups: Collection[int], size: int) -> npt.NDArray[np.bool_]:
    """Return which groups are in a set of them."""
    numbers = np.array(sorted(groups), np.int64)
    if len(numbers) and not 0 <= numbers[0] <= numbers[-1] < size:
        raise ValueError(f"groups are numbered from 0 to {size - 1}")
    found = np.zeros(size, np.bool_)
    found[numbers] = True
    return found
