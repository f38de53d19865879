"""From installed apps and the phones that have them to assets: ``app``, ``offering`` and ``device``.

An app of a phone came in one of four ways, and the table says which by two columns: ``preinstalled``, null where it
is not known, and ``installer``, the package that installed it; ``told`` says whether the file speaks of installers at
all, so that nobody differs from not known. An app that came with the phone and is updated by a store has both
offerings.

Outside a store and a maker's firmware nobody vouches that an app's id is its publisher's, so there the publisher's
extent is *some*: such an app is found where its id is listed, and never held to be compliant by its id alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.phones.stores import BY_HAND, STORES
from crossline.tables import EXTENT, EXTENTS, TIE, Batch, encode_ties

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALLED: Final = pl.Schema(
    {
        "phone": pl.UInt32(),  # row of PHONES; null where apps are counted without saying on which phones
        "app": pl.String(),  # what tells it from other apps: its package, or platform and name
        "package": pl.String(),  # canonical, null where the file has names only
        "name": pl.String(),
        "version": pl.String(),
        "version_code": pl.Int64(),
        "locator": pl.String(),
        "preinstalled": pl.Boolean(),
        "installer": pl.String(),  # canonical, null where nobody is named
        "told": pl.Boolean(),  # whether the file says who installed it, even if nobody
        "publisher": pl.String(),  # a vendor's name, canonical
        "signers": pl.List(pl.String()),
        "permissions": pl.List(pl.String()),
        "devices": pl.Int64(),  # how many phones the row counts, where it is of no single one
    }
)
PHONES: Final = pl.Schema(
    {
        "phone": pl.UInt32(),
        "maker": pl.String(),  # canonical vendor, null where the file does not say
        "model": pl.String(),
        "basis": pl.String(),
        "locator": pl.String(),
        "observed_at": pl.Date(),
    }
)

NO_PLACE: Final = "the file does not say where the app came from, and outside a store an id may be anybody's"
BY_HAND_ID: Final = "the app came through no store, and outside a store an id may be anybody's"
NO_PUBLISHER: Final = "the file names no publisher for the app"
NO_MAKER: Final = (
    "the file does not say who made the phone: say in estate.yaml, `files: [{path: FILE, columns: {maker: NAME}}]`"
)
NO_INSTALLER: Final = "the file does not say who installed the app"
NO_FIRMWARE: Final = "the file does not say whether the app came with the phone as well"
NO_SIGNER: Final = "the file holds no SHA-256 fingerprint of the signing certificate"
INSIDE: Final = "a list of installed apps does not show what is inside them: read their packages"
PARTS: Final = "the phone names its maker, and its components are not listed with theirs"

_HAND: Final = pl.col("installer").is_in(list(BY_HAND))
_SIDE: Final = _HAND | (pl.col("told") & pl.col("installer").is_null() & (pl.col("preinstalled") == False))  # noqa: E712
_COLUMNS: Final = ("bundle", "role", "identifier", "seq", "basis", "locator")


def completed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table as :data:`INSTALLED`, with null in the columns that a format has nothing for."""
    empty = [pl.lit(None, dtype).alias(name) for name, dtype in INSTALLED.items() if name not in frame.columns]
    return frame.with_columns(*empty).select(*INSTALLED)


def batches(apps: pl.DataFrame, phones: pl.DataFrame, stem: str, *, offered: bool = True) -> Iterator[Batch]:
    """Yield the assets of a file. ``apps`` is as :data:`INSTALLED`, ``phones`` as :data:`PHONES` has it.

    ``stem`` names what has no better name; ``offered`` says whether the format could tell who hands out an app.
    """
    apps, phones = apps.cast(INSTALLED), phones.cast(PHONES)
    day = phones["observed_at"].max()
    apps = apps.join(phones.select("phone", "maker"), on="phone", how="left", maintain_order="left", nulls_equal=False)
    handed = _handed(apps, stem)
    if apps.height:
        yield _apps(apps, handed, day)
    if offered and handed.height:
        yield _offerings(apps, handed, day)
    if phones.height:
        yield _devices(phones, stem)


def _handed(apps: pl.DataFrame, stem: str) -> pl.DataFrame:
    """Return a row for each app of a phone and each party that handed it over: channel, type, value, at."""
    named = pl.col("installer").is_not_null() & ~_HAND
    rows = apps.with_columns(side=_SIDE.fill_null(value=False))
    came = pl.col("preinstalled").fill_null(value=False)
    nothing = pl.lit(None, pl.String)
    parts = (
        rows.filter("preinstalled").with_columns(
            channel=pl.lit("pre-install"), type=pl.lit("vendor"), value=pl.col("maker"),
            at=pl.concat_str(pl.lit("pre-install:"), pl.coalesce("maker", pl.lit(stem))),
        ),
        rows.filter(named.fill_null(value=False)).with_columns(
            channel=pl.when(pl.col("installer").is_in(list(STORES))).then(pl.lit("store")),
            type=pl.lit("package"), value=pl.col("installer"), at=pl.col("installer"),
        ),
        rows.filter(~came & pl.col("installer").is_null() & ~pl.col("side")).with_columns(
            channel=nothing, type=nothing, value=nothing, at=pl.lit(stem),
        ),
    )  # fmt: skip
    return pl.concat(parts, how="vertical_relaxed")


def _counted() -> pl.Expr:
    """Count phones: those that are told apart, and those that a row counts."""
    return pl.col("phone").drop_nulls().n_unique() + pl.col("devices").fill_null(0).sum()


def _only(column: str) -> pl.Expr:
    """Return the value that all phones have alike, or null."""
    held = pl.col(column).drop_nulls()
    return pl.when(held.n_unique() == 1).then(held.first()).alias(column)


def _vouched() -> pl.Expr:
    """Say whether a store's or a maker's list of ids stands behind every row of an app."""
    stored = pl.col("installer").is_in(list(STORES)).fill_null(value=False)
    return (pl.col("preinstalled").fill_null(value=False) | stored).all()


def _publishers(grouped: pl.DataFrame) -> pl.DataFrame:
    """Return the ties that lead to an app's publisher: a name that the file states, else the app's own id."""
    by_name = grouped.drop_nulls("publisher").select(
        "bundle", type=pl.lit("vendor"), value="publisher", basis=pl.lit("declared"), locator="locator", rank=0
    )
    by_id = grouped.filter(pl.col("publisher").is_null()).drop_nulls("package").select(
        "bundle", type=pl.lit("package"), value="package", basis=pl.lit("inferred"), locator="locator", rank=0
    )  # fmt: skip
    return pl.concat([by_name, by_id]).with_columns(role=pl.lit("publisher"))


def _publisher_extents(grouped: pl.DataFrame) -> pl.DataFrame:
    known = pl.col("publisher").is_not_null()
    extent = (
        pl.when(known | (pl.col("package").is_not_null() & pl.col("vouched"))).then(pl.lit("all"))
        .when(pl.col("package").is_not_null()).then(pl.lit("some"))
        .otherwise(pl.lit("none"))
    )  # fmt: skip
    reason = (
        pl.when(extent == "none").then(pl.lit(NO_PUBLISHER))
        .when((extent == "some") & pl.col("hand")).then(pl.lit(BY_HAND_ID))
        .when(extent == "some").then(pl.lit(NO_PLACE))
    )  # fmt: skip
    return _extents(grouped, "publisher", extent, reason)


def _extents(grouped: pl.DataFrame, role: str, extent: pl.Expr, reason: pl.Expr) -> pl.DataFrame:
    return grouped.select("bundle", role=pl.lit(role), extent=extent.cast(EXTENT), reason=reason).cast(EXTENTS)


def _everywhere(role: str, reason: str) -> pl.DataFrame:
    return pl.DataFrame([(None, role, "none", reason)], schema=EXTENTS, orient="row")


def _pointing(spelt: list[pl.DataFrame]) -> tuple[pl.DataFrame, pl.DataFrame]:
    columns = ("bundle", "role", "type", "value", "basis", "locator", "rank")
    rows = pl.concat([part.select(*columns[:-1], pl.col("rank").cast(pl.Int32)) for part in spelt])
    rows = rows.unique(["bundle", "role", "type", "value"], keep="first", maintain_order=True)
    rows = rows.sort("bundle", "rank", maintain_order=True)
    seq = pl.int_range(pl.len(), dtype=pl.UInt32).over("bundle")
    identifiers, ties = encode_ties(rows.with_columns(seq=seq))
    return identifiers, ties.select(pl.col(name).cast(TIE[name]) for name in _COLUMNS)


def _apps(apps: pl.DataFrame, handed: pl.DataFrame, day: object) -> Batch:
    grouped = apps.with_columns(side=_SIDE.fill_null(value=False)).group_by("app", maintain_order=True).agg(
        pl.col("package").first(), pl.col("name").drop_nulls().first(), pl.col("locator").first(),
        pl.col("publisher").drop_nulls().first(),
        pl.col("signers").drop_nulls().explode().drop_nulls().unique(maintain_order=True),
        pl.col("permissions").drop_nulls().explode().drop_nulls().unique(maintain_order=True),
        pl.col("permissions").is_not_null().any().alias("permitted"),
        _only("version"), _only("version_code"),
        _vouched().alias("vouched"), pl.col("side").any().alias("hand"),
        pl.col("preinstalled").is_null().any().alias("unsure"),
    ).with_row_index("bundle")  # fmt: skip
    signers = grouped.select(
        "bundle", role=pl.lit("signer"), type=pl.lit("signer"), value="signers", basis=pl.lit("observed"),
        locator="locator", rank=1,
    ).explode("value").drop_nulls("value")  # fmt: skip
    sources = handed.join(grouped.select("app", "bundle"), on="app", maintain_order="left")
    distributors = sources.drop_nulls("value").select(
        "bundle", "type", "value", role=pl.lit("distributor"), basis=pl.lit("observed"), locator="locator", rank=2
    )
    seen = sources.group_by("bundle").agg(
        known=pl.col("value").is_not_null().any(), all=pl.col("value").is_not_null().all(),
        unmade=(pl.col("channel") == "pre-install").fill_null(value=False).any(),
    )  # fmt: skip
    # An app that somebody put on the phone by hand has no distributor: that is seen whole.
    told = grouped.join(seen, on="bundle", how="left", maintain_order="left")
    extent = (
        pl.when(pl.col("all").fill_null(value=True) & ~pl.col("unsure")).then(pl.lit("all"))
        .when("known").then(pl.lit("some")).otherwise(pl.lit("none"))
    )  # fmt: skip
    reason = (
        pl.when(extent == "all").then(pl.lit(None, pl.String))
        .when("unmade").then(pl.lit(NO_MAKER))
        .when(pl.col("all").fill_null(value=True)).then(pl.lit(NO_FIRMWARE)).otherwise(pl.lit(NO_INSTALLER))
    )  # fmt: skip
    signed = pl.when(pl.col("signers").list.len() > 0).then(pl.lit("all")).otherwise(pl.lit("none"))
    unsigned = pl.when(pl.col("signers").list.len() == 0).then(pl.lit(NO_SIGNER))
    extents = [
        _publisher_extents(grouped), _extents(grouped, "signer", signed, unsigned),
        _extents(told, "distributor", extent, reason),
        _everywhere("embeds", INSIDE), _everywhere("contacts", INSIDE),
    ]  # fmt: skip
    identifiers, ties = _pointing([_publishers(grouped), signers, distributors])
    assets = grouped.select(
        pl.format("app:phone:{}", "app").alias("asset"), pl.coalesce("name", "app").alias("name"),
        pl.lit(day, pl.Date).alias("observed_at"), "locator", "bundle", "package", "version", "version_code",
        pl.when("permitted").then("permissions").alias("permissions"),
    )  # fmt: skip
    return Batch("app", assets, identifiers, ties, pl.concat(extents))


def _offerings(apps: pl.DataFrame, handed: pl.DataFrame, day: object) -> Batch:
    stated = apps.group_by("app").agg(pl.col("publisher").drop_nulls().first())
    grouped = handed.group_by("app", "at", maintain_order=True).agg(
        pl.col("package").first(), pl.col("name").drop_nulls().first(), pl.col("locator").first(),
        pl.col("channel").first(), pl.col("type").first(), pl.col("value").first(), _counted().alias("devices"),
        pl.when(pl.col("maker").n_unique() == 1).then(pl.col("maker").first()).otherwise(None).alias("maker"),
        (pl.col("channel").is_not_null()).all().alias("vouched"), pl.lit(value=False).alias("hand"),
    )  # fmt: skip
    grouped = grouped.join(stated, on="app", maintain_order="left").with_row_index("bundle")
    distributors = grouped.drop_nulls("value").select(
        "bundle", "type", "value", role=pl.lit("distributor"), basis=pl.lit("observed"), locator="locator", rank=1
    )
    known = pl.col("value").is_not_null()
    extent = pl.when(known).then(pl.lit("all")).otherwise(pl.lit("none"))
    unmade = ~known & (pl.col("channel") == "pre-install")
    reason = pl.when(unmade).then(pl.lit(NO_MAKER)).when(~known).then(pl.lit(NO_INSTALLER))
    extents = [_publisher_extents(grouped), _extents(grouped, "distributor", extent, reason)]
    identifiers, ties = _pointing([_publishers(grouped), distributors])
    by = (
        pl.when(pl.col("channel") == "pre-install")
        .then(pl.format("on phones of {}", pl.coalesce("value", pl.lit("an unnamed maker"))))
        .when(pl.col("value").is_not_null()).then(pl.format("from {}", "value"))
        .otherwise(pl.lit("of unstated origin"))
    )  # fmt: skip
    assets = grouped.select(
        pl.format("offering:{}@{}", "app", "at").alias("asset"),
        pl.format("{} {}", pl.coalesce("name", "app"), by).alias("name"),
        pl.lit(day, pl.Date).alias("observed_at"), "locator", "bundle", "channel", "maker",
        pl.col("devices").cast(pl.Int64),
    )  # fmt: skip
    return Batch("offering", assets, identifiers, ties, pl.concat(extents))


def _devices(phones: pl.DataFrame, stem: str) -> Batch:
    grouped = phones.group_by("maker", "model", maintain_order=True).agg(
        pl.len().cast(pl.Int64).alias("units"), pl.col("basis").first(), pl.col("locator").first(),
        pl.col("observed_at").max(),
    ).with_row_index("bundle")  # fmt: skip
    made = grouped.drop_nulls("maker").select(
        "bundle", "basis", role=pl.lit("vendor"), type=pl.lit("vendor"), value="maker", locator="locator", rank=0
    )
    known = pl.col("maker").is_not_null()
    extent = pl.when(known).then(pl.lit("some")).otherwise(pl.lit("none"))
    reason = pl.when(known).then(pl.lit(PARTS)).otherwise(pl.lit(NO_MAKER))
    identifiers, ties = _pointing([made])
    model = pl.coalesce("model", pl.lit(stem))
    assets = grouped.select(
        pl.format("device:phone:{}/{}", pl.coalesce("maker", pl.lit("?")), model).alias("asset"),
        pl.when(known).then(pl.format("{} ({})", model, "maker")).otherwise(model).alias("name"),
        "observed_at", "locator", "bundle", "units",
    )  # fmt: skip
    return Batch("device", assets, identifiers, ties, _extents(grouped, "vendor", extent, reason))
