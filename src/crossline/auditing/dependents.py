"""Which assets of ours depend on a party, in which role, and on whom else: counts for a few parties, or states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.auditing.exposure import holders, names
from crossline.estate import ROLE_NUMBER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.auditing.exposure import Tied
    from crossline.evaluate import Session

_IDENTIFIERS: Final = 6  # named for a kind and role
_HOLDERS: Final = 8  # named for a state, and beside a party
_ROLES: Final = list(ROLE_NUMBER)

Rows = dict[str, list[dict[str, Any]]]


def by_role(session: Session, tables: Sequence[Tied], parties: Sequence[str]) -> Rows:
    """Return, by party, the kinds and roles in which assets depend on it, the most first.

    A row has ``kind``, ``role``, ``assets``, ``share_pct`` of the kind's assets, the ``identifiers`` that most of them
    name, and how many identifiers there are in all.
    """
    holder, label = _only(holders(session), parties), session.answers.labels
    whose = dict(zip(label, holder, strict=True))
    mine = pl.DataFrame({"party": holder, "label": label}).select(pl.when(pl.col("party").is_not_null()).then("label"))
    rows: Rows = {party: [] for party in parties}
    for held in tables:
        counted = _summed(held.naming(holder, "party", "role"), "party", "role")
        named = (
            _summed(held.naming(mine.to_series(), "id", "role"), "role", "id")
            .with_columns(party=pl.col("id").replace_strict(whose, return_dtype=pl.String))
            .sort(["assets", "id"], descending=[True, False])
            .group_by("party", "role", maintain_order=True)
            .agg(pl.col("id").head(_IDENTIFIERS).alias("ids"), pl.len().alias("count"))
        )
        for row in counted.join(named, on=["party", "role"]).iter_rows(named=True):
            rows[row["party"]].append(
                {
                    "kind": held.kind,
                    "role": _ROLES[row["role"]],
                    "assets": row["assets"],
                    "share_pct": round(100 * row["assets"] / max(held.total, 1), 3),
                    "identifiers": row["ids"],
                    "identifier_count": row["count"],
                }
            )
    for found in rows.values():
        found.sort(key=lambda row: (-row["assets"], row["kind"], row["role"]))
    return rows


def beside(session: Session, tables: Sequence[Tied], parties: Sequence[str]) -> Rows:
    """Return, by party, whom the same assets depend on too: ``id``, ``name`` and ``kinds`` of asset, most first."""
    holder = holders(session)
    parts = []
    for held in tables:
        mine = held.naming(_only(holder, parties), "party").drop("assets")
        every = held.naming(holder, "id").join(mine.select("bundle").unique(), on="bundle", how="semi")
        summed = _summed(mine.join(every, on="bundle"), "party", "id").filter(pl.col("id") != pl.col("party"))
        parts.append(_shares(summed, held))
    found = _largest(session, parts, "party") if parts else {}
    return {party: found[party][0] if party in found else [] for party in parties}


def by_state_and_holder(
    session: Session, tables: Sequence[Tied], state: pl.Series, codes: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Return, by state, the ``kinds`` of asset that depend on holders beside it, and the ``holders``, most first.

    ``state`` has a code, or null, for each key: the country that a registry names, or the state in control. What was
    not named by a registry, or leads to no party, stands beside none.
    """
    holder, of_state = holders(session), _only(state, codes)
    both = pl.DataFrame({"holder": holder, "state": of_state}).select(
        pl.when(pl.col("state").is_not_null()).then(pl.format("{} {}", "state", "holder"))
    )
    found: dict[str, dict[str, Any]] = {code: {"kinds": [], "holders": [], "holder_count": 0} for code in codes}
    parts = []
    for held in tables:
        for code, assets in _summed(held.naming(of_state, "state"), "state").iter_rows():
            share = round(100 * assets / max(held.total, 1), 3)
            found[code]["kinds"].append({"kind": held.kind, "assets": assets, "share_pct": share})
        pair = pl.col("pair").str.splitn(" ", 2).struct.rename_fields(["state", "id"])
        summed = _summed(held.naming(both.to_series(), "pair"), "pair").with_columns(pair).unnest("pair")
        parts.append(_shares(summed, held))
    for code, (largest, count) in (_largest(session, parts, "state") if parts else {}).items():
        found[code] |= {"holders": largest, "holder_count": count}
    for about in found.values():
        about["kinds"].sort(key=lambda row: (-row["assets"], row["kind"]))
    return found


def _shares(summed: pl.DataFrame, held: Tied) -> pl.DataFrame:
    return summed.with_columns(
        pl.lit(held.kind).alias("kind"), (pl.col("assets") * 100.0 / max(held.total, 1)).alias("share_pct")
    )


def _largest(session: Session, parts: list[pl.DataFrame], key: str) -> dict[str, tuple[list[dict[str, Any]], int]]:
    """Return, by key, the holders with the largest share of any kind of asset, and how many there are in all."""
    every = pl.concat(parts).sort(["assets", "kind"], descending=[True, False])
    ranked = (
        every.group_by(key, "id", maintain_order=True)
        .agg(pl.struct("kind", "assets").alias("kinds"), pl.col("share_pct").max(), pl.col("assets").sum())
        .sort(["share_pct", "assets", "id"], descending=[True, True, False])
    )
    count = dict(ranked.group_by(key).len().iter_rows())
    top = ranked.group_by(key, maintain_order=True).head(_HOLDERS)
    found: dict[str, tuple[list[dict[str, Any]], int]] = {}
    for row, name in zip(top.iter_rows(named=True), names(session, top["id"]), strict=True):
        holders_of = found.setdefault(row[key], ([], count[row[key]]))[0]
        holders_of.append({"id": row["id"], "name": name, "kinds": row["kinds"]})
    return found


def _only(values: pl.Series, wanted: Sequence[str]) -> pl.Series:
    """Return the values that are wanted, and null for the others."""
    return values.to_frame("value").select(pl.when(pl.col("value").is_in(list(wanted))).then("value")).to_series()


def _summed(rows: pl.DataFrame, *keys: str) -> pl.DataFrame:
    """Add up assets by columns, and write these as words."""
    return rows.group_by(keys).agg(pl.col("assets").sum()).with_columns(pl.col(pl.Enum).cast(pl.String))
