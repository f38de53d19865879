"""Indexes and metadata made to hurt: nothing raises, what was whole is read, and what was not is counted."""

from __future__ import annotations

import json
import time
import zipfile
from typing import TYPE_CHECKING, Any

import fdroid_samples as samples
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crossline import jail
from crossline.readers import claimant, fdroid, misnamed
from crossline.tables import Batch, Limits, Note, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START = '{"repo":{"address":"https://apps.meadow.coop/repo","timestamp":1709164800000},"packages":{'


def read(path: Path, limits: Limits | None = None) -> tuple[int, list[Reject]]:
    """Return how many apps a file gives, and its rejects; each batch keeps to the contract."""
    items = list(fdroid.read(path, limits or Limits()))
    batches = [item for item in items if isinstance(item, Batch)]
    for batch in batches:
        assert jail.fault(batch) is None
        assert batch.assets["asset"].is_unique().all()
        json.dumps(batch.assets.drop("observed_at").to_dicts()).encode()
    return sum(batch.assets.height for batch in batches), [item for item in items if isinstance(item, Reject)]


def routes(value: object, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to every value of a document."""
    yield at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in parts:
        yield from routes(inner, (*at, key))


def changed(document: dict[str, Any], route: tuple[str | int, ...], value: object) -> object:
    """Return a document with another value at a place."""
    if not route:
        return value
    made = samples.copied(document)
    inner: Any = made
    for key in route[:-1]:
        inner = inner[key]
    inner[route[-1]] = value
    return made


@pytest.mark.parametrize("document", [samples.INDEX_2, samples.INDEX_1], ids=["v2", "v1"])
def test_a_value_of_any_type_anywhere_harms_nothing(tmp_path: Path, document: dict[str, Any]) -> None:
    """Each value is replaced by one of each type; the apps that it does not belong to are read all the same."""
    path = tmp_path / "index.json"
    for route in routes(document):
        for value in (None, True, 10**30, "\ud800", [[None], 1], {"": {"": []}}):
            path.write_text(json.dumps(changed(document, route, value)), encoding="utf-8")
            found, _ = read(path)
            if len(route) > 2 and "versions" not in route and route[-1] != "packageName":
                assert found == 2, (route, value)


@pytest.mark.parametrize("value", [1, 1.5, True, [1], {"a": 1}, [[["x"]]], 10**30])
def test_what_has_the_wrong_type_is_named_and_the_app_is_read(tmp_path: Path, value: object) -> None:
    """A web address that is no text is a reject with its place, in both versions."""
    for document, route, where in (
        (
            samples.INDEX_2,
            ("packages", "coop.meadow.notes", "metadata", "authorWebSite"),
            "packages.coop.meadow.notes.",
        ),
        (samples.INDEX_1, ("apps", 0, "authorWebSite"), "apps[0].authorWebSite"),
    ):
        path = tmp_path / "index.json"
        path.write_text(json.dumps(changed(document, route, value)))
        found, rejects = read(path)
        assert found == 2
        assert [item.reason for item in rejects] == ["is no text"]
        assert rejects[0].locator.startswith(where)


@pytest.mark.parametrize("document", [samples.INDEX_2, samples.INDEX_1], ids=["v2", "v1"])
def test_a_cut_index_is_read_up_to_the_cut(tmp_path: Path, document: dict[str, Any]) -> None:
    """Cut anywhere it does not raise, says so in a reject, and gives the apps that stand whole before the cut."""
    text = json.dumps(document)
    path = tmp_path / "index.json"
    whole = [
        text.index('"org.example2.Tool": {') if '"org.example2.Tool": {' in text else text.index('}, {"authorName"')
    ]
    for end in range(1, len(text), 7):
        path.write_text(text[:end])
        found, rejects = read(path)
        assert rejects
        assert found >= (end > whole[0] + 1), end
    path.write_text(text)
    assert read(path) == (2, [])


def test_a_reject_says_where_json_ends(tmp_path: Path) -> None:
    """The place is the character at which it is no JSON any more, counted by hand."""
    path = tmp_path / "index.json"
    text = START + '"a.b":{"metadata":{}},"a.c":nonsense}}'
    path.write_text(text)
    found, (reject,) = read(path)
    assert found == 1
    assert reject.locator == f"character {text.index('nonsense') + 1}"


NAMED, LOOKS = "named like an F-Droid index, but ", "looks like an F-Droid index, but "
NO_BEGINNING = NAMED + "does not begin with `repo`, `packages` or `apps`"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("index-v2.json", "<html>", NAMED + "is not JSON at character 1: Expecting value"),
        ("index-v1.json", '{"repos":{}}', NO_BEGINNING),
        ("index-v2.json", '{"repos":"' + "x" * 70_000, NO_BEGINNING),
        ("index-v2.json", "[1, 2", NAMED + "is not JSON at character 6: Expecting ',' delimiter"),
        (
            "deep.json",
            '{"packages":' + "[" * 100_000,
            LOOKS + "is nested too deeply, or holds a number that is too long",
        ),
        ("any.json", '{"repo":{},"packages":{}}', LOOKS + "names no address and no time of its repository"),
        ("any.json", '{"repo":{},"packages":{"a":x', LOOKS + "is not JSON at character 28: Expecting value"),
        ("any.json", "<html>", None),
    ],
)
def test_a_file_that_is_no_index_is_told(tmp_path: Path, name: str, text: str, said: str | None) -> None:
    """Of a file with the name or the beginning of an index that none is, it is told why, with the place in it."""
    path = tmp_path / name
    path.write_text(text)
    assert claimant(path) is None
    assert misnamed(path) == said


def test_a_file_named_as_an_index_is_one_however_short(tmp_path: Path) -> None:
    """An index that is cut before its address, or holds damaged records, is read, and what is wrong has its place."""
    path = tmp_path / "index-v2.json"
    text = '{"repo":{"name":"x"},"packages":{"a.b":{"metadata":'
    path.write_text(text)
    assert claimant(path) == "fdroid"
    items = list(fdroid.read(path, Limits()))
    assert [item.text for item in items if isinstance(item, Note)] == [
        f"there is no app in it before character {len(text) + 1}, where it is not JSON"
    ]
    assert [item.locator for item in items if isinstance(item, Reject)] == [f"character {len(text) + 1}"]
    path = tmp_path / "index-v1.json"
    path.write_text(
        '{"repo":{"name":"x"},"apps":[{"packageName":"a.b"},7,null,{"packageName":9}],"packages":{"a.b":7}}'
    )
    assert claimant(path) == "fdroid"
    found, rejects = read(path)
    assert found == 1
    assert [item.locator for item in rejects] == ["apps[1]", "apps[2]", "apps[3].packageName", "packages.a.b"]


def test_packages_that_stand_twice_count_once(tmp_path: Path) -> None:
    """JSON lets a key stand twice: the first counts, the other is a reject; a package that is no id is one too."""
    path = tmp_path / "index.json"
    path.write_text(START + '"a.b":{"metadata":{"license":"MIT"}},"a.b":{"metadata":{"license":"X"}},"no id":{},"":1}}')
    items = list(fdroid.read(path, Limits()))
    (batch,) = [item for item in items if isinstance(item, Batch)]
    assert batch.assets["licence"].to_list() == ["MIT"]
    assert [item.reason for item in items if isinstance(item, Reject)] == [
        "stands twice; the first counts",
        "is not an app's id",
        "is not an app's id",
    ]


def test_deep_nesting_ends_the_file_and_nothing_else(tmp_path: Path) -> None:
    """A million brackets are a reject; the app before them is read."""
    path = tmp_path / "index.json"
    path.write_text(START + '"a.b":{"metadata":{}},"a.c":' + "[" * 1_000_000)
    found, rejects = read(path)
    assert found == 1
    assert any("nested too deeply" in item.reason for item in rejects)


def test_numbers_that_no_field_can_be_are_rejects(tmp_path: Path) -> None:
    """A number of ten thousand digits, NaN and an infinity take nothing with them; no digit of theirs is worked on."""
    path = tmp_path / "index.json"
    for number in ("9" * 10_000, "NaN", "-Infinity", "1e999", "-5", "9223372036854775808"):
        path.write_text(START + '"a.b":{"versions":{"x":{"manifest":{"versionCode":' + number + "}}}}}}")
        found, rejects = read(path)
        assert found == 1
        assert [item.reason for item in rejects] == ["is no whole number of at most 63 bits"]
    path.write_text(START + '"a.b":{"versions":{"x":{"manifest":{"versionCode":9223372036854775807}}}}}}')
    assert read(path) == (1, [])


def test_limits_are_named(tmp_path: Path) -> None:
    """Size, apps, time, long lists and long texts: each limit that is met is said."""
    path = tmp_path / "index.json"
    many = ",".join(f'"a.b{n}":{{"metadata":{{"license":5}}}}' for n in range(50))
    path.write_text(START + many + "}}")
    assert "larger than the limit" in read(path, Limits(bytes_in=100))[1][0].reason
    found, rejects = read(path, Limits(rows=10))
    assert (found, rejects[-1].reason[:26]) == (10, "past the limit of 10 apps;")
    assert "seconds" in read(path, Limits(seconds=0.0))[1][-1].reason
    found, rejects = read(path, Limits(rejects=5))
    assert (found, len(rejects), sum(item.count for item in rejects)) == (50, 6, 50)
    long = json.dumps(["p" * 2000, *map(str, range(3000))])
    path.write_text(START + '"a.b":{"metadata":{"categories":' + long + "}}}}")
    found, rejects = read(path)
    assert found == 1
    assert len(rejects) == 2


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    """Bytes that are not UTF-8 are a reject with their place; the rest is read."""
    path = tmp_path / "index.json"
    data = START.encode() + b'"a.b":{"metadata":{"license":"\xff"}}}}'
    path.write_bytes(data)
    found, (reject,) = read(path)
    assert (found, reject.locator) == (1, f"byte {data.index(0xFF)}")


def test_archives_made_to_hurt_end_in_a_sentence(tmp_path: Path) -> None:
    """An archive that unfolds a thousand times, one that is cut and one that lies are rejects."""
    path = tmp_path / "index-v1.jar"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index-v1.json", b" " * (80 << 20))
    assert fdroid.claim(path, path.read_bytes()[:65536])
    assert "unpacks to more than" in read(path, Limits(ratio=10))[1][0].reason
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index-v1.json", json.dumps(samples.INDEX_1))
    sound = path.read_bytes()
    for end in range(4, len(sound), 9):
        path.write_bytes(sound[:end])
        assert read(path)[1]
    for at in range(0, len(sound), 5):
        path.write_bytes(sound[:at] + bytes([sound[at] ^ 0x55]) + sound[at + 1 :])
        read(path)


METADATA = samples.METADATA


@pytest.mark.parametrize(
    ("text", "apps", "reason"),
    [
        (METADATA.replace("Notes: \\u2764", "Notes\\q"), 1, "is no YAML"),
        (METADATA + "License: MIT\n", 1, "License stands twice"),
        (METADATA + "CurrentVersionCode: 111\n", 1, "CurrentVersionCode stands twice"),
        (METADATA.replace("License: GPL-3.0-or-later", "License: &a GPL"), 1, "has an anchor, an alias or a tag"),
        (METADATA.replace("License: GPL-3.0-or-later", "License: !!python/name:os.system x"), 1, "has an anchor"),
        (METADATA.replace("License: GPL-3.0-or-later", "License: *a"), 1, "has an anchor, an alias"),
        (METADATA.replace("License: GPL-3.0-or-later", "License: " + "[" * 50_000), 1, "nested deeper"),
        (METADATA.replace("License: GPL-3.0-or-later", "License: [" + "a," * 50_000 + "]"), 1, "more than"),
        (METADATA.replace("License: GPL-3.0-or-later", "License: [MIT]"), 1, "is no text"),
        (METADATA.replace("License: GPL-3.0-or-later", "License: " + "x" * 300_000), 1, "longer than"),
        (METADATA.replace("CurrentVersionCode: 110", "CurrentVersionCode: " + "9" * 500), 1, "no whole number"),
        (METADATA.replace("A1A1", "zzzz"), 1, "is no SHA-256 fingerprint"),
        (METADATA.replace("https://www.meadow.coop/", "office@meadow.coop"), 1, "names no host"),
        (METADATA + "%TAG ! x\n", 0, "starts no key"),
        (METADATA + "---\nLicense: MIT\n", 0, "starts no key"),
        (METADATA + "\udcff", 0, "not UTF-8"),
    ],
)
def test_metadata_made_to_hurt(tmp_path: Path, text: str, apps: int, reason: str) -> None:
    """What is wrong in one key is a reject, and takes no other key with it; what cannot be cut is not read."""
    path = tmp_path / "coop.meadow.notes.yml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    found, rejects = read(path)
    assert found == apps
    assert len(rejects) == 1
    assert reason in rejects[0].reason
    assert "office@" not in rejects[0].reason
    assert rejects[0].locator.startswith("coop.meadow.notes.yml")


def test_metadata_takes_no_time_beyond_its_size(tmp_path: Path) -> None:
    """Sixteen thousand builds with the current one's code in each command are read in seconds, not in their square."""
    path = tmp_path / "coop.meadow.notes.yml"
    build = "  - versionName: 'x'\n    versionCode: 7\n    build:\n      - |\n        versionCode: 110\n"
    path.write_text(METADATA.replace("Builds:\n", "Builds:\n" + build * 16_000), encoding="utf-8")
    start = time.monotonic()
    found, _ = read(path)
    assert found == 1
    assert time.monotonic() - start < 10


def test_limits_of_a_folder_are_named(tmp_path: Path) -> None:
    """Past a limit the files that were not read are counted; a file that is too large is one reject."""
    for number in range(6):
        (tmp_path / f"coop.meadow.app{number}.yml").write_text(METADATA, encoding="utf-8")
    found, (reject,) = read(tmp_path, Limits(rows=2))
    assert (found, reject.count, reject.locator) == (2, 4, "coop.meadow.app2.yml and after")
    found, rejects = read(tmp_path, Limits(bytes_in=300))
    assert found == 0
    assert sum(item.count for item in rejects) == 6


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, len(METADATA) - 1), size=st.integers(0, 40), piece=st.text(max_size=12))
def test_metadata_with_anything_anywhere_does_not_raise(tmp_path: Path, place: int, size: int, piece: str) -> None:
    """Any text in the place of any other ends in an app or in rejects."""
    path = tmp_path / "coop.meadow.notes.yml"
    text = METADATA[:place] + piece + METADATA[place + size :]
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    found, rejects = read(path)
    assert found == 1 or rejects or "Disabled" in text
