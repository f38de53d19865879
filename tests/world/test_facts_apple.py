"""The facts on libraries in apps for Apple's platforms: told from Android's, whose they are, where they were seen."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "src" / "crossline" / "world" / "facts"
APPLE = "crossline-apple-libraries-2026-11"


def rows(name: str) -> list[dict[str, str]]:
    """Read a table of the facts as text."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_shipped_signatures_of_apples_code_are_told_from_androids() -> None:
    """Each is a class as linkers know it, a Swift module with its length, or a framework; no other signature is."""
    for row in rows("signature"):
        classes = row["pattern"].removeprefix("^").replace("\\", "").startswith("_OBJC_CLASS_$_")
        apples = classes or row["pattern"].endswith((".framework", ".dylib"))
        assert apples == (row["source"] == APPLE), row
        assert (row["of"] == "class") == classes or not apples, row
        if apples and row["form"] == "regex":
            match = re.fullmatch(r"\^_OBJC_CLASS_\\\$__Tt\[COV\]\+(\d+)(\w+)\[0-9P\]", row["pattern"])
            assert match, row
            assert match[2].startswith(match[2][: int(match[1])]), row
            assert len(match[2]) == int(match[1]), row


@pytest.mark.parametrize(
    ("name", "library"),
    [
        ("_TtC9Alamofire7Session", "Alamofire"),
        ("_TtCC9Alamofire7Session8Delegate", "Alamofire"),
        ("_TtC6LottieP33_0A1B5Cache", "Lottie"),
        ("_TtC10AlamofireX7Session", None),  # a module of another name, one letter longer
        ("_TtC4Acme15Alamofire7Other", None),
        ("GADMobileAds", "Google Mobile Ads (AdMob)"),
        ("GADMobileAdsWrapper", None),
    ],
)
def test_classes_of_apples_code_are_told(name: str, library: str | None) -> None:
    """Names as compilers make them (Swift's mangling: each name with its length), searched for with Python's engine."""
    held = [row for row in rows("signature") if row["source"] == APPLE and row["of"] == "class"]
    symbol = f"_OBJC_CLASS_$_{name}"
    found = {row["library"] for row in held if row["form"] == "regex" and re.search(row["pattern"], symbol)}
    found |= {row["library"] for row in held if (row["form"], row["pattern"]) == ("exact", symbol)}
    assert found == ({library} if library else set())


def test_every_library_for_apple_leads_to_its_party_unless_a_community_makes_it() -> None:
    """What a maker sells is the maker's; of what has no party each is one that many hands make."""
    led = {row["value"] for row in rows("identifier") if row["type"] == "library"}
    communities = {
        "AFNetworking", "Alamofire", "Apache Cordova", "AppAuth", "Capacitor", "CocoaAsyncSocket", "CocoaLumberjack",
        "FMDB", "Kingfisher", "MBProgressHUD", "MJRefresh", "Masonry", "PromiseKit", "Realm", "RxSwift", "SDWebImage",
        "SSZipArchive", "SVProgressHUD", "SnapKit", "SocketRocket", "Starscream",
    }  # fmt: skip
    told = {row["library"] for row in rows("signature") if row["source"] == APPLE}
    assert len(told) > 140
    assert communities <= told
    assert told - led <= communities


def test_where_signatures_of_apples_code_were_seen_is_told() -> None:
    """Each library has a line on the page, with all its classes, frameworks and modules, and no other."""
    page = (ROOT / "docs" / "facts-apple.md").read_text("utf-8").partition("| library | signatures | seen |")[2]
    lines = re.findall(r"^\| ([^|]+) \| (.*) \|[^|]+\|$", page, re.MULTILINE)
    told = {(name, word) for name, words in lines for word in re.findall(r"`([^`]+)`", words)}
    held = set()
    for row in rows("signature"):
        if row["source"] == APPLE:
            plain = row["pattern"].removeprefix("_OBJC_CLASS_$_").removesuffix("[0-9P]")
            held.add((row["library"], re.sub(r"^\^.*\]\+\d+", "module ", plain)))
    assert told == held
