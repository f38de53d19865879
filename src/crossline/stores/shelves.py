"""Shelves: a row for each app in each storefront, so that rules can be asked of each storefront by itself.

A rule on the storefronts of a state says nothing of an app in another state's. So an app that is offered in five states
is judged five times, each time as if it were offered in that state alone.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from crossline.auditing import exposure
from crossline.estate import ROLE_NUMBER
from crossline.evaluate import Session
from crossline.stores import answering
from crossline.stores.audience import StoresError
from crossline.text import plural

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from crossline.estate import Estate, Holdings
    from crossline.evaluate.binding import Binding
    from crossline.world import World

KINDS: Final = ("app", "offering")
MOST: Final = 20_000_000  # apps in storefronts
_NOBODY: Final = "not known"


@dataclass(frozen=True)
class Shelves:
    """What catalogues offer. ``units`` has a row for each app (or offering) and storefront, numbered from 0.

    units: unit, kind, row (of the kind's assets), bundle, app, storefront (null: not stated), nowhere (offered in no
    storefront). The other tables lead from an app, or a unit, to what it is counted by.
    """

    session: Session
    units: pl.DataFrame
    names: pl.DataFrame  # app, name
    places: pl.DataFrame  # unit, store: the id of who distributes it, or of its file
    same: pl.DataFrame  # unit, listing: an offering that is a store's listing of the app, seen from the other side
    stores: pl.DataFrame  # store, name, how, words (what an audience may call it)
    publishers: pl.DataFrame  # app, id, name, states (null: not known)
    categories: pl.DataFrame  # app, category
    stated: pl.DataFrame  # app, store, country, users: what the catalogues themselves say

    @property
    def apps(self) -> int:
        """Return how many apps there are, each once."""
        return self.names.height


def stock(
    estate: Estate, world: World, binding: Binding, paths: Sequence[Path], *, accept_stale: bool = False
) -> Shelves:
    """Make shelves of what was read at ``paths``; raises StoresError where no app is among it, or too many are.

    What does not say who distributes it is taken to be of one store for each path.
    """
    held = [kind for kind in KINDS if kind in estate.holdings and estate.holdings[kind].assets.height]
    if not held:
        raise StoresError(f"no app among what was read: {_why(estate)}")
    if "app" in held:
        apart = _apart(estate.holdings["app"])
        estate = replace(estate, holdings={**estate.holdings, "app": apart})
    session = Session(estate, world, binding, accept_stale=accept_stale)
    parts = [_units(session, kind) for kind in held]
    units = _catalogued(pl.concat(parts).with_row_index("unit"), paths)
    holders = _holders(session)
    places, stores = _stores(session, units, holders)
    same = _same(units, places)
    places = places.join(same, on="unit", how="anti", maintain_order="left")
    return Shelves(
        session=session,
        units=units.select("unit", "kind", "row", "bundle", "app", "storefront", "nowhere"),
        names=_names(units),
        places=places,
        same=same,
        stores=stores,
        publishers=_publishers(session, binding, units, holders),
        categories=_categories(session, units),
        stated=_stated(session, units, places),
    )


def _why(estate: Estate) -> str:
    """Say, of the first files, what was found in them instead."""
    said = []
    for item in [item for item in estate.coverage if item.of_a_file][:5]:
        found = ", ".join(plural(count, kind.replace("-", " ")) for kind, count in item.kinds.items() if count)
        reasons = (*item.notes, *(reject.reason for reject in item.rejects), "no reader takes it")
        said.append(f"{item.path}: {found or ('nothing' if item.reader and not item.rejected else reasons[0])}")
    return "; ".join(said) or "there are no files"


def _apart(holdings: Holdings) -> Holdings:
    """Return the apps with a row for each storefront, in which each is offered alone."""
    asked = pl.col("offered_in")
    rows = int(holdings.assets.select(asked.list.len().fill_null(1).clip(1)).sum().item())
    if rows > MOST:
        raise StoresError(f"{rows:,} apps in storefronts, more than {MOST:,}: give fewer catalogues at a time")
    nothing = pl.lit(pl.Series([[None]], dtype=pl.List(pl.String)).first())
    listed = pl.when(asked.list.len() > 0).then(asked.list.unique(maintain_order=True)).otherwise(nothing)
    assets = holdings.assets.with_columns(storefront=listed).explode("storefront")
    alone = pl.when(pl.col("storefront").is_null()).then(asked).otherwise(pl.concat_list("storefront"))
    return replace(holdings, assets=assets.with_columns(offered_in=alone))


def _units(session: Session, kind: str) -> pl.DataFrame:
    """Return what is common to both kinds: an app's own id is what tells apps apart."""
    holdings = session.estate.holdings[kind]
    frame = holdings.assets.with_row_index("row")
    if kind == "app":
        # Lists of installed apps that have names only call an app so (crossline.phones.installed).
        app = pl.coalesce("package", pl.col("asset").str.strip_prefix("app:phone:"))
        storefront, nowhere = pl.col("storefront"), (pl.col("offered_in").list.len() == 0).fill_null(value=False)
        made_by = pl.lit(None, pl.String)
    else:
        own = _tied(session, kind, "publisher").filter(pl.col("type") == "package")
        own = own.unique("bundle", keep="first", maintain_order=True).select("bundle", own="value")
        frame = frame.join(own, on="bundle", how="left", maintain_order="left")
        app = pl.coalesce("own", pl.col("asset").str.extract(r"^offering:(.*)@[^@]*$"), "asset")
        storefront, nowhere = pl.lit(None, pl.String), pl.lit(value=False)
        made_by = pl.col("channel")
    return frame.select(
        pl.lit(kind).alias("kind"), "row", "bundle", app.alias("app"), storefront.alias("storefront"),
        nowhere.alias("nowhere"), "name", "file", made_by.alias("channel"),
    )  # fmt: skip


def _catalogued(units: pl.DataFrame, paths: Sequence[Path]) -> pl.DataFrame:
    """Put in the place of each unit's file the path that it was found by: a folder of packages is one catalogue."""
    tops = sorted((os.fsencode(path).decode("utf-8", "replace") for path in paths), key=len, reverse=True)
    of_file = {
        file: next((top for top in tops if PurePath(file).is_relative_to(top)), file) for file in units["file"].unique()
    }
    return units.with_columns(pl.col("file").replace_strict(of_file, return_dtype=pl.String))


def _tied(session: Session, kind: str, role: str) -> pl.DataFrame:
    """Return the ties of a role: bundle, key, type, value, in the order of the estate."""
    estate, ties = session.estate, session.estate.ties
    holdings = estate.holdings[kind]
    first, last = int(ties.start[holdings.first]), int(ties.start[holdings.last])
    count = np.diff(ties.start[holdings.first : holdings.last + 1])
    bundle = np.repeat(np.arange(holdings.first, holdings.last), count).astype(np.uint32)
    mine = ties.role[first:last] == ROLE_NUMBER[role]
    named = estate.identifiers[ties.identifier[first:last][mine]]
    key = session.keys[first:last][mine].astype(np.uint32)
    return pl.DataFrame({"bundle": bundle[mine], "key": key, "type": named["type"], "value": named["value"]})


def tied(shelves: Shelves, role: str) -> pl.DataFrame:
    """Return the ties of a role of all units: unit, app, key, type, value."""
    session = shelves.session
    parts = []
    for kind in (kind for kind in KINDS if kind in session.estate.holdings):
        units = shelves.units.filter(pl.col("kind") == kind).select("unit", "app", "bundle")
        parts.append(units.join(_tied(session, kind, role), on="bundle", maintain_order="left_right"))
    return pl.concat(parts).drop("bundle")


def _holders(session: Session) -> pl.DataFrame:
    """Return whom each key leads to: key, id, party (whether it is one); a key may lead to several parties."""
    resolution, graph = session.answers.resolution, session.answers.graph
    key = np.repeat(np.arange(len(resolution.keys), dtype=np.uint32), np.diff(resolution.start))
    ids = pl.Series("id", graph.ids, pl.String).gather(resolution.party)
    found = pl.DataFrame({"key": key, "id": ids}).with_columns(party=pl.lit(value=True))
    frame = resolution.keys.frame.select(pl.col("key").cast(pl.UInt32), id=pl.col("type") + ":" + pl.col("value"))
    nobody = frame.join(found, on="key", how="anti").with_columns(party=pl.lit(value=False))
    return pl.concat([found, nobody])


def holders(session: Session) -> pl.DataFrame:
    """Return whom each key leads to, with names: key, id, party, name."""
    found = _holders(session)
    return found.with_columns(name=exposure.names(session, found["id"]).fill_null(found["id"]))


def _names(units: pl.DataFrame) -> pl.DataFrame:
    """Return what people call each app: as its first listing does, an app's before an offering's."""
    return units.select("app", "name").unique("app", keep="first", maintain_order=True)


def _stores(session: Session, units: pl.DataFrame, holders: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return in which stores each unit is, and the stores: by who distributes, else by the file that says so."""
    kinds = [kind for kind in KINDS if kind in session.estate.holdings]
    spread = pl.concat([_tied(session, kind, "distributor") for kind in kinds])
    known = spread.join(holders, on="key").select("bundle", "id", "party", "type", "value")
    known = known.unique(maintain_order=True)
    placed = units.select("unit", "bundle", "channel").join(known, on="bundle", maintain_order="left_right")
    rest = units.join(placed.select("unit").unique(), on="unit", how="anti", maintain_order="left")
    rest = rest.with_columns(id="file:" + pl.col("file"))
    places = pl.concat([placed.select("unit", store="id"), rest.select("unit", store="id")]).unique(maintain_order=True)
    how = (
        pl.concat([placed.select("id", "channel"), rest.select("id", "channel")])
        .group_by(store="id")
        .agg(pl.col("channel").drop_nulls().unique().sort().str.join(", ").alias("how"))
    )
    stores = places.select("store").unique(maintain_order=True)
    words = (
        placed.select("type", "value", store="id").unique()
        .group_by("store").agg(pl.concat([pl.col("value"), pl.col("type") + ":" + pl.col("value")]).alias("words"))
    )  # fmt: skip
    label = exposure.names(session, stores["store"])
    unsaid = "which does not say whose store it is"
    files = {f"file:{file}": f"{PurePath(file).name or file}, {unsaid}" for file in units["file"].unique()}
    return places, (
        stores.with_columns(name=label)
        .join(how, on="store", how="left", maintain_order="left")
        .join(words, on="store", how="left", maintain_order="left")
        .with_columns(
            name=pl.coalesce(
                pl.col("store").replace_strict(files, default=None, return_dtype=pl.String),
                "name",
                pl.col("store").str.replace("^[a-z]+:", ""),
            ),
            how=pl.when(pl.col("how") == "").then(pl.lit("store")).otherwise("how").fill_null("store"),
        )
        .with_columns(words=_words())
    )


def _same(units: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return which offerings are a store's listing of the same app: unit, listing.

    What a list of phones says of an app that several hand out is no listing of one store. An app that a maker puts on
    its phones is there beside the maker's store.
    """
    sole = places.filter(pl.len().over("unit") == 1)
    kinds = units.select("unit", "kind", "app", "channel").join(sole, on="unit")
    offerings = kinds.filter((pl.col("kind") == "offering") & pl.col("channel").ne_missing("pre-install"))
    listings = kinds.filter(pl.col("kind") == "app").select("app", "store", listing="unit")
    return offerings.join(listings, on=["app", "store"], maintain_order="left_right").select("unit", "listing")


def _words() -> pl.Expr:
    """Return all that an audience may call a store by, in small letters."""
    file = pl.when(pl.col("store").str.starts_with("file:")).then(pl.col("store").str.extract(r"([^/\\]+)$"))
    own = pl.concat_list("store", "name", file)
    both = pl.concat_list(own, pl.col("words").fill_null(pl.lit(pl.Series([[]], dtype=pl.List(pl.String)).first())))
    return both.list.drop_nulls().list.eval(pl.element().str.to_lowercase()).list.unique(maintain_order=True)


def _publishers(session: Session, binding: Binding, units: pl.DataFrame, holders: pl.DataFrame) -> pl.DataFrame:
    """Return who publishes each app, and from which states that party is controlled under the regime's doctrine.

    A party comes before a name that leads to none; an app of which neither is known is nobody's. An id that leads to
    several parties counts for each of them.
    """
    kinds = [kind for kind in KINDS if kind in session.estate.holdings]
    rank = pl.when("party").then(0).when(pl.col("type") == "vendor").then(1).when(pl.col("type") == "domain").then(2)
    said = (
        pl.concat([_tied(session, kind, "publisher") for kind in kinds])
        .join(holders, on="key")
        .with_columns(rank=rank)
        .drop_nulls("rank")
        .select("bundle", "id", "rank")
    )
    of_app = units.select("bundle", "app").unique().join(said, on="bundle").drop("bundle").unique()
    best = of_app.filter(pl.col("rank") == pl.col("rank").min().over("app")).filter(
        (pl.col("rank") == 0) | (pl.col("id") == pl.col("id").min().over("app"))
    )
    best = best.select("app", "id").unique().sort("app", "id")
    best = best.join(answering.states(session, binding), on="id", how="left", maintain_order="left")
    best = best.with_columns(name=exposure.names(session, best["id"]))
    every = units.select("app").unique(maintain_order=True).join(best, on="app", how="left", maintain_order="left")
    return every.with_columns(
        name=pl.coalesce("name", pl.col("id").str.replace("^[a-z]+:", "")).fill_null(_NOBODY),
        id=pl.col("id").fill_null(""),
    )


def _categories(session: Session, units: pl.DataFrame) -> pl.DataFrame:
    """Return the categories of each app in its stores' own words; null where no store says."""
    every = units.select("app").unique(maintain_order=True)
    if "app" not in session.estate.holdings:
        return every.with_columns(category=pl.lit(None, pl.String))
    said = session.estate.holdings["app"].assets.with_row_index("row").select("row", category="categories")
    own = units.filter(pl.col("kind") == "app").select("app", "row").join(said, on="row")
    own = own.filter(pl.col("category").list.len() > 0).explode("category").select("app", "category").unique()
    return every.join(own, on="app", how="left", maintain_order="left")


def _stated(session: Session, units: pl.DataFrame, places: pl.DataFrame) -> pl.DataFrame:
    """Return the users that catalogues state themselves, of each app in each store; in which countries they do not."""
    if "app" not in session.estate.holdings:
        return pl.DataFrame(schema={"app": pl.String, "store": pl.String, "country": pl.String, "users": pl.Int64})
    said = session.estate.holdings["app"].assets.with_row_index("row").select("row", users="monthly_users")
    own = units.filter(pl.col("kind") == "app").select("unit", "app", "row").join(said, on="row")
    own = own.filter(pl.col("users") >= 0).join(places.unique("unit", keep="first", maintain_order=True), on="unit")
    return own.group_by("app", "store").agg(pl.col("users").max()).select(
        "app", "store", pl.lit(None, pl.String).alias("country"), "users"
    )  # fmt: skip
