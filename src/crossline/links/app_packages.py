"""An app of a catalogue, and the file of its package: what was read in the file is said of the catalogue's app.

The two are one where the catalogue states the SHA-256 of that version's file and it is the file's, and both do not name
different ids; where there is no sum to compare, as in metadata or of a bundle, where id and version code are the same.
Where the sums differ, or both name signers and none in common, they are two, and a note says so; the same where two
different files fit. The sum of a file is public, and anybody may state it: where a catalogue has it with another
version code or with other signers, a note says so, and its word for the publisher is no longer all there is. What was
joined is the catalogue's app, with the ties of both, each once, and of each role the extent of whichever saw more; the
package is then no asset of its own, and is not judged twice. Packages of Apple's apps are left alone: no catalogue says
which platform it means.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline import kinds
from crossline.links import text_column
from crossline.tables import EXTENT, EXTENTS, TIE, Batch, encode_ties
from crossline.text import plural, visible, word

if TYPE_CHECKING:
    from crossline.links import Reading

ABOUT = "An app of a catalogue, and the file of its package: by the file's SHA-256, or by id and version code."
AFTER = ()

SUM: Final = "apk_sha256"  # a column for this link alone
OF_FILES: Final = "app:package:"  # how the id of an app begins that was read from the file of its package
# Installed apps, which no catalogue offers, and packages of Apple's.
_OTHERS: Final = ("app:phone:", "app:ipa:")
# What a package says itself better than a catalogue.
_OF_PACKAGE: Final = frozenset((
    "permissions", "min_sdk", "target_sdk", "defined_classes", "native_libraries", "referenced_libraries", "packed",
))  # fmt: skip
_FROM_PACKAGE: Final = ("embeds", "contacts", "signer")  # roles whose reasons a package's reader knows better
CONTRADICTS: Final = "the catalogue that names a publisher contradicts the file on who signed it or which version it is"
_ROW: Final = ("place", "row", "bundle", "package", "version_code", SUM)


@dataclass(frozen=True)
class _Pairs:
    """Which app of a catalogue is which package: ``place`` and ``row`` of both, and whether it contradicts the file."""

    found: pl.DataFrame  # place, row, bundle, place_file, row_file, bundle_file, doubted
    notes: tuple[str, ...]


def join(read: Reading) -> Reading:
    """Let the catalogue's apps have what was read in the files of their packages."""
    apps = [(place, read.batches[place][1].assets) for place in read.of("app")]
    files = [_rows(place, assets) for place, assets in apps if SUM in assets.columns and _of_files(assets)]
    offered = [_rows(place, assets) for place, assets in apps if not _of_files(assets)]
    if not files or not offered:
        return read
    pairs = _pairs(read, pl.concat(offered), pl.concat(files))
    batches: dict[int, list[tuple[str, Batch]]] = {place: [pair] for place, pair in enumerate(read.batches)}
    for place in pairs.found["place"].unique(maintain_order=True):
        of_place = pairs.found.filter(pl.col("place") == place)
        file, batch = read.batches[place]
        batches[place] = [(file, _joined(read, batch, of_place)), (file, without(batch, of_place["row"]))]
    for place in pairs.found["place_file"].unique(maintain_order=True):
        file, batch = read.batches[place]
        gone = pairs.found.filter(pl.col("place_file") == place)["row_file"]
        batches[place] = [(file, without(batch, gone))]
    kept = tuple(one for held in batches.values() for one in held if one[1].kind != "app" or one[1].assets.height)
    return replace(read, batches=kept, notes=(*read.notes, *pairs.notes))


def _of_files(assets: pl.DataFrame) -> bool:
    return assets.height > 0 and bool(assets["asset"].str.starts_with(OF_FILES).all())


def _rows(place: int, assets: pl.DataFrame) -> pl.DataFrame:
    """Return of each app what it is known by."""
    code = assets["version_code"] if "version_code" in assets.columns else pl.lit(None, pl.Int64).alias("version_code")
    frame = assets.with_row_index("row").with_columns(
        pl.lit(place, pl.UInt32).alias("place"),
        text_column(assets, "package").alias("package"),
        code.cast(pl.Int64),
        text_column(assets, SUM).str.to_lowercase().alias(SUM),
    )
    other = pl.any_horizontal(pl.col("asset").str.starts_with(start) for start in _OTHERS)
    return frame.filter(~other).select(*_ROW)


def _pairs(read: Reading, offered: pl.DataFrame, files: pl.DataFrame) -> _Pairs:
    own = ["place", "row", "bundle", "place_file", "row_file", "bundle_file"]
    stated = offered.join(files.drop_nulls(SUM), on=SUM, how="inner", suffix="_file")
    other_id = (pl.col("package") != pl.col("package_file")).fill_null(value=False)
    foreign, stated = stated.filter(other_id), stated.filter(~other_id)
    other_code = (pl.col("version_code") != pl.col("version_code_file")).fill_null(value=False)
    signed = _with_signers(read, stated)
    other_signers, other_codes = signed.filter(~pl.col("agree")), signed.filter(other_code)
    doubted = (~pl.col("agree")).fill_null(other_code)
    by_sum = signed.select(*own, doubted.alias("doubted"))
    rest = offered.join(by_sum, on=["place", "row"], how="anti")
    same = rest.join(files, on=["package", "version_code"], how="inner", suffix="_file")  # none is the same as no other
    differing = same.filter(pl.col(SUM).is_not_null() & pl.col(f"{SUM}_file").is_not_null())
    by_version = same.filter(pl.col(SUM).is_null() | pl.col(f"{SUM}_file").is_null())
    # One package in two files is one; two packages that both fit are told, and joined to nothing.
    kinds_of = pl.col(f"{SUM}_file").n_unique().over("place", "row")
    several = by_version.filter(kinds_of > 1)
    by_version = by_version.filter(kinds_of == 1).select(*own, pl.lit(value=False).alias("doubted"))
    strange = _with_signers(read, by_version).filter(~pl.col("agree"))
    by_version = by_version.join(strange, on=["place", "row", "place_file", "row_file"], how="anti")
    found = pl.concat([by_sum, by_version])
    notes = [
        _told(by_sum["row"].len(), "the SHA-256 of the file that the catalogue states"),
        _told(by_version["row"].len(), "id and version code, for want of a sum to compare"),
        _apart(read, foreign, "the catalogue states its SHA-256 under another id"),
        _apart(read, other_codes, "by its SHA-256, but the catalogue states another version code", "joined with"),
        _apart(read, other_signers, "by its SHA-256, but the catalogue names other signers", "joined with"),
        _apart(read, differing, "the catalogue states another SHA-256 for that version"),
        _apart(read, several, "two different files have its id and version code"),
        _apart(read, strange, "both name signers, and none in common"),
    ]
    return _Pairs(found, tuple(note for note in notes if note))


def _told(count: int, how: str) -> str | None:
    return f"{plural(count, 'app')} of catalogues joined with the file of the package, by {how}" if count else None


def _apart(read: Reading, pairs: pl.DataFrame, why: str, how: str = "not joined with") -> str | None:
    """Say which apps of a catalogue were not joined with a file that seemed to be theirs, or were against its word."""
    if not pairs.height:
        return None
    place, row, of_file = pairs.select("place", "row", "place_file").row(0)
    name, file = read.batches[place][1].assets["asset"][row], read.batches[of_file][0]
    count = pairs.select("place", "row").n_unique()
    rest = f" and {plural(count - 1, 'other')}" if count > 1 else ""
    return f"{visible(name)}{rest} {how} {visible(PurePath(file).name)}: {why}"


def _with_signers(read: Reading, pairs: pl.DataFrame) -> pl.DataFrame:
    """Add whether both name a signer in common (``agree``); null where one names none."""
    if not pairs.height:
        return pairs.with_columns(agree=pl.lit(None, pl.Boolean))
    signers = pl.concat(
        spelt(read.batches[place][1])
        .filter(pl.col("role") == "signer")
        .group_by("bundle")
        .agg(signers="value")
        .select(pl.lit(place, pl.UInt32).alias("place"), pl.col("bundle").cast(pl.UInt32), "signers")
        for place in pl.concat([pairs["place"], pairs["place_file"]]).unique()
    )
    of_files = signers.select(place_file="place", bundle_file="bundle", signers_file="signers")
    both = pairs.join(signers, on=["place", "bundle"], how="left", maintain_order="left")
    both = both.join(of_files, on=["place_file", "bundle_file"], how="left", maintain_order="left")
    common = pl.col("signers").list.set_intersection("signers_file").list.len()
    return both.with_columns(agree=common > 0).drop("signers", "signers_file")


def spelt(batch: Batch) -> pl.DataFrame:
    """Return a batch's ties with type and value of what they point to, and all columns that a tie may have."""
    names = batch.identifiers.with_row_index("identifier")
    ties = batch.ties.with_columns(pl.col("identifier").cast(pl.UInt32), pl.col("role").cast(pl.String))
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in TIE.items() if name not in ties.columns]
    typed = ties.with_columns(*missing).select(*TIE).cast(TIE)
    return typed.join(names, on="identifier", maintain_order="left").drop("identifier")


def without(batch: Batch, rows: pl.Series) -> Batch:
    """Return a batch without some of its assets, and without what was said of these alone."""
    assets = batch.assets.with_row_index("row").join(rows.unique().to_frame("row"), on="row", how="anti").drop("row")
    used = assets.select(pl.col("bundle").unique())
    extents = batch.extents.filter(pl.col("bundle").is_null() | pl.col("bundle").is_in(used["bundle"].implode()))
    ties = batch.ties.join(used, on="bundle", how="semi", maintain_order="left")
    return replace(batch, assets=assets, ties=ties, extents=extents)


def _joined(read: Reading, batch: Batch, pairs: pl.DataFrame) -> Batch:
    """Return the apps of a catalogue that files were found for, a bundle each, with what both say."""
    pairs = pairs.unique("row", keep="first", maintain_order=True).sort("row").with_row_index("fresh")
    ties = [_of_catalogue(batch, pairs)]
    extents = [spread(batch.extents, pairs.select("fresh", "bundle"), of_file=False).pipe(_doubted, pairs)]
    packages = []
    for place in pairs["place_file"].unique(maintain_order=True):
        file, part = read.batches[place]
        held = pairs.filter(pl.col("place_file") == place).select("fresh", row="row_file", bundle="bundle_file")
        packages.append(part.assets.with_row_index("row").join(held.drop("bundle"), on="row").drop("row", "bundle"))
        ties.append(_of_file(part, held, word(PurePath(file).name)))
        extents.append(spread(part.extents, held.select("fresh", "bundle"), of_file=True))
    identifiers, encoded = encode_ties(_each_once(pl.concat(ties)))
    assets = batch.assets.with_row_index("row").join(pairs.select("row", "fresh"), on="row").sort("fresh")
    return Batch(
        "app",
        _assets(assets.drop("row", "bundle"), pl.concat(packages, how="diagonal").sort("fresh")),
        identifiers,
        encoded.select(*(name for name in TIE if name in encoded.columns)),
        _better(pl.concat(extents)),
    )


def _assets(ours: pl.DataFrame, packages: pl.DataFrame) -> pl.DataFrame:
    """Return the catalogue's apps, with what only their packages say, or say better; both in the same order."""
    made = []
    for name, dtype in kinds.load("app").schema().items():
        held = [frame[name].cast(dtype) for frame in (ours, packages) if name in frame.columns]
        if name in _OF_PACKAGE:
            held.reverse()
        if held:
            made.append(held[0] if len(held) == 1 else held[0].zip_with(held[0].is_not_null(), held[1]))
    return ours.with_columns(made).rename({"fresh": "bundle"})


def _of_catalogue(batch: Batch, pairs: pl.DataFrame) -> pl.DataFrame:
    ties = spelt(batch).join(pairs.select("fresh", "bundle"), on="bundle", maintain_order="left")
    return ties.with_columns(of_file=pl.lit(value=False))


def _of_file(part: Batch, held: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return the ties of packages, with the file's name before each place."""
    ties = spelt(part).join(held.select("fresh", "bundle"), on="bundle", maintain_order="left")
    place = pl.concat_str(pl.lit(f"{name}: "), pl.col("locator").fill_null("the package"))
    return ties.with_columns(of_file=pl.lit(value=True), locator=place)


def _each_once(ties: pl.DataFrame) -> pl.DataFrame:
    """Return each tie once, as the file shows it if it does; the catalogue's come first."""
    ranked = ties.sort("of_file", descending=True, maintain_order=True)
    once = ranked.unique(["fresh", "role", "type", "value"], keep="first", maintain_order=True)
    ordered = once.sort("fresh", "of_file", "seq", maintain_order=True)
    number = pl.int_range(pl.len(), dtype=pl.UInt32).over("fresh")
    return ordered.with_columns(bundle=pl.col("fresh"), seq=number).drop("fresh", "of_file")


def spread(extents: pl.DataFrame, bundles: pl.DataFrame, *, of_file: bool) -> pl.DataFrame:
    """Return the extents of each app: those of its bundle, else those of the whole batch."""
    general = extents.filter(pl.col("bundle").is_null()).drop("bundle").join(bundles.select("fresh"), how="cross")
    own = extents.drop_nulls("bundle").join(bundles, on="bundle").drop("bundle")
    rest = general.join(own, on=["fresh", "role"], how="anti")
    wanted = ("fresh", "role", "extent", "reason")
    return pl.concat([own.select(wanted), rest.select(wanted)]).with_columns(of_file=pl.lit(of_file))


def _doubted(extents: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Take the word of a catalogue that contradicts the file for one of several about the publisher."""
    of_these = pl.col("fresh").is_in(pairs.filter("doubted")["fresh"].implode())
    lower = of_these & (pl.col("role") == "publisher") & (pl.col("extent") == "all")
    return extents.with_columns(
        extent=pl.when(lower).then(pl.lit("some", EXTENT)).otherwise("extent"),
        reason=pl.when(lower).then(pl.lit(CONTRADICTS)).otherwise("reason"),
    )


def _better(extents: pl.DataFrame) -> pl.DataFrame:
    """Return of each role the larger extent; of two that are equal the one whose reader knows better why."""
    known = pl.col("of_file") == pl.col("role").is_in(list(_FROM_PACKAGE))
    ranked = extents.with_columns(pl.col("extent").cast(EXTENT), known=known).sort(
        "fresh", "role", "extent", "known", descending=[False, False, True, True]
    )
    once = ranked.unique(["fresh", "role"], keep="first", maintain_order=True)
    return once.select(pl.col("fresh").alias("bundle"), "role", "extent", "reason").cast(EXTENTS)
