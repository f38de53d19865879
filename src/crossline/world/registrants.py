"""Whose the numbers of a registry are, where the registry's name for the holder is one that a fact explains.

A registry of hardware addresses or enterprise numbers says what it calls a holder, and no more. Where that very name,
in the form of :mod:`crossline.identifiers.vendor`, is a fact of type ``vendor`` read in the same registry, and
leads to one party, the number leads there too. Names that are merely alike lead nowhere, and neither do names that
inventories write: "ASN" is a builder of cables in a list of cables, and somebody else at IANA. The statement is the
registry's, as of its edition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import identifiers
from crossline.world import SCHEMAS, World

if TYPE_CHECKING:
    from collections.abc import Iterable

# The registries that name makers. An AS number's registrant is a network, whose name is no maker's.
TYPES: Final = ("oui", "enterprise")
_EDITION: Final = r"-\d{4}-\d{2}-\d{2}$"  # an edition's id is that of its registry and its day
_NUMBER: Final = ("type", "value", "seen", "source")


def named(world: World) -> World:
    """Return the world with an identity for each number whose registrant's name means exactly one party."""
    registered = world.table("registration").filter(pl.col("type").is_in(TYPES), pl.col("name").is_not_null())
    # A number that an edition gives to two holders at once leads to neither.
    alone = registered.unique([*_NUMBER, "name"], maintain_order=True).filter(pl.len().over(_NUMBER) == 1)
    found = (
        alone.with_columns(registry=pl.col("source").str.replace(_EDITION, ""))
        .join(_canonical(alone["name"].unique().to_list()), on="name", maintain_order="left")
        .join(_meanings(world.table("identifier")), on=["registry", "canonical"], maintain_order="left")
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
