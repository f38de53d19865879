"""Libraries in Apple's packages: real programs with classes called as makers' are; what is hidden stays unknown."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import apple_writer as writer
import polars as pl
import pytest
from apk_samples import Entry, apk, archive, dex
from click.testing import CliRunner
from test_apk import app, extents, notes, ties

from crossline import jail
from crossline.cli import main
from crossline.packages.libraries import BY_NAME
from crossline.readers import apk as android
from crossline.readers.ipa import KNOWS, embedding, read
from crossline.readers.ipa.bundles import UNNAMED
from crossline.readers.ipa.tying import ENCRYPTED, NO_CODE, NO_SIGNATURES, PART_UNREAD, SYMBOLS_UNREAD
from crossline.tables import Limits, Reject
from crossline.world import SCHEMAS, store

PACKAGE = Path(__file__).parent / "apple" / "sdks.ipa"
TOP = "Payload/Sdks.app/"
BESIDE = f"{TOP}Frameworks/BUAdSDK.framework/BUAdSDK"
SOURCE = "crossline-apple-libraries-2026-11"
SHIPPED = store.shipped().table("signature")
STORE = Path(__file__).parent / "apple" / "store.ipa"
with zipfile.ZipFile(PACKAGE) as opened:
    HELD = {name: opened.read(name) for name in opened.namelist()}


def items(folder: Path, files: dict[str, bytes], table: pl.DataFrame | None = SHIPPED) -> list[Any]:
    """Return all that the reader yields for a package of these files, with a table of signatures."""
    path = folder / "some.ipa"
    path.write_bytes(archive([Entry(name.encode(), data) for name, data in files.items()]))
    return list(read(path, Limits(), None if table is None else {"signature": table}))


def embeds(found: list[Any]) -> list[str]:
    """Return the libraries that are tied."""
    return [value.removeprefix("library:") for value, _, _ in ties(found, "embeds")]


def stripped(program: bytes) -> bytes:
    """Return a program whose table of symbols is empty, as that of a program in the store is."""
    whole = bytearray(program)
    struct.pack_into("<I", whole, writer.command(program, 0x2) + 12, 0)  # nsyms of LC_SYMTAB
    return bytes(whole)


def test_libraries_of_five_makers_are_ties() -> None:
    """A class that code defines is observed, of Swift by its module; the name of a library beside it is a sign."""
    found = list(read(PACKAGE, Limits(), {"signature": SHIPPED}))
    where = f", signature of {SOURCE}"
    assert ties(found, "embeds") == [
        ("library:Alamofire", "inferred", f"{TOP}Frameworks/Alamofire.framework, {BY_NAME}{where}"),
        ("library:Facebook SDK", "observed", f"{TOP}Sdks class FBSDKAppEvents{where}"),
        ("library:Kakao SDK", "observed", f"{TOP}Sdks class _TtC14KakaoSDKCommon8KakaoSDK{where}"),
        ("library:Pangle", "observed", f"{BESIDE} class BUAdSDKManager{where}"),
        ("library:Umeng", "observed", f"{TOP}Sdks class UMConfigure{where}"),
        ("library:myTarget", "observed", f"{TOP}Sdks class MTRGAdView{where}"),
    ]
    assert extents(found)["embeds"] == ("some", embedding.UNDESCRIBED)
    assert f"of {SOURCE}" in notes(found)
    # Of the two classes that the program takes from elsewhere, the package holds one in a library beside it.
    assert app(found)["referenced_libraries"] == ["AppsFlyer"]
    assert app(found)["defined_classes"] == 6  # five of the program, and one of the library
    assert app(found)["native_libraries"] == ["Alamofire.framework", "BUAdSDK.framework"]


def test_without_signatures_nothing_is_known(tmp_path: Path) -> None:
    """Without a table, or with signatures of Android alone, whose code it is stays unknown, never nobody's."""
    for table in (None, SHIPPED.filter(pl.col("source") != SOURCE), SHIPPED.clear()):
        found = items(tmp_path, HELD, table)
        assert (embeds(found), extents(found)["embeds"]) == ([], ("none", NO_SIGNATURES))
        assert app(found)["referenced_libraries"] is None


def test_an_encrypted_app_stays_unknown(tmp_path: Path) -> None:
    """Where the store encrypted all code and nothing beside it has a known name, nothing is said of libraries."""
    found = list(read(STORE, Limits(), {"signature": SHIPPED}))
    assert (embeds(found), extents(found)["embeds"]) == ([], ("none", ENCRYPTED))
    hidden = HELD | {f"{TOP}Sdks": writer.encrypted(stripped(HELD[f"{TOP}Sdks"]))}
    alone = {name: data for name, data in hidden.items() if "Frameworks" not in name}
    found = items(tmp_path, alone)
    assert (embeds(found), extents(found)["embeds"]) == ([], ("none", ENCRYPTED))
    assert (app(found)["packed"], app(found)["referenced_libraries"]) == ("FairPlay", None)


def test_what_is_seen_beside_encrypted_code_stays_seen(tmp_path: Path) -> None:
    """Names of libraries beside it, and of classes that these let others use, are not encrypted; the reason says so."""
    hidden = {f"{TOP}Sdks": writer.encrypted(stripped(HELD[f"{TOP}Sdks"])), BESIDE: writer.encrypted(HELD[BESIDE])}
    found = items(tmp_path, HELD | hidden)
    assert (embeds(found), extents(found)["embeds"]) == (["Alamofire", "Pangle"], ("some", ENCRYPTED))
    assert ("library:Pangle", "observed", f"{BESIDE} class BUAdSDKManager, signature of {SOURCE}") in ties(
        found, "embeds"
    )
    assert app(found)["defined_classes"] is None
    found = items(tmp_path, HELD | hidden | {BESIDE: stripped(hidden[BESIDE])})
    assert ("library:Pangle", "inferred", f"{BESIDE.rpartition('/')[0]}, {BY_NAME}, signature of {SOURCE}") in ties(
        found, "embeds"
    )


def test_code_that_cannot_be_read(tmp_path: Path) -> None:
    """A program that is not there leaves what lies beside it; a part that cannot be read is the reason."""
    gone = {name: data for name, data in HELD.items() if name != f"{TOP}Sdks"}
    found = items(tmp_path, gone)
    assert (embeds(found), extents(found)["embeds"]) == (["Alamofire", "Pangle"], ("some", NO_CODE))
    found = items(tmp_path, HELD | {BESIDE: writer.encrypted(HELD[BESIDE])})
    assert extents(found)["embeds"] == ("some", PART_UNREAD)


def test_a_table_of_symbols_that_lies_nowhere(tmp_path: Path) -> None:
    """Symbols that do not lie in the file are a note; classes are read all the same."""
    program = bytearray(HELD[f"{TOP}Sdks"])
    struct.pack_into("<I", program, writer.command(bytes(program), 0x2) + 8, 0x7FFFFFFF)
    found = items(tmp_path, HELD | {f"{TOP}Sdks": bytes(program)})
    assert "a table of symbols that does not lie in the file" in notes(found)
    assert "Umeng" in embeds(found)
    assert (app(found)["referenced_libraries"], extents(found)["embeds"][1]) == ([], PART_UNREAD)


def test_symbols_that_cannot_be_read_are_told_of_encrypted_code_too(tmp_path: Path) -> None:
    """Where symbols are left out, a reject counts them, and the reason for what is not known of libraries says so."""
    program = bytearray(HELD[f"{TOP}Sdks"])
    at = writer.command(bytes(program), 0x2)
    place, count = struct.unpack_from("<II", program, at + 8)
    for number in range(count):
        struct.pack_into("<I", program, place + 16 * number, 0xFFFFFFFF)
    kinds = [program[place + 16 * number + 4] for number in range(count)]
    outer = sum(kind & 0xE1 == 1 for kind in kinds)
    alone = {name: data for name, data in HELD.items() if "Frameworks" not in name}
    for data, extent in (
        (bytes(program), ("some", PART_UNREAD)),
        (writer.encrypted(bytes(program)), ("none", f"{ENCRYPTED}; {SYMBOLS_UNREAD}")),
    ):
        found = items(tmp_path, alone | {f"{TOP}Sdks": data})
        assert extents(found)["embeds"] == extent
        assert Reject(f"{TOP}Sdks", UNNAMED, outer) in found


def test_no_signature_of_apple_is_found_in_a_package_of_android(tmp_path: Path) -> None:
    """Classes without a package, called as those of Apple's apps are, and files called so, show nothing in an APK."""
    names = SHIPPED.filter(source=SOURCE, of="class", form="exact")["pattern"].str.strip_prefix("_OBJC_CLASS_$_")
    files = SHIPPED.filter(source=SOURCE, of="native")["pattern"]
    assert min(len(names), len(files)) > 50
    held = [Entry(f"lib/arm64-v8a/{name}/{name}".encode(), b"x") for name in files]
    held += [Entry(f"assets/{name}".encode(), b"x") for name in names]
    path = tmp_path / "some.apk"
    path.write_bytes(apk("com.example.app", *held, code=dex([f"L{name};" for name in names], [])))
    found = list(android.read(path, Limits(), {"signature": SHIPPED}))
    assert app(found)["defined_classes"] == len(names)
    assert ties(found, "embeds") == []


def test_no_signature_of_android_is_found_in_an_app_of_apple(tmp_path: Path) -> None:
    """Expressions that would be found in names of Apple's classes and files are not looked for in them."""
    rows = [
        ("Wrong", "class", "regex", "(?i)umeng|UMConfigure", None, "s"),
        ("Wrong", "class", "exact", "UMConfigure", None, "s"),
        ("Wrong", "native", "regex", "(?i)alamofire", None, "s"),
        ("Wrong", "file", "regex", "Sdks", None, "s"),
        ("Right", "class", "exact", "_OBJC_CLASS_$_UMConfigure", None, "s"),
        ("Beside", "native", "exact", "BUAdSDK.framework", None, "s"),
    ]
    table = pl.DataFrame(rows, schema=SCHEMAS["signature"], orient="row")
    assert embeds(items(tmp_path, HELD, table)) == ["Beside", "Right"]


def test_a_class_whose_name_holds_a_line_break(tmp_path: Path) -> None:
    """Such a name, which no compiler makes, is counted and compared with nothing; two lines are not two classes."""
    program = HELD[f"{TOP}Sdks"].replace(b"\0SdksRoot\0", b"\0Sd\nWXApi\0")
    found = items(tmp_path, HELD | {f"{TOP}Sdks": program})
    assert "1 names of classes or files hold a line break" in notes(found)
    assert "WeChat Open SDK" not in embeds(found)
    assert "Umeng" in embeds(found)


@pytest.mark.parametrize("cell", ["library", "of", "form", "pattern", "source"])
def test_a_table_with_empty_cells(tmp_path: Path, cell: str) -> None:
    """A signature that lacks a word is left out, and the others are looked for."""
    rows = SHIPPED.filter(source=SOURCE)
    first = pl.col("library") == "Umeng"
    table = rows.with_columns(pl.when(~first).then(pl.col(cell)).alias(cell))
    assert "Umeng" not in embeds(items(tmp_path, HELD, table))
    assert "myTarget" in embeds(items(tmp_path, HELD, table))


def test_the_jail_looks_for_the_same() -> None:
    """The child process, to which the signatures are sent, tells the same libraries."""
    known = {name: store.shipped().table(name) for name in KNOWS}
    inside = list(jail.run("ipa", PACKAGE, Limits(), known=known))
    outside = list(read(PACKAGE, Limits(), known))
    assert ties(inside, "embeds") == ties(outside, "embeds")
    assert extents(inside) == extents(outside)


def test_an_audit_tells_whose_code_it_carries_and_judges_it(tmp_path: Path) -> None:
    """Pangle is ByteDance's, which the Clean Network named for stores: offered in the US that is a finding."""
    (tmp_path / "estate").mkdir()
    (tmp_path / "estate" / "sdks.ipa").write_bytes(PACKAGE.read_bytes())
    about = "files:\n  - {path: sdks.ipa, columns: {offered_in: [US]}}\n"
    (tmp_path / "estate" / "estate.yaml").write_text(about, encoding="utf-8")
    out = tmp_path / "report.json"
    call = ["audit", str(tmp_path / "estate"), "--regime", "us-clean-network", "--regime", "us-pafaca"]
    result = CliRunner().invoke(main, [*call, "--as-of", "2026-11-22", "--output", str(out)])
    assert result.exit_code == 1, result.output
    told = json.loads(out.read_text("utf-8"))
    (one,) = told["apps"]["described"]
    owners = {row["value"]: row["party"] for row in one["libraries"]}
    assert owners == {
        "Alamofire": None, "Facebook SDK": "meta", "Kakao SDK": "kakao", "Pangle": "bytedance", "Umeng": "umeng",
        "myTarget": "vk",
    }  # fmt: skip
    assert [(row["rule"], row["identifier"]) for row in told["findings"]] == [("clean-store-code", "library:Pangle")]
    verdicts = {row["rule"]: row["verdict"] for row in told["groups"]}
    assert verdicts["pafaca-store"] == "unknown"  # the law asks who makes the app, which its id does not say
