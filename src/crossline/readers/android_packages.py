"""Packages of an Android phone, as ``adb shell pm list packages`` prints them, or a list of them, one a line.

The forms of a line are those of ``PackageManagerShellCommand.runListPackages`` of the Android Open Source Project:
``package:`` with the path and ``=`` (``-f``), the name, ``versionCode:``, ``installer=`` (``-i``), ``uid:`` (``-U``).
Properties of the phone (``adb shell getprop``) may stand in the same file: of these the maker and the model are read,
and nothing else. docs/readers/phones.md says how to make such a file.
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

ABOUT = "packages of an Android phone: adb shell pm list packages, with or without -f, -i, -U; or one a line"
LIMITS = (
    "What a maker put on the data partition (`/data/app`) looks installed later; dumpsys package tells them apart.",
    "A plain list is known by a platform package in it (`com.android.…`); else say `reader: android_packages`.",
    "It says neither where its apps came from nor who made the phone; estate.yaml may (channel, maker).",
    "Of two lines with the same package the first counts: a work profile's apps are the phone's.",
    "A file of more than 128 MiB is not read.",
)
JAILED = False  # nothing here can crash: text, regular expressions without backtracking, polars
OPTIONS = ("maker", "channel")  # what estate.yaml may say of a file that the reader itself needs

_PACKAGE: Final = rb"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)+"
_LISTED: Final = re.compile(rb"^package:\S", re.MULTILINE)
_PLAIN: Final = re.compile(rb"(?:\s*(?:#[^\n]*|android|" + _PACKAGE + rb")?[ \t\r]*(?:\n|\Z))+")
_PLATFORM: Final = re.compile(rb"^(?:android|com\.android\.[A-Za-z0-9_.]+)[ \t\r]*$", re.MULTILINE)
_TAIL: Final = r"((?:[ \t]+(?:installer=|uid:|versionCode:|stopped=)\S*)*)[ \t]*$"
_NAME: Final = r"^[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*$"
_PROPERTY: Final = r"^\[([A-Za-z0-9_.-]{1,128})\]: \[(.*)\]$"
_SPOKEN: Final = r"^\* daemon |^List of devices attached|^#"  # adb itself, and remarks
_ADDED: Final = r"^/(?:data|mnt|storage)/"  # what is not under these came with the phone
_MAKERS: Final = ("ro.product.manufacturer", "ro.product.vendor.manufacturer", "ro.product.brand")
_MODELS: Final = ("ro.product.model", "ro.product.vendor.model")
_PLATFORM_ITSELF: Final = "android"  # the framework, which is no app


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its lines
    """Return whether lines begin as pm prints them, or all are packages of Android, the platform's own among them."""
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        head = documents.decoded(head).encode()
    head = head.removeprefix(b"\xef\xbb\xbf")
    if _LISTED.search(head[:4096]) or (head.startswith(b"[") and _LISTED.search(head)):
        return True
    whole = head[: head.rfind(b"\n") + 1] if len(head) >= 65536 else head
    return bool(_PLATFORM.search(whole)) and all(_PLAIN.fullmatch(line) for line in whole.split(b"\n"))


def read(
    path: Path, limits: Limits, *, maker: str | None = None, channel: str | None = None
) -> Iterator[Batch | Reject | Note]:
    """Yield apps, who hands them out, and the phone. ``maker`` and ``channel`` are what estate.yaml says of it."""
    data = documents.content(path, limits)
    if isinstance(data, Reject):
        yield data
        return
    stem = documents.column("stem", [path.stem])
    stem_shown = str(naming.shown(stem)[0] or "phone")
    lines = pl.Series("line", documents.decoded(data).split("\n"), dtype=pl.String).str.strip_chars_end(" \t\r")
    rows = pl.DataFrame(lines).with_row_index("number", offset=1).filter(pl.col("line") != "")
    properties = rows.select(pl.col("line").str.extract_groups(_PROPERTY).struct.rename_fields(["key", "value"]))
    properties = properties.unnest("line").drop_nulls()
    rows = rows.filter(~pl.col("line").str.contains(_PROPERTY) & ~pl.col("line").str.contains(_SPOKEN))
    listed = rows["line"].str.starts_with("package:")
    if listed.any():
        yield from naming.refused(_places(rows.filter(~listed)), "a line that names no package", limits)
        rows = rows.filter(listed)
    found = _cells(rows)
    package, odd = naming.canonical(found["name"], "package")
    itself = (found["name"] == _PLATFORM_ITSELF).fill_null(value=False)
    wrong = ~itself & package.is_null()
    yield from naming.refused(_places(found.filter(wrong | (odd & ~itself))), "no name of a package", limits)
    found = found.with_columns(package=package).drop_nulls("package")
    found = found.unique("package", keep="first", maintain_order=True).head(limits.rows)
    phone, notes = _phone(properties, maker, limits)
    yield from notes
    if not found.height:
        yield Note("there is no package in it")
        return
    bare = found["path"].null_count() == found.height and not found["told"].any()
    if bare and channel is None:
        yield Note(
            "it says neither who installed the apps nor which came with the phone; of a list of firmware say in "
            f"estate.yaml: files: [{{path: {stem_shown}.txt, columns: {{channel: pre-install, maker: NAME}}}}]"
        )
    if channel == "pre-install" and found["preinstalled"].null_count():
        yield Note("channel is pre-install, as estate.yaml says")
        found = found.with_columns(pl.col("preinstalled").fill_null(value=True))
    yield from installed.batches(_table(found), phone, stem_shown)


def _places(rows: pl.DataFrame) -> pl.Series:
    return rows.select(pl.format("line {}", "number")).to_series()


def _cells(rows: pl.DataFrame) -> pl.DataFrame:
    """Return number, name, path, preinstalled, installer and told of each line."""
    text = pl.col("line").str.strip_prefix("package:").str.strip_chars_start(" \t")
    rows = rows.with_columns(text=text).with_columns(tail=pl.col("text").str.extract(_TAIL))
    rows = rows.with_columns(body=pl.col("text").str.strip_chars_end(" \t").str.strip_suffix(pl.col("tail")))
    # A path may hold a "=" of its own, a package's name may not: the last one parts them.
    rows = rows.with_columns(
        path=pl.col("body").str.extract(r"^(/.*)=[^=]*$"), name=pl.col("body").str.extract(r"([^=]*)$")
    ).with_columns(pl.when(pl.col("name").str.contains(_NAME)).then("name").alias("name"))
    held = pl.col("tail").str.extract(r"installer=(\S*)")
    return rows.select(
        "number", "name", "path",
        preinstalled=~pl.col("path").str.contains(_ADDED),
        installer=pl.when(held != "null").then(held),
        told=held.is_not_null(),
        version_code=pl.col("tail").str.extract(r"versionCode:([0-9]{1,18})\b").cast(pl.Int64),
    )  # fmt: skip


def _table(found: pl.DataFrame) -> pl.DataFrame:
    installer, _ = naming.canonical(found["installer"], "package")
    return installed.completed(
        found.with_columns(
            phone=pl.lit(0, pl.UInt32), app="package", installer=installer, locator=pl.format("line {}", "number")
        )
    )


def _phone(properties: pl.DataFrame, stated: str | None, limits: Limits) -> tuple[pl.DataFrame, list[Reject | Note]]:
    """Return the phone as its properties, or failing these estate.yaml, have it."""
    said = dict(properties.unique("key", keep="first", maintain_order=True).rows())
    makers = [said[key] for key in _MAKERS if key in said]
    notes: list[Reject | Note] = []
    own, odd = naming.canonical(pl.Series("maker", makers, dtype=pl.String), "vendor")
    if odd.any():
        notes += naming.refused(pl.Series(["the phone's properties"]), "a maker's name that is none", limits)
    maker, basis = own.drop_nulls().first(), "observed"
    if maker is None and stated is not None:
        maker, basis = naming.canonical(pl.Series("maker", [stated]), "vendor")[0][0], "declared"
        notes.append(Note(f"maker is {stated}, as estate.yaml says"))
    models = [said[key].strip() for key in _MODELS if said.get(key, "").strip()]
    model = naming.shown(pl.Series("model", models[:1], dtype=pl.String)).first()
    row = (0, maker, model, basis, "the phone's properties" if own.count() else "file", None)
    return pl.DataFrame([row], schema=installed.PHONES, orient="row"), notes
