"""Apps and users that are lost, counted by anything that apps can be grouped by.

Users are those of apps: a person who uses three apps counts three times. Of one app in one country the highest figure
of all stores counts, since the same person may be a user through two of them; figures of different countries are added.
A figure that names no country speaks of everybody beyond the countries that have figures of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from crossline.kleene import TRUE, UNKNOWN
from crossline.stores.audience import SCHEMA

if TYPE_CHECKING:
    from crossline.kleene import Codes
    from crossline.stores.audience import Audience
    from crossline.stores.shelves import Shelves

Ints = npt.NDArray[np.int64]
TALLY: Final = ("apps", "out", "doubt", "known", "users", "lost", "unsure")


def cells(shelves: Shelves, audience: Audience | None) -> tuple[pl.DataFrame, list[str]]:
    """Return the figures of users that fit what catalogues offer, as :data:`audience.SCHEMA`, and say what does not.

    What the catalogues state themselves counts for apps of which the audience says nothing.
    """
    if audience is None:
        return shelves.stated.select(SCHEMA.names()).cast(SCHEMA), []
    words = shelves.stores.select("words", found="store").explode("words").drop_nulls("words")
    words = words.unique("words", keep="first", maintain_order=True)
    asked = audience.rows.with_columns(words=pl.col("store").str.to_lowercase())
    placed = asked.join(words, on="words", how="left", maintain_order="left")
    here = placed.join(shelves.names, on="app", how="semi", maintain_order="left")
    elsewhere = here.filter(pl.col("store").is_not_null() & pl.col("found").is_null())
    fitting = here.filter(pl.col("store").is_null() | pl.col("found").is_not_null())
    rows = fitting.select("app", store="found", country="country", users="users").cast(SCHEMA)
    # Two words may mean one store.
    rows = rows.group_by("app", "store", "country", maintain_order=True).agg(pl.col("users").max())
    own = shelves.stated.join(rows, on="app", how="anti", maintain_order="left")
    notes = []
    if placed.height > here.height:
        strangers = placed.join(shelves.names, on="app", how="anti")["app"].n_unique()
        notes.append(f"{audience.name}: {strangers:,} of its apps are in no catalogue.")
    if elsewhere.height:
        unknown = ", ".join(elsewhere["store"].unique().sort().head(3))
        count = f"{elsewhere.height:,} of its figures"
        notes.append(f"{audience.name}: {count} are of stores without a catalogue: {unknown}.")
    return pl.concat([rows, own.select(SCHEMA.names()).cast(SCHEMA)]), notes


def offered(shelves: Shelves) -> pl.DataFrame:
    """Return where each unit stands: unit, app, store, storefront; a row for each store that it is in."""
    units = shelves.units.select("unit", "app", "storefront")
    return units.join(shelves.places, on="unit", maintain_order="left").select("unit", "app", "store", "storefront")


@dataclass(frozen=True)
class Reach:
    """Which shelves the users of each figure may have an app from; whatever is taken out of these, it stays the same.

    Figure c speaks of ``users[c]`` and of the shelves ``unit[start[c]:start[c + 1]]``. Figures g of one key and country
    stand together, those of row r of ``keys`` at ``group[r]:group[r + 1]``.
    """

    keys: pl.DataFrame  # key, country (null: the rest)
    group: Ints
    users: Ints
    start: Ints
    unit: Ints


def reach(cells: pl.DataFrame, offered: pl.DataFrame) -> Reach:
    """Find the shelves of each figure.

    ``cells`` has key, store, country and users, ``offered`` key, store, storefront and unit. A figure that names a
    store speaks of that store's shelves; one that names a country of that storefront's and of those that do not say
    where they are; one that names none, of all but the storefronts that have figures of their own.
    """
    numbers = cells.select("key").unique(maintain_order=True).with_row_index("number")
    known = cells.drop_nulls("country").group_by("key", "country").agg(pl.col("users").max())
    known = known.group_by("key").agg(known=pl.col("users").sum())
    numbered = (
        cells.join(numbers, on="key", how="left", maintain_order="left")
        .join(known, on="key", how="left", maintain_order="left")
        .sort("number", "country", nulls_last=True, maintain_order=True)
        .with_row_index("cell")
        .with_columns(
            users=pl.when(pl.col("country").is_null())
            .then((pl.col("users") - pl.col("known").fill_null(0)).clip(0))
            .otherwise("users")
        )
    )
    shelf = offered.join(numbers, on="key").select("number", pl.col("store").alias("from"), "storefront", "unit")
    stated, rest = numbered.drop_nulls("country"), numbered.filter(pl.col("country").is_null())
    named, unnamed = shelf.drop_nulls("storefront"), shelf.filter(pl.col("storefront").is_null())
    spoken = stated.select("number", storefront="country").unique()
    others = shelf.join(spoken, on=["number", "storefront"], how="anti")
    wanted = ("cell", "store", "from", "unit")
    pairs = pl.concat([
        stated.join(named, left_on=["number", "country"], right_on=["number", "storefront"]).select(wanted),
        stated.join(unnamed, on="number").select(wanted),
        rest.join(others, on="number").select(wanted),
    ])  # fmt: skip
    pairs = pairs.filter(pl.col("store").is_null() | (pl.col("store") == pl.col("from"))).sort("cell")
    keys = numbered.select("key", "country").with_row_index("first").unique(
        ["key", "country"], keep="first", maintain_order=True
    )  # fmt: skip
    return Reach(
        keys=keys.select("key", "country"),
        group=np.append(keys["first"].to_numpy().astype(np.int64), numbered.height),
        users=numbered["users"].to_numpy().astype(np.int64),
        start=np.searchsorted(pairs["cell"].to_numpy(), np.arange(numbered.height + 1)).astype(np.int64),
        unit=pairs["unit"].to_numpy().astype(np.int64),
    )


def users(reach: Reach, code: Codes) -> pl.DataFrame:
    """Return the users of each key by country: key, country (null: the rest), users, lost, unsure.

    Users are lost where every shelf that they may have the app from is empty, and unsure where only some surely are, or
    may be.
    """
    some = np.diff(reach.start) > 0
    first, codes = reach.start[:-1][some], code[reach.unit]
    lost, high = np.zeros_like(reach.users), np.zeros_like(reach.users)
    if len(first):
        lost[some] = np.where(np.minimum.reduceat(codes, first) == TRUE, reach.users[some], 0)
        high[some] = np.where(np.maximum.reduceat(codes, first) >= UNKNOWN, reach.users[some], 0)
    whole = (reach.users, lost, high)
    most = [np.maximum.reduceat(one, reach.group[:-1]) if reach.keys.height else one for one in whole]
    return reach.keys.with_columns(
        pl.Series("users", most[0]), pl.Series("lost", most[1]), pl.Series("unsure", most[2] - most[1])
    )


def of_apps(cells: pl.DataFrame, offered: pl.DataFrame) -> Reach:
    """Return the reach of each app's figures, whatever the store: the key is the app."""
    return reach(cells.rename({"app": "key"}), offered.rename({"app": "key"}))


def of_stores(cells: pl.DataFrame, offered: pl.DataFrame) -> tuple[Reach, pl.DataFrame]:
    """Return the reach of each app's figures in each store, and which app and store a key stands for.

    A figure that names no store counts where the app is in one store alone: elsewhere nobody knows how it is shared.
    """
    pairs = offered.select("app", "store").unique(maintain_order=True).with_row_index("key")
    own = cells.join(pairs, on=["app", "store"], maintain_order="left")
    sole = pairs.filter(pl.len().over("app") == 1).join(own, on="key", how="anti").drop("store")
    shared = cells.filter(pl.col("store").is_null()).join(sole, on="app", maintain_order="left")
    every = pl.concat([part.select("key", "country", "users") for part in (own, shared)])
    keyed = offered.join(pairs, on=["app", "store"]).select("key", "store", "storefront", "unit")
    return reach(every.with_columns(store=pl.lit(None, pl.String)), keyed), pairs


def summed(users: pl.DataFrame) -> pl.DataFrame:
    """Return the users of each key over all countries."""
    return users.group_by("key").agg(pl.col("users", "lost", "unsure").sum())


@dataclass(frozen=True)
class Places:
    """The shelves of each app, or of each app in each store or storefront: of row r ``unit[start[r]:start[r + 1]]``."""

    keys: pl.DataFrame  # app, and by what else
    start: Ints
    unit: Ints


def places(offered: pl.DataFrame, *by: str) -> Places:
    """Group shelves by app, and by ``by``."""
    keys = offered.select("app", *by).unique(maintain_order=True)
    wide = offered.join(keys.with_row_index("place"), on=["app", *by], nulls_equal=True).sort("place")
    start = np.searchsorted(wide["place"].to_numpy(), np.arange(keys.height + 1)).astype(np.int64)
    return Places(keys, start, wide["unit"].to_numpy().astype(np.int64))


def fates(places: Places, code: Codes) -> pl.DataFrame:
    """Return what became of each app, or of each app in each place: most and least of the codes of its shelves."""
    if not places.keys.height:
        return places.keys.with_columns(most=pl.lit(0, pl.UInt8), least=pl.lit(0, pl.UInt8))
    codes, first = code[places.unit], places.start[:-1]
    most, least = np.maximum.reduceat(codes, first), np.minimum.reduceat(codes, first)
    return places.keys.with_columns(pl.Series("most", most), pl.Series("least", least))


def tally(rows: pl.DataFrame, *by: str) -> pl.DataFrame:
    """Count by group the apps, those taken out and in doubt, and their users where they are known.

    ``rows`` has app, most, users, lost, unsure and the columns ``by``; users are null where they are not known.
    Returns ``by`` and :data:`TALLY`, of which the last three are null where no users of any app are known.
    """
    none = pl.col("users").is_not_null().any()
    return (
        rows.unique(["app", *by], keep="first", maintain_order=True)
        .group_by(*by, maintain_order=True)
        .agg(
            pl.len().cast(pl.Int64).alias("apps"),
            (pl.col("most") == TRUE).sum().cast(pl.Int64).alias("out"),
            (pl.col("most") == UNKNOWN).sum().cast(pl.Int64).alias("doubt"),
            pl.col("users").is_not_null().sum().cast(pl.Int64).alias("known"),
            *(pl.when(none).then(pl.col(name).sum()).alias(name) for name in ("users", "lost", "unsure")),
        )
    )


def left_in_category(shelves: Shelves, fronts: Places, code: Codes) -> pl.DataFrame:
    """Return for each app that is taken out or in doubt how many others of its category stay: app, left, left_high.

    Others are counted in the storefronts that the app may leave, and where these differ, in the one that keeps fewest;
    of an app with several categories the one that keeps most counts. Null where no store says its category.
    """
    kinds = shelves.categories.drop_nulls("category")
    shelf = fates(fronts, code).join(kinds, on="app", maintain_order="left")
    stays, may = pl.col("most") < UNKNOWN, pl.col("least") < TRUE
    own = shelf.group_by("category", "storefront").agg(
        stays.cast(pl.Int64).sum().alias("left"), may.cast(pl.Int64).sum().alias("here")
    )
    # What does not say where it is offered may be offered here, and it may itself be offered beside anything.
    loose = shelf.filter(pl.col("storefront").is_null() & may).group_by("category").agg(loose=pl.col("app").n_unique())
    anywhere = shelf.filter(may).group_by("category").agg(anywhere=pl.col("app").n_unique())
    itself = shelf.group_by("app").agg(itself=may.any().cast(pl.Int64))
    placed = (
        shelf.filter(pl.col("most") >= UNKNOWN)
        .join(own, on=["category", "storefront"], nulls_equal=True)
        .join(loose, on="category", how="left")
        .join(anywhere, on="category", how="left")
        .join(itself, on="app")
    )
    # The app itself is no other.
    here = pl.col("here") - may.cast(pl.Int64) + pl.col("loose").fill_null(0).cast(pl.Int64)
    wide = pl.col("anywhere").fill_null(0).cast(pl.Int64) - pl.col("itself")
    placed = placed.with_columns(left_high=pl.when(pl.col("storefront").is_null()).then(wide).otherwise(here))
    worst = placed.group_by("app", "category").agg(pl.col("left", "left_high").min())
    return worst.group_by("app").agg(pl.col("left", "left_high").max())
