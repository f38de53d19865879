"""What is told of any asset that is described one by one: its verdicts, its violations, and what was not seen of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.evaluate.judge import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.evaluate import Session
    from crossline.evaluate.judge import Judgement


def judging(judgements: Sequence[Judgement], kind: str, size: int) -> list[Judgement]:
    """Return the judgements of the assets of a kind, of which there are ``size``."""
    return [one for one in judgements if one.compiled.rule.kind == kind and len(one.verdict) == size]


def counted(judgements: Sequence[Judgement], kind: str, size: int) -> npt.NDArray[np.int64]:
    """Return, for each asset of a kind, how many rules gave it each verdict, (size, number of verdicts)."""
    counts = np.zeros((size, len(WORDS)), np.int64)
    for judgement in judging(judgements, kind, size):
        counts[np.arange(size), judgement.verdict] += 1
    return counts


def unseen(session: Session, bundles: npt.NDArray[np.uint32], roles: Sequence[str]) -> list[list[dict[str, str]]]:
    """Return, for each bundle, the roles of which not all could be seen, and why."""
    extents = session.estate.extents
    told: list[list[dict[str, str]]] = [[] for _ in bundles]
    for role in roles:
        whole = extents.whole.get(role)
        for place, bundle in enumerate(bundles):
            if whole is None or not whole[bundle]:
                code = 0 if whole is None else extents.reason[role][bundle]
                told[place].append({"role": role, "reason": extents.reasons[code]})
    return told


def looked(session: Session, bundles: npt.NDArray[np.uint32], role: str) -> npt.NDArray[np.bool_]:
    """Return which bundles a role's ties were looked for in: elsewhere that there is none says nothing."""
    some = session.estate.extents.looked.get(role)
    return np.zeros(len(bundles), np.bool_) if some is None else some[bundles] > 0


def violated(
    found: pl.DataFrame, kind: str, assets: pl.Series, columns: Sequence[str], most: int
) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return, by asset and file, the columns of the first ``most`` findings that say it violates a rule."""
    mine = found.filter(
        (pl.col("kind") == kind) & (pl.col("verdict") == "violation") & pl.col("asset").is_in(assets.implode())
    )
    told: dict[tuple[str, str], list[dict[str, Any]]] = {}
    few = mine.group_by("asset", "file", maintain_order=True).head(most)
    for row in few.select("asset", "file", *columns).iter_rows(named=True):
        told.setdefault((row.pop("asset"), row.pop("file")), []).append(row)
    return told
