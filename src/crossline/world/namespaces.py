"""Classes in another maker's name space: what is called ``com/umeng/…`` is no other maker's code.

A list of signatures may file a class of one maker under a library of another, such as an adapter's receiver of
messages, or a copy. An app that has nothing but the one's code would then hold the other's. So a signature whose class
lies in the name space of a party, and whose library leads to another party, is left out.

Name spaces are what the shipped facts tell: the prefixes of classes of libraries that lead to a party, up to the second
part (``com/umeng/``), or whole where that has fewer than three letters (``com/my/target/``). Parties of one group, one
of which holds the other or both of which one holds, are not set against each other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.tables import Reject
from crossline.world import World

if TYPE_CHECKING:
    from collections.abc import Mapping

PARTS_MOST: Final = 8  # of a prefix that is looked up
SHORTEST: Final = 3  # letters of a second part that is one maker's
REASON: Final = "signatures of classes in the name space of another maker than the library's"
_PREFIX: Final = r"^\^/\?((?:\w+/)+)$"
_NO_GROUP: Final = r"^(?:dispersed$|state-|sasac$)"  # what these hold is no group of makers


def own(world: World, facts: World) -> tuple[World, list[Reject]]:
    """Return a world without signatures of classes in others' name spaces, and how many were left out, by source."""
    wrong = foreign(world, facts)
    if wrong.is_empty():
        return world, []
    tables = {name: world.table(name) for name in world.tables}
    signatures = tables["signature"]
    tables["signature"] = signatures.join(
        wrong, on=signatures.columns, how="anti", nulls_equal=True, maintain_order="left"
    )
    counted = wrong.group_by("source").len().sort("source")
    return World(tables, world.path), [Reject(source, REASON, count) for source, count in counted.iter_rows()]


def spaces(facts: World) -> pl.DataFrame:
    """Return the name spaces that the facts tell: ``space`` (``com/umeng/``) and ``owner``, a row for each owner."""
    rows = facts.table("signature").filter(pl.col("of") == "class", pl.col("form") == "regex")
    rows = rows.select("library", pl.col("pattern").str.extract(_PREFIX).alias("prefix")).drop_nulls()
    two = pl.col("prefix").str.extract(rf"^(\w+/\w{{{SHORTEST},}}/)")
    named = rows.join(_parties(facts), on="library").select(
        pl.coalesce(two, "prefix").alias("space"), pl.col("party").alias("owner")
    )
    return named.unique().sort("space", "owner")


def foreign(world: World, facts: World) -> pl.DataFrame:
    """Return the signatures of classes that lie in a name space of a party of another group than their library's."""
    signatures = world.table("signature")
    path = pl.when(pl.col("form") == "exact").then("pattern").otherwise(pl.col("pattern").str.extract(_PREFIX))
    rows = signatures.filter(pl.col("of") == "class").with_columns(path=path).drop_nulls("path")
    known = spaces(facts)
    lying = [
        rows.with_columns(space=pl.col("path").str.extract(rf"^((?:[^/]+/){{{parts}}})")).join(known, on="space")
        for parts in range(1, PARTS_MOST + 1)
    ]
    held = pl.concat(lying).join(_parties(world), on="library")
    above = _above(world)
    pairs = held.select("owner", "party").unique()
    kin = [_kin(owner, party, above) for owner, party in pairs.iter_rows()]
    held = held.join(pairs.with_columns(kin=pl.Series(kin, dtype=pl.Boolean)), on=["owner", "party"])
    judged = held.group_by(signatures.columns).agg(pl.col("kin").any())
    return judged.filter(~pl.col("kin")).select(signatures.columns)


def _parties(world: World) -> pl.DataFrame:
    """Return the parties that libraries lead to."""
    named = world.table("identifier").filter(pl.col("type") == "library")
    return named.select(pl.col("value").alias("library"), "party").unique()


def _above(world: World) -> dict[str, set[str]]:
    """Return who holds or directs each party, and the party itself."""
    above: dict[str, set[str]] = {}
    held = world.table("control").filter(~pl.col("owner").str.contains(_NO_GROUP))
    for owner, owned in held.select("owner", "owned").iter_rows():
        above.setdefault(owned, {owned}).add(owner)
    return above


def _kin(one: str, other: str, above: Mapping[str, set[str]]) -> bool:
    return not above.get(one, {one}).isdisjoint(above.get(other, {other}))
