"""F-Droid's indexes and metadata say what their own words say, and nothing of a person."""

from __future__ import annotations

import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import fdroid_samples as samples
import polars as pl
import pytest
from click.testing import CliRunner

from crossline import gather, jail, readers
from crossline.cli import main
from crossline.readers import claimant, fdroid
from crossline.readers.fdroid import authors
from crossline.readers.table import vocabulary
from crossline.tables import Batch, Limits, Note, Reject

REPOSITORY = "fdroid:apps.meadow.coop/repo/"


def read(path: Path, limits: Limits | None = None) -> tuple[pl.DataFrame, Batch, list[Reject], list[str]]:
    """Read a file that holds apps, hold the batch to the contract, and sort what came."""
    items = list(fdroid.read(path, limits or Limits()))
    (batch,) = [item for item in items if isinstance(item, Batch)]
    assert jail.fault(batch) is None
    rejects = [item for item in items if isinstance(item, Reject)]
    return batch.assets, batch, rejects, [item.text for item in items if isinstance(item, Note)]


def row(assets: pl.DataFrame, package: str) -> dict[str, Any]:
    """Return an app by its id."""
    return assets.row(by_predicate=pl.col("package") == package, named=True)


def ties(batch: Batch, package: str) -> list[tuple[str, str, str]]:
    """Return role, identifier and basis of an app's ties."""
    told = batch.ties.filter(pl.col("bundle") == row(batch.assets, package)["bundle"]).sort("seq")
    named = batch.identifiers.with_row_index("identifier").with_columns(whole=pl.format("{}:{}", "type", "value"))
    return told.join(named, on="identifier", maintain_order="left").select("role", "whole", "basis").rows()


def extent(batch: Batch, package: str, role: str) -> tuple[str, str | None]:
    """Return how much of a role was seen, the app's own row before the general one, and why."""
    rows = batch.extents.filter(pl.col("role") == role)
    own = rows.filter(pl.col("bundle") == row(batch.assets, package)["bundle"])
    found = (own if own.height else rows.filter(pl.col("bundle").is_null())).row(0, named=True)
    return found["extent"], found["reason"]


def put(folder: Path, document: object, name: str = "index-v2.json") -> Path:
    """Write a document as JSON and return its path."""
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(("document", "prefix"), [(samples.INDEX_2, "packages."), (samples.INDEX_1, "apps[")])
def test_both_versions_of_an_index_say_the_same(tmp_path: Path, document: dict[str, Any], prefix: str) -> None:
    """What stands in the samples, by hand: the suggested version alone, its permissions, signer and author."""
    path = put(tmp_path, document, "anything.json")
    assert claimant(path) == "fdroid"
    assets, batch, rejects, _ = read(path)
    assert rejects == []
    assert assets["asset"].to_list() == [f"app:{REPOSITORY}{name}" for name in samples.IDS]
    one = row(assets, "coop.meadow.notes")
    assert one["locator"].startswith(prefix)
    assert {key: one[key] for key in samples.NOTES} == samples.NOTES
    assert assets["observed_at"].to_list() == [date(2024, 2, 29)] * 2
    assert ties(batch, "coop.meadow.notes") == [
        ("publisher", "package:coop.meadow.notes", "inferred"),
        ("publisher", "domain:meadow.coop", "declared"),
        ("publisher", "vendor:meadow software gmbh", "declared"),
        ("signer", f"signer:{'a1' * 32}", "declared"),
        ("distributor", "domain:apps.meadow.coop", "declared"),
    ]
    assert extent(batch, "coop.meadow.notes", "publisher") == ("all", None)
    assert extent(batch, "coop.meadow.notes", "signer") == ("all", None)
    assert extent(batch, "coop.meadow.notes", "embeds")[0] == "none"
    assert extent(batch, "coop.meadow.notes", "contacts")[0] == "none"


@pytest.mark.parametrize("document", [samples.INDEX_2, samples.INDEX_1])
def test_an_app_of_a_person_names_nobody(tmp_path: Path, document: dict[str, Any]) -> None:
    """Neither name, nor address, nor web site of a person leaves the reader; the publisher is seen in part."""
    _, batch, _, _ = read(put(tmp_path, document))
    assert ties(batch, "org.example2.tool")[0] == ("publisher", "package:org.example2.tool", "inferred")
    assert [role for role, _, _ in ties(batch, "org.example2.tool")] == ["publisher", "distributor"]
    assert extent(batch, "org.example2.tool", "publisher")[0] == "some"
    assert extent(batch, "org.example2.tool", "signer") == (
        "none",
        "the index names no certificate that it was signed with",
    )
    every = "".join(frame.write_json() for frame in (batch.assets, batch.identifiers, batch.ties, batch.extents))
    for word in ("Erika", "Mustermann", "erika", "mustermann", "@"):
        assert word not in every


def test_a_client_takes_no_beta_and_no_other_signer(tmp_path: Path) -> None:
    """Of index version 2 the highest code outside release channels and of the preferred signer is suggested."""
    document = samples.copied(samples.INDEX_2)
    held = document["packages"]["coop.meadow.notes"]["versions"]
    held["f" * 64] = samples.version_2(99, "9.9-beta", releaseChannels=["Beta"])
    held["e" * 64] = samples.version_2(98, "9.8-other", signer="b2" * 32)
    assets, _, _, notes = read(put(tmp_path, document))
    assert row(assets, "coop.meadow.notes")["version"] == "2.1"
    assert row(assets, "coop.meadow.notes")["versions"] == 4
    assert any(note.startswith("3 versions besides") for note in notes)


def test_version_1_names_what_it_suggests(tmp_path: Path) -> None:
    """Index version 1 suggests by code, even where a higher one stands there; packages may come before apps."""
    document = samples.copied(samples.INDEX_1)
    document["packages"]["coop.meadow.notes"].append(samples.version_1(99, "9.9"))
    turned = {"repo": document["repo"], "packages": document["packages"], "apps": document["apps"]}
    for one in (document, turned):
        assets, _, _, _ = read(put(tmp_path, one))
        assert row(assets, "coop.meadow.notes")["version_code"] == 21


def test_a_signed_archive_is_read_as_the_index_in_it(tmp_path: Path) -> None:
    """index-v1.jar gives what index-v1.json gives; entry.jar holds no app; others are not claimed."""
    plain, _, _, _ = read(put(tmp_path, samples.INDEX_1))
    jar = tmp_path / "index-v1.jar"
    with zipfile.ZipFile(jar, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n\r\n")
        archive.writestr("index-v1.json", json.dumps(samples.INDEX_1))
    assert claimant(jar) == "fdroid"
    assert read(jar)[0].equals(plain)
    entry = tmp_path / "entry.jar"
    with zipfile.ZipFile(entry, "w") as archive:
        archive.writestr("entry.json", json.dumps({"timestamp": 1, "version": 20002, "index": {}}))
    assert claimant(entry) == "fdroid"
    (item,) = fdroid.read(entry, Limits())
    assert isinstance(item, Note)
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("docs/index-v1.json", "{}")
    assert not fdroid.claim(other, other.read_bytes())


def test_a_repository_on_a_host_of_many_names_no_distributor(tmp_path: Path) -> None:
    """Pages of a forge are run by whoever has the account, not by the forge: who distributes is not known."""
    document = samples.copied(samples.INDEX_2)
    document["repo"]["address"] = "https://meadow.github.io/fdroid/repo"
    _, batch, _, _ = read(put(tmp_path, document))
    assert extent(batch, "coop.meadow.notes", "distributor")[0] == "none"
    assert "distributor" not in {role for role, _, _ in ties(batch, "coop.meadow.notes")}


def test_metadata_says_what_stands_in_it(tmp_path: Path) -> None:
    """By hand: values as they are written (1.10 is no number), the current build's marks, keys that may sign."""
    (tmp_path / "coop.meadow.Notes.yml").write_text(samples.METADATA, encoding="utf-8")
    path = tmp_path / "coop.meadow.Notes.yml"
    assert claimant(path) == "fdroid"
    assets, batch, rejects, _ = read(path)
    assert rejects == []
    one = row(assets, "coop.meadow.notes")
    assert one["asset"] == "app:fdroid-metadata:coop.meadow.Notes"
    assert {key: one[key] for key in samples.OF_METADATA} == samples.OF_METADATA
    assert ties(batch, "coop.meadow.notes") == [
        ("publisher", "package:coop.meadow.notes", "inferred"),
        ("publisher", "domain:meadow.coop", "declared"),
        ("publisher", "vendor:meadow software gmbh", "declared"),
        ("signer", f"signer:{'a1' * 32}", "declared"),
    ]
    assert extent(batch, "coop.meadow.notes", "signer")[0] == "some"
    assert extent(batch, "coop.meadow.notes", "distributor")[0] == "none"


def test_a_folder_of_metadata_is_read_as_one(tmp_path: Path) -> None:
    """Files of metadata are one entry of the coverage; what else lies beside them is read file by file."""
    folder = tmp_path / "metadata"
    folder.mkdir()
    for number in range(5):
        (folder / f"coop.meadow.app{number}.yml").write_text(samples.METADATA, encoding="utf-8")
    (folder / "docker.compose.yml").write_text("services: {}\n")
    (folder / "app.csv").write_text("asset,name,offered_in\na,b,US\n")
    (folder / "link.to.yml").symlink_to(folder / "coop.meadow.app0.yml")
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "coop.meadow.app9.yml").write_text(samples.METADATA, encoding="utf-8")
    found = readers.gathered(list(gather.files(tmp_path)))
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "metadata/app.csv",
        "metadata",
        "metadata/docker.compose.yml",
        "metadata/link.to.yml",
        "one/coop.meadow.app9.yml",
    ]
    estate, _ = gather.gather([folder], date(2024, 1, 1))
    covered = {item.path: (item.reader, item.rows) for item in estate.coverage}
    assert covered[str(folder)] == ("fdroid", 5)
    assert covered[str(folder / "app.csv")] == ("table", 1)
    assert covered[str(folder / "docker.compose.yml")] == (None, 0)
    again, _ = gather.gather([folder, folder / "coop.meadow.app0.yml"], date(2024, 1, 1))
    assert again.holdings["app"].assets["asset"].to_list() == estate.holdings["app"].assets["asset"].to_list()


def test_estate_yaml_says_where_a_folder_is_offered(tmp_path: Path) -> None:
    """What metadata cannot say is said of its folder."""
    folder = tmp_path / "metadata"
    folder.mkdir()
    for number in range(2):
        (folder / f"coop.meadow.app{number}.yml").write_text(samples.METADATA, encoding="utf-8")
    (tmp_path / "estate.yaml").write_text("files: [{path: metadata, columns: {offered_in: [US]}}]\n")
    estate, _ = gather.gather([tmp_path], date(2024, 1, 1))
    assert estate.holdings["app"].assets["offered_in"].to_list() == [["US"], ["US"]]
    assert not [note for item in estate.coverage for note in item.notes if "matches no file" in note]


def test_disabled_apps_are_counted(tmp_path: Path) -> None:
    """An app that the catalogue has taken out is no asset, and a note counts it."""
    path = tmp_path / "coop.meadow.notes.yml"
    path.write_text(samples.METADATA + "Disabled: no longer built\n", encoding="utf-8")
    (item,) = fdroid.read(path, Limits())
    assert isinstance(item, Note)
    assert item.text.startswith("1 apps are disabled")


@pytest.mark.parametrize(
    ("url", "author", "expected"),
    [
        ("https://www.nextcloud.com/", "Nextcloud", "nextcloud.com"),
        ("HTTPS://Nextcloud.com:443/about", "Nextcloud GmbH", "nextcloud.com"),
        ("meadow.coop", None, "meadow.coop"),
        ("https://guardianproject.info", "Guardian Project", "guardianproject.info"),
        ("https://bücher.example2.org", None, "xn--bcher-kva.example2.org"),
        ("https://github.com/meadow", "Meadow", None),
        ("https://meadow.github.io", "Meadow", None),
        ("https://uni-town.edu/~meadow", "Meadow", None),
        ("https://chaos.social/@meadow", "Meadow", None),
        ("https://mustermann.de", "Erika Mustermann", None),
        ("https://apps.de", "Erika von der Muster", None),
        ("erika@mustermann.de", "Erika", None),
        ("192.0.2.7", None, None),
        ("https://[2001:db8::1]/", None, None),
        ("not an address", None, None),
        ("", None, None),
        ("https://" + "a." * 1200 + "de", None, None),
    ],
)
def test_web_sites_of_organisations_are_kept(url: str, author: str | None, expected: str | None) -> None:
    """A host is kept where it is the author's own, and the author is not named as a person may be."""
    assert authors.own_domain(url, author)[0] == expected


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("Nextcloud GmbH", True),
        ("Tencent Technology (Shenzhen) Co., Ltd.", True),
        ("Hydrologis S.r.l.", True),
        ("Digitalcourage e.V.", True),
        ("Wikimedia Foundation", True),
        ("Varengold Bank AG", True),
        ("\u6df1\u5733\u5e02\u817e\u8baf\u8ba1\u7b97\u673a\u7cfb\u7edf\u6709\u9650\u516c\u53f8", True),
        ("Erika Mustermann", False),
        ("Ag Nes", False),
        ("meadow", False),
        ("", False),
    ],
)
def test_names_are_kept_by_their_legal_form(name: str, legal: bool) -> None:
    """A company's legal form tells it from a person; names without one are not kept."""
    assert authors.is_organisation(name) == legal


def test_what_a_person_sees_holds_no_control_characters(tmp_path: Path) -> None:
    """Names made to repaint a terminal or to be a page's markup are shown as text, and the table stays a table."""
    document = samples.copied(samples.INDEX_2)
    document["packages"]["coop.meadow.notes"]["metadata"]["name"] = {"en-US": "\x1b[2J<script>\u202e=cmd()\n"}
    document["packages"]["coop.meadow.notes"]["metadata"]["categories"] = ["\ud800", "\x1b]0;x\x07"]
    path = put(tmp_path, document)
    shown = CliRunner().invoke(main, ["read", str(path)])
    assert shown.exit_code == 0
    assert "\x1b" not in shown.output
    assert "\u202e" not in shown.output
    assert "\\x1b[2J<script>" in shown.output
    (batch,) = [item for item in fdroid.read(path, Limits()) if isinstance(item, Batch)]
    (row,) = batch.assets.filter(package="coop.meadow.notes").to_dicts()
    assert row["name"] == "\\x1b[2J<script>\\u202e=cmd()"  # as every report has it
    assert row["categories"] == ["\ufffd", "\\x1b]0;x\\x07"]


def test_the_page_on_store_exports_shows_a_table_that_is_read(tmp_path: Path) -> None:
    """The page's example gives three apps without a reject; who publishes the last is seen in part, as it says."""
    page = (Path(__file__).parents[2] / "docs" / "readers" / "store-exports.md").read_text(encoding="utf-8")
    example = page.partition("<!-- example: begin")[2].partition("```\n")[2].partition("```")[0]
    path = tmp_path / "app.csv"
    path.write_text(example, encoding="utf-8")
    assert claimant(path) == "table"
    items = list(readers.load("table").read(path, Limits()))
    (batch,) = items
    assert isinstance(batch, Batch)
    assert batch.assets["offered_in"].to_list() == [["US", "DE", "CN"], ["US", "DE"], None]
    assert batch.assets["monthly_users"].to_list() == [120_000, None, None]
    last = batch.extents.filter((pl.col("role") == "publisher") & (pl.col("bundle") == batch.assets["bundle"][2]))
    assert last["extent"].to_list() == ["some"]
    shown = re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\|([^|]+)\|", page, re.MULTILINE)))
    assert len(shown) > 10
    assert set(shown) <= {*vocabulary.GENERAL, *vocabulary.own_columns("app")}
