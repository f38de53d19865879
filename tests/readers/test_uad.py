"""The list of pre-installed packages: a small one written by hand, and what each entry says of who hands it out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phones_told import told

from crossline import readers
from crossline.readers import uad
from crossline.tables import Batch, Limits

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "apps" / "uad_lists.json"


def entry(title: str, description: str | None = "", **more: Any) -> dict[str, Any]:
    """Return an entry with the members of the format."""
    base: dict[str, Any] = {"list": title, "description": description, "dependencies": [], "neededBy": [], "labels": []}
    return base | {"removal": "Recommended"} | more


LIST = {
    "com.Samsung.android.app": entry("Oem", "Samsung's own."),
    "com.miui.analytics": entry("Oem", None),
    "com.wps.office": entry("Oem", "An office. Pre-installed on some Xiaomi devices."),
    "com.samsung.game": entry("Oem", "preloaded on old Huawei phones"),
    "com.game.block": entry("Misc", "A game pre-installed on Xiaomi Poco devices."),
    "com.samsung.carrier": entry("Carrier", "Verizon's activation"),
    "com.facebook.katana": entry("Misc", "Facebook"),
    "com.google.android.gm": entry("Google", "Gmail. Not pre-installed; on Samsung it is in the store."),
    "com.android.phone": entry("Aosp", ""),
    "com.fingerprint.x": entry("Oem", "Huaweilike words, preinstalled on vivoactive watches"),
    "com.unlisted.app": {"removal": "Unsafe"},
    "com.samsung.ANDROID.app": entry("Oem", "the same again"),
    "android": entry("Aosp", "the framework"),
    "nodots": entry("Oem", ""),
    "com.list.app": ["no object"],
}


def write(folder: Path, found: object = LIST, name: str = "uad_lists.json") -> Path:
    """Write a list."""
    path = folder / name
    path.write_text(json.dumps(found, indent=2), encoding="utf-8")
    return path


def makers(path: Path) -> dict[str, str | None]:
    """Return the distributor of each offering."""
    found = told(path)
    assert found.reader == "uad"
    return {
        asset: next((value for role, value in ties if role == "distributor"), None)
        for asset, ties in found.ties.items()
    }


def test_a_maker_is_inferred_from_plain_words_alone(tmp_path: Path) -> None:
    """By hand: a maker's name space counts in the list Oem, "pre-installed on MAKER" anywhere, and nothing else."""
    assert makers(write(tmp_path)) == {
        "offering:com.samsung.android.app@pre-install:samsung": "vendor:samsung",
        "offering:com.miui.analytics@pre-install:xiaomi": "vendor:xiaomi",
        "offering:com.wps.office@pre-install:xiaomi": "vendor:xiaomi",
        "offering:com.samsung.game@pre-install:samsung": "vendor:samsung",
        "offering:com.samsung.game@pre-install:huawei": "vendor:huawei",
        "offering:com.game.block@pre-install:xiaomi": "vendor:xiaomi",
        "offering:com.samsung.carrier@pre-install:uad-carrier": None,
        "offering:com.facebook.katana@pre-install:uad-misc": None,
        "offering:com.google.android.gm@pre-install:uad-google": None,
        "offering:com.android.phone@pre-install:uad-aosp": None,
        "offering:com.fingerprint.x@pre-install:uad-oem": None,
        "offering:com.unlisted.app@pre-install:uad-unlisted": None,
    }


def test_what_is_inferred_says_so_and_what_is_silent_is_unseen(tmp_path: Path) -> None:
    """Every tie is inferred; a maker is one of perhaps several (some), and without one the distributor is unseen."""
    (batch,) = (item for item in uad.read(write(tmp_path), Limits()) if isinstance(item, Batch))
    assert batch.ties["basis"].unique().to_list() == ["inferred"]
    found = told(write(tmp_path))
    assert found.extents["offering:com.miui.analytics@pre-install:xiaomi"] == {
        "publisher": "all",
        "distributor": "some",
    }
    assert found.extents["offering:com.facebook.katana@pre-install:uad-misc"]["distributor"] == "none"
    reasons = dict(batch.extents.filter(role="distributor").select("bundle", "reason").rows())
    assert all(reasons.values())
    assert set(batch.assets["channel"]) == {"pre-install"}
    assert found.ties["offering:com.facebook.katana@pre-install:uad-misc"] == [
        ("publisher", "package:com.facebook.katana")
    ]


def test_what_is_no_package_is_counted_and_the_framework_is_none(tmp_path: Path) -> None:
    """One name has one part, one entry is no object; android is the framework, and a second spelling is the first."""
    found = told(write(tmp_path))
    assert [(item.locator, item.reason) for item in found.rejects] == [
        ("file", "an entry that is no object with a package"), ("nodots", "no name of a package")
    ]  # fmt: skip


def test_the_older_form_is_read_alike(tmp_path: Path) -> None:
    """Older editions are an array whose entries carry their package as id."""
    array = [{"id": name, **item} for name, item in LIST.items() if isinstance(item, dict)]
    assert makers(write(tmp_path, array)) == makers(write(tmp_path))


@pytest.mark.parametrize("text", ['{"com.a.b": {"list": "Oem"', "[1, 2]", "{}", "7", '{"a": ' * 200_000])
def test_broken_documents_end_in_a_message(tmp_path: Path, text: str) -> None:
    """What is no JSON, or holds no package, is a reject or a note."""
    path = tmp_path / "uad_lists.json"
    path.write_text(text, encoding="utf-8")
    assert list(uad.read(path, Limits()))


def test_other_json_is_not_claimed(tmp_path: Path) -> None:
    """Documents without the members of the list are left to others."""
    documents: list[Any] = [{"removal": 1, "list": 2}, {"packages": [{"list": 1, "description": 2}]}, []]
    for found in documents:
        assert readers.claimant(write(tmp_path, found)) != "uad"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.one_of(st.text(max_size=30), st.just("com.a.b")),
        st.recursive(st.one_of(st.none(), st.integers(), st.text(max_size=20)), lambda inner: st.dictionaries(
            st.sampled_from(["list", "description", "removal", "x"]), inner, max_size=4), max_leaves=6),
        max_size=6,
    )
)  # fmt: skip
def test_any_document_ends_in_rows_rejects_or_notes(tmp_path: Path, found: dict[str, Any]) -> None:
    """Nothing raises, whatever the members hold."""
    list(uad.read(write(tmp_path, found, "any.json"), Limits()))


@pytest.mark.skipif(not SHARED.is_file(), reason="../shared/data is absent")
def test_the_published_list_is_read_whole() -> None:
    """Of 5,370 entries every package stands once: counted with the standard library, small letters alike."""
    found = told(SHARED)
    packages = {name.lower() for name in json.loads(SHARED.read_text(encoding="utf-8")) if "." in name}
    assert {asset.split("@")[0].removeprefix("offering:") for asset in found.ties} == packages
    assert len(found.rejects) == 3
    katana = [ties for asset, ties in found.ties.items() if asset.startswith("offering:com.facebook.katana@")]
    assert katana == [[("publisher", "package:com.facebook.katana")]]
