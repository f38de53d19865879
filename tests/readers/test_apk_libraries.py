"""Libraries in packages: what code defines is a tie, what it only names is a column, what is not seen stays open."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from apk_samples import Entry, apk, archive, dex

from crossline import jail
from crossline.packages.libraries import BY_NAME
from crossline.readers.apk import KNOWS, hidden, prepare, read
from crossline.readers.apk.embedding import NO_CODE, NO_SIGNATURES, PART_UNREAD, RENAMED, UNDESCRIBED
from crossline.tables import Batch, Limits, Note, Reject
from crossline.world import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Mapping

SHARED = Path(__file__).parents[3] / "shared" / "data"
APKS = sorted(path for path in (SHARED / "apks").glob("*.apk") if path.stat().st_size < 4 << 20)
TABLE = pl.DataFrame(
    [
        ("Acme Ads", "class", "regex", "com.acme.ads.", None, "one-2026-01-01"),
        ("Acme Push", "class", "regex", "(?:^|/)com/acme/push", None, "two-2026-01-01"),
        ("Acme Ads", "class", "exact", "com/acme/ads/View", None, "two-2026-01-01"),
        ("Acme Maps", "native", "exact", "libacmemap.so", None, "two-2026-01-01"),
        ("Acme Fonts", "file", "regex", r"^assets/acme-.*\.ttf$", None, "two-2026-01-01"),
    ],
    schema=SCHEMAS["signature"],
    orient="row",
)
OWN = "Lcom/example/Main;"


def items(folder: Path, data: bytes, table: pl.DataFrame | None = TABLE, name: str = "some.apk") -> list[Any]:
    """Return all that the reader yields for such a file, with a table of signatures."""
    path = folder / name
    path.write_bytes(data)
    return list(read(path, Limits(), known=None if table is None else {"signature": table}))


# prepares the reader, reads a file, and says which kernels were there before and which after
READY = """
import importlib, pathlib, pkgutil, sys
import polars as pl
from crossline import packages
from crossline.readers import apk
from crossline.tables import Limits
apk.prepare({"signature": pl.read_parquet(sys.argv[2])})
def there():
    names = [one.name for one in pkgutil.iter_modules(packages.__path__) if one.name != "macho"]
    held = [vars(importlib.import_module(f"crossline.packages.{name}")) for name in names]
    kernels = [one for part in held for one in part.values() if getattr(one, "signatures", None)]
    return sorted({f"{one.__module__}.{one.__name__}" for one in kernels})
before = there()
list(apk.read(pathlib.Path(sys.argv[1]), Limits()))
print([name for name in there() if name not in before])
"""


@pytest.mark.skipif(bool(os.environ.get("NUMBA_DISABLE_JIT")), reason="this is the run without the compiler")
def test_what_is_prepared_is_all_that_a_package_needs(tmp_path: Path) -> None:
    """After the reader was prepared, a package needs no kernel that is not there."""
    (tmp_path / "a.apk").write_bytes(
        apk("com.example", code=dex([OWN], ["Lcom/acme/ads/View;"], ["https://a.example"]))
    )
    TABLE.write_parquet(tmp_path / "signature.parquet")
    command = [sys.executable, "-c", READY, str(tmp_path / "a.apk"), str(tmp_path / "signature.parquet")]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    assert ran.stdout.split("\n")[:1] == ["[]"]


def test_what_is_prepared_finds_what_the_table_does(tmp_path: Path) -> None:
    """A package read with signatures that were prepared is the same as one read with their table."""
    path = tmp_path / "a.apk"
    path.write_bytes(apk("com.example", code=dex([OWN, "Lcom/acme/push/A;"], ["Lcom/acme/ads/View;"])))
    (one,) = (item for item in read(path, Limits(), known=prepare({"signature": TABLE})) if isinstance(item, Batch))
    (other,) = (item for item in read(path, Limits(), known={"signature": TABLE}) if isinstance(item, Batch))
    assert one.ties.equals(other.ties)
    assert one.identifiers.equals(other.identifiers)
    assert "Acme Push" in one.identifiers["value"]


def embeds(found: list[Any]) -> list[tuple[str, str, str, str]]:
    """Return type, value, basis and place of the ties, in their order."""
    (batch,) = [item for item in found if isinstance(item, Batch)]
    named = batch.ties.join(batch.identifiers.with_row_index("identifier"), on="identifier", maintain_order="left")
    return named.filter(role="embeds").sort("seq").select("type", "value", "basis", "locator").rows()


def referenced(found: list[Any]) -> list[str] | None:
    """Return the column of the only asset."""
    (batch,) = [item for item in found if isinstance(item, Batch)]
    told: list[str] | None = batch.assets.to_dicts()[0]["referenced_libraries"]
    return told


def extent(found: list[Any]) -> tuple[str, str]:
    """Return how much was seen of the libraries of the only asset, and why not all."""
    (batch,) = [item for item in found if isinstance(item, Batch)]
    ((told, reason),) = batch.extents.filter(role="embeds").select("extent", "reason").rows()
    return told, reason


def notes(found: list[Any]) -> str:
    """Return the notes, a line each."""
    return "\n".join(item.text for item in found if isinstance(item, Note))


def test_defined_is_not_referenced(tmp_path: Path) -> None:
    """A library whose class the code defines is a tie with its place; one whose class it only names is none."""
    code = dex(["Lcom/acme/ads/View;", OWN], ["Lcom/acme/push/Service;", "Lcom/acme/ads/Other;"])
    found = items(tmp_path, apk("com.example.app", code=code))
    place = "classes.dex class com/acme/ads/View, signature of one-2026-01-01"
    assert embeds(found) == [("library", "Acme Ads", "observed", place)]
    assert referenced(found) == ["Acme Push"]
    assert extent(found) == ("some", UNDESCRIBED)
    assert "5 signatures of libraries were looked for, of one-2026-01-01, two-2026-01-01" in notes(found)
    assert [item for item in found if isinstance(item, Reject)] == []


def test_native_libraries_and_files(tmp_path: Path) -> None:
    """A file of machine code shows a library by its name, whatever folder it lies in, and another file by its path."""
    more = [Entry(b"lib/x86/libacmemap.so", b"x"), Entry(b"assets/acme-sans.ttf", b"x"), Entry(b"acme-x.ttf", b"x")]
    found = items(tmp_path, apk("com.example.app", *more))
    assert [(value, basis, place) for _, value, basis, place in embeds(found)] == [
        ("Acme Fonts", "inferred", f"assets/acme-sans.ttf, {BY_NAME}, signature of two-2026-01-01"),
        ("Acme Maps", "inferred", f"lib/x86/libacmemap.so, {BY_NAME}, signature of two-2026-01-01"),
    ]
    assert referenced(found) == []


def test_code_speaks_before_the_name_of_a_file(tmp_path: Path) -> None:
    """Where a class and a file show one library, the tie is observed and tells the class, whichever comes first."""
    rows = [("Acme Maps", "class", "exact", "com/acme/maps/A", None, "two-2026-01-01")]
    table = pl.concat([TABLE, pl.DataFrame(rows, SCHEMAS["signature"], orient="row")])
    more = Entry(b"lib/x86/libacmemap.so", b"x")
    found = items(tmp_path, apk("com.example.app", more, code=dex([OWN, "Lcom/acme/maps/A;"])), table)
    place = "classes.dex class com/acme/maps/A, signature of two-2026-01-01"
    assert embeds(found) == [("library", "Acme Maps", "observed", place)]


def test_a_file_name_that_may_be_anybodys_is_no_tie(tmp_path: Path) -> None:
    """libmain.so shows no library: it stands in the column of native libraries, and a note says what was not told."""
    rows = [
        ("Engine", "native", "exact", "libmain.so", None, "two-2026-01-01"),
        ("Effects", "native", "regex", r"libeffect\.so|libacmefx\.so", None, "two-2026-01-01"),
    ]
    table = pl.DataFrame(rows, SCHEMAS["signature"], orient="row")
    two = Entry(b"lib/x86/libmain.so", b"x"), Entry(b"lib/x86/libeffect.so", b"x")
    found = items(tmp_path, apk("com.example.app", *two), table)
    assert embeds(found) == []
    (batch,) = [item for item in found if isinstance(item, Batch)]
    assert batch.assets["native_libraries"].to_list() == [["libeffect.so", "libmain.so"]]
    assert "2 libraries are not told, for which only a file name speaks that anybody may use" in notes(found)
    third = Entry(b"lib/x86/libacmefx.so", b"x")
    found = items(tmp_path, apk("com.example.app", *two, third), table)
    place = f"lib/x86/libacmefx.so, {BY_NAME}, signature of two-2026-01-01"
    assert embeds(found) == [("library", "Effects", "inferred", place)]
    assert "1 library is not told" in notes(found)


def test_splits_count_together(tmp_path: Path) -> None:
    """What any part of an app defines is there, with its part; what another part defines is not only referred to."""
    base = dex([OWN], ["Lcom/acme/push/Service;", "Lcom/acme/ads/View;"])
    push = apk("com.example.app", code=dex(["Lcom/acme/push/Service;"]), split="push")
    maps = apk("com.example.app", Entry(b"lib/a/libacmemap.so", b"x"), code=dex([OWN]), split="maps")
    parts = [
        Entry(b"push.apk", push, 0),
        Entry(b"base.apk", apk("com.example.app", code=base), 0),
        Entry(b"m.apk", maps, 0),
    ]
    found = items(tmp_path, archive(parts), name="some.xapk")
    assert [(value, place) for _, value, _, place in embeds(found)] == [
        ("Acme Maps", f"m.apk!/lib/a/libacmemap.so, {BY_NAME}, signature of two-2026-01-01"),
        ("Acme Push", "push.apk!/classes.dex class com/acme/push/Service, signature of two-2026-01-01"),
    ]
    assert referenced(found) == ["Acme Ads"]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (apk("com.example.app", code=dex(["La/a;", "La/b;", "La/c;", "Lcom/acme/push/A;"])), ("some", RENAMED)),
        (apk("com.example.app", code=dex(["La/a;", "La/b;", "La/c;"])), ("none", RENAMED)),
        (apk("com.example.app", code=b"dex\n035\0"), ("none", NO_CODE)),
        (apk("com.example.app", Entry(b"lib/a/libacmemap.so", b"x"), code=b"?"), ("some", NO_CODE)),
        (apk("com.example.app", Entry(b"classes2.dex", b"?")), ("some", PART_UNREAD)),
        (apk("com.example.app"), ("some", UNDESCRIBED)),
    ],
)
def test_what_is_not_seen_stays_open(tmp_path: Path, data: bytes, told: tuple[str, str]) -> None:
    """Never all libraries are seen: where code was renamed or not read, what is found stays found."""
    assert extent(items(tmp_path, data)) == told


def test_a_packed_app(tmp_path: Path) -> None:
    """Libraries of a packed app's stub are ties, and the reason says why there may be more; without any, none was."""
    sign = Entry(b"assets/classes.dex.dat", b"x" * 99)
    with_one = items(tmp_path, apk("com.example.app", sign, code=dex([OWN, "Lcom/acme/ads/View;"])))
    without = items(tmp_path, apk("com.example.app", sign))
    assert [value for _, value, _, _ in embeds(with_one)] == ["Acme Ads"]
    assert [extent(with_one)[0], extent(without)[0]] == ["some", "none"]
    assert extent(with_one)[1] == extent(without)[1]
    assert "packed with DexProtector" in extent(without)[1]


@pytest.mark.parametrize("table", [None, TABLE.clear(), TABLE.with_columns(of=pl.lit("no such"))])
def test_without_signatures(tmp_path: Path, table: pl.DataFrame | None) -> None:
    """Where nothing can be looked for, no library is known to be there, and none not to be."""
    found = items(tmp_path, apk("com.example.app", code=dex(["Lcom/acme/ads/View;"])), table)
    assert (embeds(found), referenced(found), extent(found)) == ([], None, ("none", NO_SIGNATURES))
    refused = 0 if table is None else table.height
    assert ("5 signatures of libraries could not be looked for" in notes(found)) == bool(refused)


def test_what_could_not_be_compared_is_told(tmp_path: Path) -> None:
    """Signatures that cannot be looked for, libraries that cannot be named and names with line breaks are counted."""
    more = pl.DataFrame(
        [("\x1b[2J", "class", "regex", "com.ex", None, "x"), ("L", "class", "regex", "(", None, "x")],
        schema=SCHEMAS["signature"], orient="row",
    )  # fmt: skip
    code = dex([OWN, "Lcom/x\ncom/acme/ads/View;"], ["Lx\ncom/acme/push/A;"])
    found = items(
        tmp_path, apk("com.example.app", Entry(b"x\nassets/acme-x.ttf", b"x"), code=code), pl.concat([TABLE, more])
    )
    assert (embeds(found), referenced(found)) == ([], [])
    assert "1 signatures of libraries could not be looked for: 1 no expression that RE2 takes" in notes(found)
    assert "3 names of classes or files hold a line break" in notes(found)
    assert "1 libraries are there by signatures whose name for them is none that can be shown" in notes(found)


def test_hostile_names_are_made_visible(tmp_path: Path) -> None:
    """A class's name that would repaint a terminal, or never ends, is spelt out and cut in a tie's place."""
    code = dex(["Lcom/acme/ads/\x1b[2J;", OWN])
    ((_, _, _, place),) = embeds(items(tmp_path, apk("com.example.app", code=code)))
    assert place == "classes.dex class com/acme/ads/\\x1b[2J, signature of one-2026-01-01"
    long = dex([f"Lcom/acme/ads/{'x' * 5000};"])
    ((_, _, _, place),) = embeds(items(tmp_path, apk("com.example.app", code=long)))
    assert len(place) < 600
    assert place.endswith("…, signature of one-2026-01-01")


def test_names_do_not_speak_for_a_signature(tmp_path: Path) -> None:
    """What a package names, a class or a file, stands in quotes where it holds words of a place, or a quote."""
    code = dex(["Lcom/acme/ads/X, signature of other-2099;", OWN])
    entry = Entry(b'assets/classes.dex class a/B, signature of "q/libacmemap.so', b"x")
    url = Entry(b"assets/a b.json", b'"https://host.acme.net/"')
    found = items(tmp_path, apk("com.example.app", entry, url, code=code))
    places = {value: place for _, value, _, place in embeds(found)}
    assert places == {
        "Acme Ads": 'classes.dex class "com/acme/ads/X, signature of other-2099", signature of one-2026-01-01',
        "Acme Maps": rf'"assets/classes.dex class a/B, signature of \x22q/libacmemap.so", {BY_NAME}, '
        "signature of two-2026-01-01",
    }
    (batch,) = [item for item in found if isinstance(item, Batch)]
    (contact,) = batch.ties.filter(role="contacts")["locator"]
    assert contact == '"assets/a b.json" byte 9'


def test_a_dex_file_of_any_name_counts(tmp_path: Path) -> None:
    """What begins as a dex file is one, wherever it lies; the app may load it, so that its classes are the app's."""
    more = [
        Entry(b"assets/payload.bin", dex(["Lcom/acme/ads/View;"])),
        Entry(b"classes.DEX", dex(["Lcom/acme/push/A;"]), 0),
    ]
    found = items(tmp_path, apk("com.example.app", *more, code=dex([OWN])))
    assert [(value, place.partition(",")[0]) for _, value, _, place in embeds(found)] == [
        ("Acme Ads", "assets/payload.bin class com/acme/ads/View"),
        ("Acme Push", "classes.DEX class com/acme/push/A"),
    ]
    assert "assets/payload.bin and 1 more: dex files under other names, which the app may load" in notes(found)
    assert extent(found) == ("some", UNDESCRIBED)


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        (archive([Entry(b"classes.dex", dex([OWN]))]), "with dex files or archives in them"),
        (archive([Entry(b"deep/x", dex([OWN]))]), "with dex files or archives in them"),
        (archive([Entry(b"x", archive([Entry(b"y", b"y")]))]), "with dex files or archives in them"),
        (archive([Entry(b"font.ttf", b"x")]), ""),
        (b"PK\3\4 and no more", "could not be looked into"),
    ],
)
def test_code_in_archives_within_is_not_read_and_told(tmp_path: Path, inner: bytes, said: str) -> None:
    """An archive among the files, whatever its name: with code in it, not all of the app's was read."""
    found = items(tmp_path, apk("com.example.app", Entry(b"assets/plugin.bin", inner), code=dex([OWN])))
    told = [line for line in notes(found).split("\n") if "archives within" in line]
    assert [said in line and line.startswith("assets/plugin.bin: ") for line in told] == [True] * bool(said)
    assert extent(found) == ("some", PART_UNREAD if said else UNDESCRIBED)


def test_archives_within_are_looked_into_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more archives than the limit the rest is told."""
    monkeypatch.setattr(hidden, "ARCHIVES_MOST", 2)
    inner = archive([Entry(b"font.ttf", b"x")])
    more = [Entry(b"assets/%d" % number, inner) for number in range(5)]
    found = items(tmp_path, apk("com.example.app", *more, code=dex([OWN])))
    assert "assets/2 and 2 more: archives within the package that could not be looked into" in notes(found)


def test_through_the_jail(tmp_path: Path) -> None:
    """The table of signatures reaches the child process, and the ties come back as they are here."""
    path = tmp_path / "some.apk"
    path.write_bytes(apk("com.example.app", code=dex(["Lcom/acme/ads/View;"], ["Lcom/acme/push/Service;"])))
    known: Mapping[str, pl.DataFrame] = dict.fromkeys(KNOWS, TABLE)
    here, there = list(read(path, Limits(), known=known)), list(jail.run("apk", path, Limits(), known=known))
    assert embeds(here) == embeds(there) != []
    assert referenced(here) == referenced(there) == ["Acme Push"]
    assert notes(here) == notes(there)


def trackers() -> dict[str, str]:
    """Return the code signatures of Exodus Privacy that exodus-core looks for, by name."""
    told = json.loads((SHARED / "apps" / "exodus_trackers.json").read_text())["trackers"].values()
    return {one["name"]: one["code_signature"] for one in told if len(one["code_signature"]) > 3}


def as_exodus_core(path: Path, folder: Path) -> set[str]:
    """Return the trackers that exodus-core 1.3.15 tells: dexdump's words that look like classes, each tried by re."""
    classes: set[str] = set()
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            if re.search(r"classes.*\.dex", name):
                run = subprocess.check_output(["dexdump", file.extract(name, folder)])
                classes |= set(re.findall(r"[A-Z]+((?:\w+\/)+\w+)", run.decode(errors="ignore")))
    return {name for name, sign in trackers().items() if any(map(re.compile(sign).search, classes))}


@pytest.mark.skipif(not APKS, reason="the public packages are not there")
@pytest.mark.skipif(shutil.which("dexdump") is None, reason="dexdump is not installed")
@pytest.mark.parametrize("path", APKS, ids=lambda path: path.name)
def test_trackers_as_exodus_core_finds_them(path: Path, tmp_path: Path) -> None:
    """Of each real package the trackers are those that exodus-core's way finds: all of them defined, none left out."""
    rows = [(name, "class", "regex", sign, None, "exodus") for name, sign in trackers().items()]
    table = pl.DataFrame(rows, schema=SCHEMAS["signature"], orient="row")
    found = list(read(path, Limits(), known={"signature": table}))
    assert {value for _, value, _, _ in embeds(found)} == as_exodus_core(path, tmp_path)
    assert referenced(found) == []
