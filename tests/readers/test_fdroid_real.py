"""F-Droid's own catalogue and three repositories' indexes, against PyYAML and a naive walk over whole documents."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from crossline.readers import claimant, fdroid
from crossline.tables import Batch, Limits, Note
from crossline.text import visible

APPS = Path(__file__).parents[3] / "shared" / "data" / "apps"
CATALOGUE = APPS / "fdroiddata-metadata.tar.xz"
NEED = "needs ../shared/data/apps"


def the_batch(path: Path) -> Batch:
    """Read a file whole, without rejects."""
    items = list(fdroid.read(path, Limits()))
    assert [item for item in items if not isinstance(item, (Batch, Note))] == []
    (batch,) = [item for item in items if isinstance(item, Batch)]
    return batch


def signers_of(batch: Batch) -> dict[int, set[str]]:
    """Return the fingerprints of each bundle."""
    named = batch.ties.filter(pl.col("role") == "signer").join(
        batch.identifiers.with_row_index("identifier"), on="identifier"
    )
    return {int(bundle[0]): set(rows["value"]) for bundle, rows in named.group_by("bundle")}


def listed(value: Any) -> list[str]:
    """Return the words of a list, of an object's keys, or one word."""
    if isinstance(value, list):
        return [word for item in value for word in (item if isinstance(item, dict) else [item])]
    return list(value) if isinstance(value, dict) else [value] if value else []


@pytest.mark.skipif(not CATALOGUE.is_file(), reason=NEED)
def test_the_catalogue_against_pyyaml(tmp_path: Path) -> None:
    """Each key of 6,535 files is what PyYAML reads of the whole file, in texts; none is a reject."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    expected: dict[str, dict[str, Any]] = {}
    with tarfile.open(CATALOGUE) as archive:
        for member in archive:
            file = archive.extractfile(member)
            if file is None:
                continue
            data = file.read()
            name = Path(member.name).name
            (tmp_path / name).write_bytes(data)
            expected[name] = yaml.load(data, Loader=loader)  # noqa: S506 - a base loader, which makes texts alone
    assert len(expected) == 6535
    assert claimant(tmp_path) == "fdroid"
    batch = the_batch(tmp_path)
    assert batch.assets.height == 6535
    signers = signers_of(batch)
    wrong = []
    for row in batch.assets.iter_rows(named=True):
        said = expected.pop(row["locator"])
        code = said.get("CurrentVersionCode")
        build = next((item for item in said["Builds"] if item["versionCode"] == code), {})
        marks = [*listed(said.get("AntiFeatures")), *listed(build.get("antifeatures"))]
        if said.get("NoSourceSince"):
            marks.append("NoSourceSince")
        twin = {
            # The name of StreetComplete holds a soft hyphen, which no eye sees and the reader spells out.
            "name": visible(said.get("Name") or said.get("AutoName") or row["locator"].removesuffix(".yml")),
            "version": said.get("CurrentVersion"),
            "version_code": int(code),
            "versions": len(said["Builds"]),
            "licence": said.get("License"),
            "categories": listed(said.get("Categories")),
        }
        keys = {word.lower() for word in listed(said.get("AllowedAPKSigningKeys"))}
        same = (
            all(row[key] == (value.strip() if isinstance(value, str) else value) for key, value in twin.items())
            and set(row["anti_features"]) == set(marks)
            and signers.get(row["bundle"], set()) == keys
        )
        if not same:
            wrong.append((row["locator"], twin, marks, keys))
    assert wrong == []
    assert expected == {}


@pytest.mark.skipif(not CATALOGUE.is_file(), reason=NEED)
@pytest.mark.parametrize(("name", "count"), [("fdst", 11), ("guardian", 16), ("revanced", 13)])
def test_indexes_against_a_naive_walk(name: str, count: int) -> None:
    """The highest version of the preferred signer outside channels, as a walk over the whole document finds it."""
    path = APPS / f"index-v2_{name}.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    assert claimant(path) == "fdroid"
    batch = the_batch(path)
    assert batch.assets.height == count == len(document["packages"])
    signers = signers_of(batch)
    for row in batch.assets.iter_rows(named=True):
        app = document["packages"][row["locator"].removeprefix("packages.")]
        wanted = app["metadata"].get("preferredSigner")
        every = list(app["versions"].values())
        signed = [item for item in every if wanted in item["manifest"].get("signer", {}).get("sha256", [])] or every
        stable = [item for item in signed if not item.get("releaseChannels")] or signed
        best = max(stable, key=lambda item: item["manifest"]["versionCode"])
        asked = [item["name"] for item in best["manifest"].get("usesPermission", [])]
        asked += [item["name"] for item in best["manifest"].get("usesPermissionSdk23", [])]
        assert row["version_code"] == best["manifest"]["versionCode"]
        assert row["version"] == (best["manifest"].get("versionName") or None)
        assert row["apk_sha256"] == best["file"]["sha256"]
        assert set(row["permissions"]) == set(asked)
        assert set(row["anti_features"]) == set(best.get("antiFeatures", {}))
        assert row["versions"] == len(app["versions"])
        assert signers.get(row["bundle"], set()) == set(best["manifest"].get("signer", {}).get("sha256", []))
