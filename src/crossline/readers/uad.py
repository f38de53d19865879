"""The list of pre-installed packages of Universal Android Debloater (``uad_lists.json``), JSON.

An object of package names, each with ``list`` (Oem, Carrier, Google, Misc, Aosp), ``description``, ``removal``; older
editions are an array with ``id``. It is a crowd's list of what comes with phones. Whose phones it is says only where a
description does ("pre-installed on Xiaomi devices"), or, of the list Oem, where the package lies in a maker's own
name space (``com.samsung…``): both are inferences, and others may put the same app on theirs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from crossline.phones import documents, naming
from crossline.tables import EXTENT, EXTENTS, TIE, Batch, Note, Reject, encode_ties

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crossline.tables import Limits

ABOUT = "packages that come with Android phones, as Universal Android Debloater lists them (uad_lists.json)"
LIMITS = (
    "The list does not say who puts a package on which phones: a maker is inferred, and else is unknown.",
    "A maker is inferred from a package's name space, or from its description's own words, and from nothing else.",
    "An app of a name space that a maker gave away or shares is taken for that maker's.",
    "It has no date: observed_at is the day of the question, unless estate.yaml says it.",
    "A file of more than 128 MiB is not read.",
)
JAILED = True  # a parser of whole documents, whose memory only a child process can bound

_MEMBERS: Final = (b'"removal"', b'"list"', b'"description"', b'"neededBy"')
_LISTS: Final = {
    "oem": "the list says that some maker puts it on its phones, and not which",
    "carrier": "the list says that some carrier puts it on its phones, and not which",
    "google": "the list says that it is Google's, and not which makers put it on their phones",
    "aosp": "the list says that it is part of Android, and not which makers put it on their phones",
    "misc": "the list does not say who puts it on which phones",
    "pending": "the list does not say who puts it on which phones",
}
_UNLISTED: Final = "the entry names no list, and so does not say who puts it on which phones"
_OTHERS: Final = "the maker is inferred, and others may put it on their phones as well"
# Name spaces of makers: the first labels of a package, and the maker by the name that its phones state.
SPACES: Final = {
    "cn.nubia": "nubia", "cn.oneplus": "oneplus", "com.asus": "asus", "com.bbk": "vivo", "com.blackview": "blackview",
    "com.coloros": "oppo", "com.fairphone": "fairphone", "com.flyme": "meizu", "com.hihonor": "honor",
    "com.hisense": "hisense", "com.hmdglobal": "hmd global", "com.htc": "htc", "com.huawei": "huawei",
    "com.infinix": "infinix", "com.iqoo": "vivo", "com.lenovo": "lenovo", "com.lge": "lge", "com.meizu": "meizu",
    "com.miui": "xiaomi", "com.motorola": "motorola", "com.nothing": "nothing", "com.oneplus": "oneplus",
    "com.onyx": "onyx", "com.oppo": "oppo", "com.realme": "realme", "com.samsung": "samsung", "com.sec": "samsung",
    "com.sonyericsson": "sony", "com.sonymobile": "sony", "com.tcl": "tcl", "com.tct": "tcl", "com.vivo": "vivo",
    "com.xiaomi": "xiaomi", "com.zte": "zte", "com.zui": "lenovo", "net.oneplus": "oneplus",
}  # fmt: skip
# Makers that descriptions name after "pre-installed on".
WORDS: Final = (
    "asus", "blackview", "fairphone", "hisense", "honor", "htc", "huawei", "infinix", "lenovo", "meizu", "motorola",
    "nokia", "nothing", "nubia", "oneplus", "oppo", "realme", "samsung", "sony", "tcl", "tecno", "vivo", "xiaomi",
    "zte",
)  # fmt: skip
_PUT_ON: Final = (
    r"(?i)\bpre-?\s?(?:installed|loaded)(?: by default)? on (?:(?:some|most|many|all|old|older|new|newer|certain) )*"
    rf"({'|'.join(WORDS)})\b"
)
_PLATFORM_ITSELF: Final = "android"  # the framework, which is no app


def claim(path: Path, head: bytes) -> bool:  # noqa: ARG001 - known by its members
    """Return whether it is JSON whose first entries have the members of this list."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return start[:1] in {b"{", b"["} and all(member in start for member in _MEMBERS)


def read(path: Path, limits: Limits) -> Iterator[Batch | Reject | Note]:
    """Yield an offering for each package and maker that is inferred, or for the package alone where none is."""
    found = documents.document(path, limits)
    if isinstance(found, Reject):
        yield found
        return
    entries, others = _entries(found)
    if others:
        yield Reject("file", "an entry that is no object with a package", others)
    names = documents.column("raw", [name for name, _ in entries])
    package, odd = naming.canonical(names, "package")
    itself = names == _PLATFORM_ITSELF
    yield from naming.refused(naming.shown(names.filter(odd & ~itself)).fill_null("?"), "no name of a package", limits)
    objects = [item for _, item in entries]
    frame = pl.DataFrame(
        {
            "package": package,
            "list": documents.texts(objects, "list").str.strip_chars().str.to_lowercase(),
            "description": documents.texts(objects, "description"),
            "locator": naming.shown(names),
        }
    )
    frame = frame.drop_nulls("package").unique("package", keep="first", maintain_order=True).head(limits.rows)
    if not frame.height:
        yield Note("there is no package in it")
        return
    yield Note("a crowd's list of what comes with phones: claims, and no phone was looked at")
    yield _offerings(_told(frame))


def _entries(found: object) -> tuple[list[tuple[str, dict[str, Any]]], int]:
    """Return package and object of each entry, and how many entries are neither."""
    if isinstance(found, dict):
        held = [(name, item) for name, item in found.items() if isinstance(item, dict)]
        return held, len(found) - len(held)
    listed = found if isinstance(found, list) else []
    held = [(item["id"], item) for item in listed if isinstance(item, dict) and isinstance(item.get("id"), str)]
    return held, (len(listed) - len(held)) if isinstance(found, list) else 1


def _told(frame: pl.DataFrame) -> pl.DataFrame:
    """Return package, list, locator and maker, a row for each maker; maker is null where none can be inferred."""
    space = pl.col("package").str.extract(r"^([^.]+\.[^.]+)").replace_strict(SPACES, default=None)
    own = pl.when(pl.col("list") == "oem").then(space)
    said = pl.col("description").str.extract(_PUT_ON).str.to_lowercase()
    both = frame.with_columns(own=own, said=said)
    # Whoever the description names is told beside the maker of the name space, where that is another.
    second = both.filter(pl.col("own").is_not_null() & pl.col("said").is_not_null() & (pl.col("own") != pl.col("said")))
    rows = pl.concat([both.with_columns(maker=pl.coalesce("own", "said")), second.with_columns(maker="said")])
    return rows.drop("description", "own", "said")


def _offerings(told: pl.DataFrame) -> Batch:
    frame = told.with_row_index("bundle")
    both = pl.lit("inferred")
    publishers = frame.select(
        "bundle", "locator", basis=both, role=pl.lit("publisher"), type=pl.lit("package"), value="package", seq=0
    )
    distributors = frame.drop_nulls("maker").select(
        "bundle", "locator", basis=both, role=pl.lit("distributor"), type=pl.lit("vendor"), value="maker", seq=1
    )
    identifiers, ties = encode_ties(pl.concat([publishers, distributors]).sort("bundle", "seq", maintain_order=True))
    columns = ("bundle", "role", "identifier", "seq", "basis", "locator")
    known = pl.col("maker").is_not_null()
    extents = pl.concat([
        frame.select(
            "bundle", role=pl.lit("publisher"), extent=pl.lit("all").cast(EXTENT), reason=pl.lit(None, pl.String)
        ),
        frame.select(
            "bundle", role=pl.lit("distributor"),
            extent=pl.when(known).then(pl.lit("some")).otherwise(pl.lit("none")).cast(EXTENT),
            reason=pl.when(known).then(pl.lit(_OTHERS)).otherwise(
                pl.col("list").replace_strict(_LISTS, default=_UNLISTED)
            ),
        ),
    ])  # fmt: skip
    at = pl.coalesce("maker", pl.format("uad-{}", pl.col("list").fill_null("unlisted")))
    whose = pl.coalesce("maker", pl.lit("an unnamed maker"))
    assets = frame.select(
        pl.format("offering:{}@pre-install:{}", "package", at).alias("asset"),
        pl.format("{} on phones of {}", "package", whose).alias("name"),
        pl.lit(None, pl.Date).alias("observed_at"), "locator", "bundle", pl.lit("pre-install").alias("channel"),
    )  # fmt: skip
    return Batch(
        "offering", assets, identifiers, ties.select(pl.col(name).cast(TIE[name]) for name in columns),
        extents.cast(EXTENTS),
    )  # fmt: skip
