"""An app of a catalogue and the file of its package: which are one, and what is then said of it; all by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from crossline import estate, jail
from crossline.links import Reading
from crossline.links.app_packages import CONTRADICTS, join
from miniature import batch

if TYPE_CHECKING:
    from crossline.tables import Batch

SUM, OTHER = "ab" * 32, "cd" * 32
MINE, THEIRS = f"signer:{'1' * 64}", f"signer:{'2' * 64}"
LIBRARY = ("library:Some Ads", {"basis": "observed", "locator": "classes.dex class a/B", "seq": 2})
OFFERED = [
    (None, "publisher", "all", None), (None, "signer", "all", None), (None, "distributor", "all", None),
    (None, "embeds", "none", "the catalogue does not say"), (None, "contacts", "none", "it does not say"),
]  # fmt: skip
READ = [
    (0, "publisher", "some", "a package does not say"), (0, "signer", "all", None),
    (0, "embeds", "some", "not all are known"), (0, "contacts", "none", "its code is packed"),
    (0, "distributor", "none", "a package does not say"),
]  # fmt: skip


def offered(name: str = "app:fdroid:repo/a.b", *, stated: str | None = SUM, **columns: Any) -> Batch:
    """Return an app as an index has it: an author, a signer, a store."""
    said = {"package": "a.b", "version_code": 7, "offered_in": ["US"], "permissions": ["x"]} | columns
    roles = {
        "publisher": [("package:a.b", {"basis": "inferred"}), ("domain:acme.com", {"basis": "declared", "seq": 1})],
        "signer": [(MINE, {"basis": "declared", "seq": 2})],
        "distributor": [("domain:store.org", {"basis": "declared", "seq": 3})],
    }
    return summed(batch("app", {name: roles | said}, OFFERED), stated)


def file(name: str = "app:package:a.b", *, stated: str | None = SUM, **columns: Any) -> Batch:
    """Return an app as its package has it: its own id, a signer, a library."""
    said = {"package": "a.b", "version_code": 7, "permissions": ["x", "y"], "defined_classes": 9} | columns
    roles = {
        "publisher": [("package:a.b", {"basis": "inferred", "locator": "AndroidManifest.xml"})],
        "signer": [(MINE, {"basis": "observed", "locator": "signature", "seq": 1})],
        "embeds": [LIBRARY],
        "contacts": [("domain:ads.net", {"basis": "inferred", "seq": 3})],
    }
    return summed(batch("app", {name: roles | said}, READ), stated)


def summed(made: Batch, stated: str | None) -> Batch:
    """Return a batch with the sum of each app's file."""
    return replace(made, assets=made.assets.with_columns(pl.lit(stated, pl.String).alias("apk_sha256")))


def joined(*pairs: tuple[str, Batch]) -> Reading:
    """Join batches; what comes has the shape that a reader's must have, and makes an estate."""
    found = join(Reading(pairs))
    for _, one in found.batches:
        assert jail.fault(one) is None
    estate.assemble(found.batches, date(2026, 7, 1))
    return found


def assets(read: Reading) -> list[str]:
    """Return the ids of all assets."""
    return [name for _, one in read.batches for name in one.assets["asset"]]


def ties(one: Batch, bundle: int = 0) -> list[tuple[str, str, str | None, str | None]]:
    """Return role, identifier, basis and place of an asset's ties, in their order."""
    named = one.ties.join(one.identifiers.with_row_index("identifier"), on="identifier").sort("bundle", "seq")
    rows = named.filter(pl.col("bundle") == bundle)
    return list(rows.select("role", pl.format("{}:{}", "type", "value"), "basis", "locator").iter_rows())


def extents(one: Batch) -> dict[str, tuple[str, str | None]]:
    """Return how much was seen of each role, and why not all."""
    return {role: (extent, reason) for _, role, extent, reason in one.extents.iter_rows()}


def test_the_same_sum() -> None:
    """Where the catalogue states the file's sum, the two are one: the catalogue's app, with each tie of both once."""
    read = joined(("index.json", offered()), ("d/a.apk", file()))
    assert assets(read) == ["app:fdroid:repo/a.b"]
    ((where, one),) = read.batches
    assert where == "index.json"
    # What the file shows stands for what the catalogue declares; whose place it is, its name says.
    assert ties(one) == [
        ("publisher", "domain:acme.com", "declared", None),
        ("distributor", "domain:store.org", "declared", None),
        ("publisher", "package:a.b", "inferred", "a.apk: AndroidManifest.xml"),
        ("signer", MINE, "observed", "a.apk: signature"),
        ("embeds", "library:Some Ads", "observed", "a.apk: classes.dex class a/B"),
        ("contacts", "domain:ads.net", "inferred", "a.apk: the package"),
    ]
    (note,) = read.notes
    assert note.startswith("1 app of catalogues joined with the file of the package, by the SHA-256")


def test_the_better_extent() -> None:
    """Of each role the larger of both extents holds, with its reason; of code and hosts the package's, if equal."""
    ((_, one),) = joined(("index.json", offered()), ("a.apk", file())).batches
    assert extents(one) == {
        "publisher": ("all", None), "signer": ("all", None), "embeds": ("some", "not all are known"),
        "contacts": ("none", "its code is packed"), "distributor": ("all", None),
    }  # fmt: skip


def test_columns_of_both() -> None:
    """What only one says is kept; of permissions the package's word holds, of the rest the catalogue's."""
    ((_, one),) = joined(("index.json", offered(version="1")), ("a.apk", file(version="2", min_sdk=21))).batches
    row = one.assets.row(0, named=True)
    assert (row["offered_in"], row["permissions"], row["defined_classes"]) == (["US"], ["x", "y"], 9)
    assert (row["version"], row["min_sdk"], row["observed_at"]) == ("1", 21, date(2026, 7, 1))


def test_the_same_id_and_version_code() -> None:
    """Where the catalogue states no sum, id and version code decide, and the note says which it was."""
    read = joined(("metadata", offered(stated=None)), ("a.apk", file()))
    assert assets(read) == ["app:fdroid:repo/a.b"]
    assert "by id and version code" in read.notes[0]


@pytest.mark.parametrize(
    "columns", [{"version_code": 8}, {"version_code": None}, {"package": "a.c"}, {"package": None}]
)
def test_another_version(columns: dict[str, Any]) -> None:
    """Another version, another id, or none stated at all: two apps, without a note."""
    read = joined(("metadata", offered(stated=None, **columns)), ("a.apk", file(**columns | {"version_code": 7})))
    expected = {"app:fdroid:repo/a.b"} if columns == {"package": "a.c"} else {"app:fdroid:repo/a.b", "app:package:a.b"}
    assert set(assets(read)) == expected
    assert len(read.notes) == (columns == {"package": "a.c"})


def test_another_sum() -> None:
    """Where the catalogue states another sum for that version, the file is not its: a note, and two apps."""
    read = joined(("index.json", offered(stated=OTHER)), ("a.apk", file()))
    assert sorted(assets(read)) == ["app:fdroid:repo/a.b", "app:package:a.b"]
    (note,) = read.notes
    assert note == "app:fdroid:repo/a.b not joined with a.apk: the catalogue states another SHA-256 for that version"


def signed_otherwise(made: Batch) -> Batch:
    """Return a batch with another signer."""
    return replace(made, identifiers=made.identifiers.with_columns(value=pl.col("value").replace("1" * 64, "2" * 64)))


def test_the_sum_under_another_id() -> None:
    """A catalogue that states a file's public sum for an app of another id says nothing of the file: a note."""
    index = offered("app:fdroid:repo/c.d", package="c.d", version_code=1)
    alone = joined(("a.apk", file()))
    read = joined(("index.json", index), ("a.apk", file()))
    assert sorted(assets(read)) == ["app:fdroid:repo/c.d", "app:package:a.b"]
    (one,) = [part for where, part in read.batches if where == "a.apk"]
    assert ties(one) == ties(alone.batches[0][1])
    assert extents(one) == extents(alone.batches[0][1])
    assert read.notes == (
        "app:fdroid:repo/c.d not joined with a.apk: the catalogue states its SHA-256 under another id",
    )


def test_a_file_whose_id_cannot_be_read_is_told_by_its_sum() -> None:
    """No id contradicts none: the sum alone decides."""
    assert assets(joined(("index.json", offered()), ("a.apk", file(package=None)))) == ["app:fdroid:repo/a.b"]


@pytest.mark.parametrize(
    ("index", "said", "publisher"),
    [
        (signed_otherwise(offered()), ["other signers"], ("some", CONTRADICTS)),
        (offered(version_code=99), ["another version code"], ("all", None)),  # the signer agrees
        (signed_otherwise(offered(version_code=99)), ["another version code", "other signers"], ("some", CONTRADICTS)),
    ],
)
def test_the_sum_with_what_contradicts_the_file(index: Batch, said: list[str], publisher: tuple[str, str]) -> None:
    """By the sum the two are one, but what does not fit is told; who publishes it is not settled by other signers."""
    read = joined(("index.json", index), ("a.apk", file()))
    ((_, one),) = read.batches
    assert extents(one)["publisher"] == publisher
    assert list(read.notes[1:]) == [
        f"app:fdroid:repo/a.b joined with a.apk: by its SHA-256, but the catalogue {verb} {what}"
        for what in said
        for verb in ["names" if what == "other signers" else "states"]
    ]


def test_other_signers() -> None:
    """Id and version code do not make one of what two keys signed."""
    other = signed_otherwise(file(stated=OTHER))
    read = joined(("metadata", offered(stated=None)), ("a.apk", other))
    assert len(assets(read)) == 2
    assert read.notes == ("app:fdroid:repo/a.b not joined with a.apk: both name signers, and none in common",)


def test_two_files_that_fit() -> None:
    """Two different files of one id and version fit equally well, and neither is taken; two copies of one are one."""
    read = joined(("metadata", offered(stated=None)), ("a.apk", file()), ("b.apk", file(stated=OTHER)))
    assert (len(assets(read)), len(read.notes)) == (3, 1)
    assert "two different files" in read.notes[0]
    assert assets(joined(("metadata", offered(stated=None)), ("a.apk", file()), ("b.apk", file()))) == [
        "app:fdroid:repo/a.b"
    ]


def test_a_sum_before_a_version() -> None:
    """The sum decides where it is stated, however many files have the id and the version."""
    read = joined(("index.json", offered()), ("a.apk", file(stated=OTHER)), ("b.apk", file()))
    assert sorted(assets(read)) == ["app:fdroid:repo/a.b", "app:package:a.b"]
    (one,) = [part for where, part in read.batches if where == "index.json"]
    assert ties(one)[-1][3] == "b.apk: the package"


def test_two_catalogues() -> None:
    """Each catalogue that offers a package has what was read in it."""
    read = joined(("a.json", offered("app:fdroid:a/a.b")), ("b.json", offered("app:fdroid:b/a.b")), ("a.apk", file()))
    assert assets(read) == ["app:fdroid:a/a.b", "app:fdroid:b/a.b"]
    assert all(len(ties(one)) == 6 for _, one in read.batches)


def test_others_in_the_same_catalogue() -> None:
    """An app beside the joined one stays as it was, also where both have the same ties."""
    both = batch("app", {
        "app:csv:1": {"package": "a.b", "version_code": 7, "publisher": ["domain:acme.com"], "bundle": 0},
        "app:csv:2": {"package": "c.d", "version_code": 7, "bundle": 0},
    })  # fmt: skip
    read = joined(("store.csv", both), ("a.apk", file()))
    (first, one), (second, rest) = read.batches
    assert (first, second) == ("store.csv", "store.csv")
    assert (one.assets["asset"].to_list(), rest.assets["asset"].to_list()) == (["app:csv:1"], ["app:csv:2"])
    assert [value for _, value, _, _ in ties(rest)] == ["domain:acme.com"]
    assert ("publisher", "domain:acme.com") in [(role, value) for role, value, _, _ in ties(one)]


@pytest.mark.parametrize("name", ["app:phone:a.b", "app:ipa:a.b"])
def test_what_is_no_catalogues(name: str) -> None:
    """An app that a phone reported, and one of Apple's with the same id, is not joined with a file."""
    read = joined(("other", offered(name, stated=None)), ("a.apk", file()))
    assert len(assets(read)) == 2


@pytest.mark.parametrize("only", [offered(), file()])
def test_nothing_to_join(only: Batch) -> None:
    """Catalogues alone, and files alone, are left as they are."""
    read = Reading((("x", only),))
    assert join(read) is read
