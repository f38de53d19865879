"""All apps of an estate counted together: by who stands behind what they carry, by state, and by what was not seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from crossline.auditing import profiles
from crossline.auditing.whose import TOLD, counted, covered, lean, ranked, stated, stated_of_several
from crossline.estate import ROLE_NUMBER

if TYPE_CHECKING:
    from crossline.auditing.whose import Whose
    from crossline.estate import Holdings
    from crossline.evaluate import Session

TOP: Final = 20  # rows of each sort
ROLES: Final = ("embeds", "contacts", "publisher", "distributor")
COLUMNS: Final = ("permissions", "anti_features", "source_host", "licence", "packed")
_SEEN: Final = ("embeds", "contacts")
UNNAMED: Final = "unnamed"  # no packer shows, and most of what the manifest starts is defined nowhere in the package


def summary(session: Session, holdings: Holdings, ties: pl.DataFrame, known: Whose) -> dict[str, Any]:
    """Count all apps. ``ties`` has bundle, role, key, identifier and group (a number for each owner) of theirs."""
    assets, total = holdings.assets, holdings.assets.height
    many = assets.group_by("bundle").len("apps").with_columns(pl.col("bundle").cast(pl.UInt32))
    bundles, apps = many["bundle"].to_numpy(), many["apps"].to_numpy()
    looked = {role: int(apps[profiles.looked(session, bundles, role)].sum()) for role in ROLES}
    return {
        "packed": assets.filter(pl.col("packed") != UNNAMED).height,
        "code_missing": assets.filter(pl.col("packed") == UNNAMED).height,
        "roles": [_role(session, role, ties, many, known, total) | {"looked_into": looked[role]} for role in ROLES],
        "columns": [column for name in COLUMNS if (column := _column(assets, name))["stated"]],
        "unseen": _unseen(session, many),
    }


def _role(  # noqa: PLR0913, PLR0917 - what is counted, and by what
    session: Session, role: str, ties: pl.DataFrame, many: pl.DataFrame, known: Whose, total: int
) -> dict[str, Any]:
    mine = ties.filter(pl.col("role") == ROLE_NUMBER[role])
    about = known.owners.drop("group")
    named = session.estate.identifiers.with_row_index("identifier")
    distinct = mine.select("identifier", "key", "group").unique("identifier", keep="first").join(named, on="identifier")
    of_owner = (
        distinct.drop_nulls("group")
        .sort("type", "value")
        .group_by("group")
        .agg(pl.col("key", "value").first(), pl.len().alias("identifiers"))
    )
    owners = (
        _apps(mine, "group", many, total).join(of_owner, on="group").sort("apps", "group", descending=[True, False])
    )
    values = _apps(mine, "identifier", many, total).join(distinct, on="identifier")
    # The id of an app is its own, and tells nothing of several.
    values = values.filter(pl.col("type") != "package").sort("apps", "type", "value", descending=[True, False, False])
    ways = counted(known.states).sort("state", "as", "key")
    ways = ways.with_columns(pl.struct("state", "as").rank("dense").alias("way"))
    standing = mine.select("bundle", "key").unique().join(ways.select("key", "way"), on="key")
    named_by = standing.select("key", "way").unique().join(ways, on=["key", "way"])
    states = _apps(standing, "way", many, total).join(named_by.group_by("way", "state", "as").agg(covered()), on="way")
    states = states.sort("apps", "state", "as", descending=[True, False, False]).head(2 * TOP)
    states = states.sort(ranked(), maintain_order=True).select("state", "as", "apps", "share_pct", "covered")
    shown = owners.head(TOP).join(about, on="key", how="left", maintain_order="left")
    most = values.head(TOP if role != "contacts" else 0).join(about, on="key", how="left", maintain_order="left")
    return {
        "role": role,
        "apps": int(mine.select("bundle").unique().join(many, on="bundle")["apps"].sum()),
        "identifiers": distinct.height,
        "unowned": distinct["group"].null_count(),
        "owner_count": owners.height,
        "owners": [
            stated_of_several(row)
            for row in shown.select(*TOLD, "apps", "share_pct", "identifiers", "value").iter_rows(named=True)
        ],
        "most": [stated(row) for row in most.select("type", "value", *TOLD, "apps", "share_pct").iter_rows(named=True)],
        "states": [lean(row) for row in states.iter_rows(named=True)],
    }


def _apps(rows: pl.DataFrame, by: str, many: pl.DataFrame, total: int) -> pl.DataFrame:
    """Count apps by a column of numbers, each app once for each; ``many`` has the apps of each bundle."""
    pairs = rows.select(by, "bundle").drop_nulls().unique()
    counted = pairs.join(many, on="bundle").group_by(by).agg(pl.col("apps").sum())
    return counted.with_columns((pl.col("apps") * 100.0 / max(total, 1)).round(3).alias("share_pct"))


def _column(assets: pl.DataFrame, name: str) -> dict[str, Any]:
    """Count apps by what stands in a column: of how many it is stated, and its values with the most apps."""
    column = assets.select(pl.col(name)).drop_nulls()
    if name == "packed":
        column = column.filter(pl.col(name) != UNNAMED)
    stated_of = column.height
    if isinstance(column.schema[name], pl.List):
        column = column.select(pl.col(name).list.unique()).explode(name).drop_nulls()
    values = column.group_by(name).len("apps").sort("apps", name, descending=[True, False])
    share = (pl.col("apps") * 100.0 / max(assets.height, 1)).round(3).alias("share_pct")
    shown = values.head(TOP).select(pl.col(name).alias("value"), "apps", share).to_dicts()
    return {"column": name, "stated": stated_of, "distinct": values.height, "values": shown}


def _unseen(session: Session, many: pl.DataFrame) -> list[dict[str, Any]]:
    """Count apps by role and by why not all of it could be seen."""
    extents, bundle = session.estate.extents, many["bundle"].to_numpy()
    parts = [pl.DataFrame(schema={"role": pl.String, "code": pl.UInt16, "apps": pl.UInt64})]
    for role in _SEEN:
        whole = extents.whole.get(role)
        partial = np.ones(len(bundle), np.bool_) if whole is None else whole[bundle] == 0
        code = np.zeros(len(bundle), np.uint16) if whole is None else extents.reason[role][bundle]
        part = pl.DataFrame({"code": code, "apps": many["apps"].cast(pl.UInt64)}).filter(pl.Series(partial))
        parts.append(part.group_by("code").agg(pl.col("apps").sum()).select(pl.lit(role).alias("role"), "code", "apps"))
    rows = pl.concat(parts).sort("apps", "role", "code", descending=[True, False, False]).head(TOP)
    return [
        {"role": role, "reason": extents.reasons[code], "apps": int(count)} for role, code, count in rows.iter_rows()
    ]
