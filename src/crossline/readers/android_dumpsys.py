"""What Android's package service says of itself: ``adb shell dumpsys package``, or ``dumpsys package packages``.

Read are the blocks under ``Packages:`` and ``Hidden system packages:`` (``Settings.dumpPackageLPr`` of the Android Open
Source Project): where an app lies, its flags, who installed it, and the permissions it asks for. The hidden ones are
what the maker shipped of apps that were updated since. ``fingerprint=`` under ``Database versions:`` begins with the
brand of the phone (Android Compatibility Definition Document, 3.2.2), which is an inferred ``vendor``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

from crossline.phones import documents, installed, naming
from crossline.tables import Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Batch, Limits

ABOUT = "apps of an Android phone: adb shell dumpsys package"
LIMITS = (
    "Only packages and the brand of the phone are read: no components, shared users, permission grants or signatures.",
    "The brand is the name on the phone, which another maker may have built; estate.yaml's `maker` goes first.",
    "Whom Android names as the signer is a 32-bit hash, which leads to nobody.",
    "A file of more than 128 MiB is not read.",
)
JAILED = False  # nothing here can crash: text, regular expressions without backtracking, polars
OPTIONS = ("maker",)  # what estate.yaml may say of a file that the reader itself needs

_BLOCK: Final = re.compile(rb"^(?:Packages|Hidden system packages):[ \t]*\r?\n  Package \[", re.MULTILINE)
_BEGINS: Final = re.compile(rb"^Database versions:[ \t]*\r?\n(?:.*\r?\n){1,4}?.*databaseVersion=", re.MULTILINE)
_PACKAGES: Final = "Packages:"
_HIDDEN: Final = "Hidden system packages:"
_HEADER: Final = r"^  Package \[(.+)\] \([0-9a-f]{1,16}\):$"
_KEYS: Final = ("codePath", "flags", "pkgFlags", "installerPackageName", "packageSource", "versionName", "versionCode")
_KEY: Final = f"^    ({'|'.join(_KEYS)})=(.*)$"
_BRAND: Final = r"^ +.*?\b(?:buildFingerprint|fingerprint)=([^/\s=]{1,80})/[^/\s]+/[^:\s]+:"
_ADDED: Final = r"^/(?:data|mnt|storage)/"  # what is not under these came with the phone
_BROUGHT: Final = ("3", "4")  # PackageInstaller.PACKAGE_SOURCE_LOCAL_FILE and _DOWNLOADED_FILE


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its sections
    """Return whether a section of packages begins in it, or the dump with the package service's versions."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        head = documents.decoded(head).encode()
    return bool(_BLOCK.search(head)) or bool(_BEGINS.search(head))


def read(path: Path, limits: Limits, *, maker: str | None = None) -> Iterator[Batch | Reject | Note]:
    """Yield apps, who hands them out, and the phone. ``maker`` is what estate.yaml says of the file."""
    data = documents.content(path, limits)
    if isinstance(data, Reject):
        yield data
        return
    stem = str(naming.shown(documents.column("stem", [path.stem]))[0] or "phone")
    lines = pl.Series("line", documents.decoded(data).split("\n"), dtype=pl.String).str.strip_chars_end(" \t\r")
    rows = _sections(pl.DataFrame(lines).with_row_index("number", offset=1))
    found = _blocks(rows)
    package, odd = naming.canonical(found["name"], "package")
    itself = found["name"] == "android"  # the framework, which is no app
    places = found.filter(~itself & (odd | package.is_null())).select(pl.format("line {}", "number")).to_series()
    yield from naming.refused(places, "no name of a package", limits)
    found = found.with_columns(package=package).drop_nulls("package").head(limits.rows)
    phone, notes = _phone(rows, maker)
    yield from notes
    if not found.height:
        yield Note("there is no package in it: dump again with adb shell dumpsys package packages")
        return
    yield from installed.batches(_table(found), phone, stem)


def _sections(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the section of each line, its package, and the list below which it stands."""
    indent = pl.col("line").str.len_bytes() - pl.col("line").str.strip_chars_start(" ").str.len_bytes()
    rows = rows.with_columns(indent=indent.cast(pl.Int64)).filter(pl.col("line") != "")
    rows = rows.with_columns(section=pl.when(pl.col("indent") == 0).then("line").forward_fill())
    wanted = pl.col("section").is_in([_PACKAGES, _HIDDEN])
    rows = rows.with_columns(header=pl.when(wanted).then(pl.col("line").str.extract(_HEADER)))
    # A line that stands as far out as a header, and is none, ends the block before it.
    block = (
        pl.when(pl.col("header").is_not_null()).then("number").when(pl.col("indent") <= 2).then(pl.lit(0, pl.UInt32))
    )
    under = pl.when(pl.col("indent") <= 4).then(pl.col("line").str.strip_chars_start(" "))
    return rows.with_columns(block=block.forward_fill(), under=under.forward_fill())


def _blocks(rows: pl.DataFrame) -> pl.DataFrame:
    """Return number, name, preinstalled, installer, told and permissions of each package."""
    inside = rows.filter(pl.col("block") > 0)
    heads = inside.drop_nulls("header").select(
        "block", name="header", hidden=pl.col("section") == _HIDDEN, number="number"
    )
    keys = inside.select("block", pl.col("line").str.extract_groups(_KEY).struct.rename_fields(["key", "value"]))
    keys = keys.unnest("line").drop_nulls().unique(["block", "key"], keep="first", maintain_order=True)
    asked = inside.filter((pl.col("under") == "requested permissions:") & (pl.col("indent") > 4))
    asked = asked.group_by("block").agg(
        pl.col("line").str.extract(r"^ +([A-Za-z0-9_.]{1,255})(?::|$)").drop_nulls().alias("permissions")
    )
    found = heads.join(asked, on="block", how="left", maintain_order="left")
    for key in _KEYS:
        one = keys.filter(pl.col("key") == key).select("block", pl.col("value").alias(key))
        found = found.join(one, on="block", how="left", maintain_order="left")
    flags = pl.coalesce("pkgFlags", "flags")
    system = pl.coalesce(
        pl.when(flags.str.contains(r"\b(?:UPDATED_)?SYSTEM(?:_APP)?\b")).then(pl.lit(value=True)),
        ~pl.col("codePath").str.contains(_ADDED) | pl.when(flags.is_not_null()).then(pl.lit(value=False)),
    )
    shipped = found.filter("hidden")["name"]
    live = found.filter(~pl.col("hidden") | ~pl.col("name").is_in(found.filter(~pl.col("hidden"))["name"].implode()))
    live = live.unique("name", keep="first", maintain_order=True)
    held = pl.col("installerPackageName")
    return live.select(
        "number", "name",
        preinstalled=pl.col("name").is_in(shipped.implode()) | system,
        installer=pl.when(held.is_not_null() & (held != "null") & (held != "?")).then(held),
        # Android leaves the line out where nobody is recorded.
        told=pl.col("codePath").is_not_null() | held.is_not_null(),
        brought=pl.col("packageSource").str.strip_chars().is_in(_BROUGHT).fill_null(value=False),
        permissions="permissions",
        version=pl.when(pl.col("versionName") != "null").then("versionName"),
        version_code=pl.col("versionCode").str.extract(r"^([0-9]{1,18})\b").cast(pl.Int64),
    )  # fmt: skip


def _table(found: pl.DataFrame) -> pl.DataFrame:
    installer, _ = naming.canonical(found["installer"], "package")
    # A file that somebody brought has no store behind it, whichever app unpacked it.
    found = found.with_columns(installer=installer).with_columns(
        installer=pl.when(~pl.col("brought")).then("installer")
    )
    return installed.completed(
        found.with_columns(
            phone=pl.lit(0, pl.UInt32), app="package", locator=pl.format("line {}", "number"),
            version=naming.shown(found["version"]),
        )
    )  # fmt: skip


def _phone(rows: pl.DataFrame, stated: str | None) -> tuple[pl.DataFrame, list[Note]]:
    """Return the phone with its maker: as estate.yaml says, or the brand that the build's fingerprint begins with."""
    notes: list[Note] = []
    if stated is not None:
        maker, basis, place = naming.canonical(pl.Series("maker", [stated]), "vendor")[0][0], "declared", "file"
        notes.append(Note(f"maker is {stated}, as estate.yaml says"))
    else:
        brands = rows.filter(pl.col("section") == "Database versions:").select(
            "number", brand=pl.col("line").str.extract(_BRAND)
        ).drop_nulls()  # fmt: skip
        own, _ = naming.canonical(brands["brand"], "vendor")
        brands = brands.with_columns(own).drop_nulls().head(1)
        maker, basis = (brands["brand"][0] if brands.height else None), "inferred"
        place = f"line {brands['number'][0]}" if brands.height else "file"
    row = (0, maker, None, basis, place, None)
    return pl.DataFrame([row], schema=installed.PHONES, orient="row"), notes
