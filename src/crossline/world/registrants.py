"""Whose the numbers of a registry are, where the registry's name for the holder is one that a fact explains.

A registry of hardware addresses or enterprise numbers, a list of domains by owner, or one of libraries by developer
says what it calls a holder, and no more. Where that very name, in the form of :mod:`crossline.identifiers.vendor`, is a
fact of type ``vendor`` read in the same registry, and leads to one party, the number, domain or library leads there
too. Names that are merely alike lead nowhere, and neither do names that inventories write: "ASN" is a builder of cables
in a list of cables, and somebody else at IANA. The statement is the registry's, as of its edition.

A registry may say that one of its names is part of another (a registration of type ``vendor``: "tiktok" of
"bytedance"). Where no fact explains the inner name, the next outer one that a fact explains counts, which is a step
beyond what the registry says of the thing itself: such a statement has certainty ``secondary``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import identifiers
from crossline.world import SCHEMAS, World

if TYPE_CHECKING:
    from collections.abc import Iterable

# The registries that name makers. An AS number's registrant is a network, whose name is no maker's.
TYPES: Final = ("oui", "enterprise", "domain", "library")
PARTS_MOST: Final = 8  # how often a name may be part of another
_EDITION: Final = r"-\d{4}-\d{2}-\d{2}$"  # an edition's id is that of its registry and its day
_NUMBER: Final = ("type", "value", "seen", "source")


def named(world: World) -> World:
    """Return the world with an identity for each number whose registrant's name means exactly one party."""
    registered = world.table("registration").filter(pl.col("type").is_in(TYPES), pl.col("name").is_not_null())
    rows = registered.unique([*_NUMBER, "name"], maintain_order=True).with_columns(names=pl.len().over(_NUMBER))
    named_so = rows.with_columns(registry=pl.col("source").str.replace(_EDITION, "")).join(
        _canonical(rows["name"].unique().to_list()), on="name", maintain_order="left"
    )
    held = world.table("identifier").with_columns(registry=pl.col("source").str.replace(_EDITION, ""))
    explained = _explained(named_so, _wholes(world.table("registration")), _meanings(world.table("identifier")))
    found = (
        # A number that an edition gives to two holders at once leads to neither; under two names of one, to that one.
        explained.filter((pl.len().over(_NUMBER) == pl.col("names")) & (pl.col("party").n_unique().over(_NUMBER) == 1))
        .sort(pl.col("certainty") == "seen", maintain_order=True)
        .unique(_NUMBER, keep="first", maintain_order=True)
        # What a fact read in that registry says of the thing itself is nearer than what an outer name says.
        .join(
            held.select("type", "value", "registry", certainty=pl.lit("secondary")),
            on=["type", "value", "registry", "certainty"],
            how="anti",
            maintain_order="left",
        )
        .join(
            world.table("identifier"),
            on=["type", "value", "party", "seen", "source"],
            how="anti",
            maintain_order="left",
        )
        .with_columns(pl.lit(None, pl.Date).alias("since"), pl.lit(None, pl.Date).alias("until"))
    )
    if not len(found):
        return world
    tables = {name: world.table(name) for name in world.tables}
    tables["identifier"] = pl.concat([world.table("identifier"), found.select(SCHEMAS["identifier"].names())])
    return World(tables, world.path)


def _explained(named_so: pl.DataFrame, wholes: pl.DataFrame, meanings: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with the party that a fact explains their name by, or the nearest name that this is part of."""
    parts = []
    for step in range(PARTS_MOST + 1):
        met = named_so.join(meanings, on=["registry", "canonical"], maintain_order="left")
        parts.append(met.with_columns(certainty=pl.lit("secondary")) if step else met)
        rest = named_so.join(meanings, on=["registry", "canonical"], how="anti", maintain_order="left")
        up = rest.join(wholes, on=["source", "canonical"], maintain_order="left")
        named_so = up.with_columns(canonical="outer").drop("outer")
        if not len(named_so):
            break
    return pl.concat(parts)


def _wholes(registered: pl.DataFrame) -> pl.DataFrame:
    """Return of which name another is part, by edition; a name that is part of several leads to none of them."""
    rows = registered.filter(pl.col("type") == "vendor").select("source", pl.col("value").alias("canonical"), "name")
    alone = rows.drop_nulls().unique(maintain_order=True).filter(pl.len().over("source", "canonical") == 1)
    forms = _canonical(alone["name"].unique().to_list()).rename({"canonical": "outer"})
    return alone.join(forms, on="name", maintain_order="left").drop("name")


def _meanings(held: pl.DataFrame) -> pl.DataFrame:
    """Return what each registry's names mean: those that lead to exactly one party, and how sure that is."""
    names = held.filter(pl.col("type") == "vendor").select(
        pl.col("source").str.replace(_EDITION, "").alias("registry"),
        pl.col("value").alias("canonical"),
        "party",
        "certainty",
    )
    single = names.group_by("registry", "canonical").agg(
        pl.col("party").unique().sort(),
        pl.when(pl.col("certainty").eq_missing("seen").all())
        .then(pl.lit("seen"))
        .otherwise(pl.lit("secondary"))
        .alias("certainty"),
    )
    return single.filter(pl.col("party").list.len() == 1).with_columns(pl.col("party").list.first())


def _canonical(names: Iterable[str]) -> pl.DataFrame:
    """Return each name with its canonical form; names that have none are left out.

    One call for each distinct name: the registries have some eighty thousand, which take half a second.
    """
    parse = identifiers.load("vendor").parse
    rows = []
    for name in names:
        try:
            rows.append((name, parse(name)))
        except ValueError:
            continue
    return pl.DataFrame(rows, schema={"name": pl.String, "canonical": pl.String}, orient="row")
