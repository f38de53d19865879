"""Signatures of libraries beside Python's re over each name alone, and what no automaton can be made of."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline.packages import libraries
from crossline.packages.libraries import LIBRARIES, Names, compiled
from crossline.world import SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crossline.packages.libraries import Found, Signatures

TRACKERS = Path(__file__).parents[3] / "shared" / "data" / "apps" / "exodus_trackers.json"
Row = tuple[str | None, str | None, str | None, str | None]


def table(*rows: Row, source: str | None = "test") -> pl.DataFrame:
    """Return a table of signatures of (library, of, form, pattern)."""
    return pl.DataFrame([(*row, None, source) for row in rows], schema=SCHEMAS["signature"], orient="row")


def names(*texts: str) -> list[Names]:
    """Return names that lie in classes.dex."""
    return [Names.of(texts, "classes.dex")]


def shown(found: Found) -> dict[str, str]:
    """Return each library with the name that shows it."""
    return dict(found.libraries.select("library", "name").iter_rows())


def naive(rows: Sequence[Row], texts: Sequence[str]) -> dict[str, str]:
    """Return, for each library, the first name that its first signature which is found anywhere is found in."""
    told: dict[str, str] = {}
    for name, _, form, pattern in rows:
        for text in texts:
            if text == pattern if form == "exact" else re.search(str(pattern), text):
                told.setdefault(str(name), text)
                break
    return told


def pythonic(pattern: str) -> str:
    r"""Return how Python says what RE2 does: \W and \b go by ASCII, and classes have no names."""
    return "(?a)" + pattern.replace("[[:^alpha:]]", "[^A-Za-z]")


def is_one(pattern: str) -> bool:
    """Say whether it is an expression for both, and does not find the empty text."""
    try:
        return "(?i)" not in pattern[1:] and re.search(pythonic(pattern), "") is None
    except re.error:
        return False


PIECE = st.sampled_from([
    "a", "b", "ab", "/", ".", "a.b", "[^a]", r"\W", "(?:^|/)a", "(?:^|/)b/a", "^", "$", "^a", "b$", "a*", "(?:a|b)",
    r"\$", "a|b/", "|(?:^|/)a", r"\b", r"\S", "(?i)A", "(?:^|/)a.b|(?:^|/)b", "[[:^alpha:]]",
])  # fmt: skip
PATTERN = st.lists(PIECE, min_size=1, max_size=3).map("".join).filter(is_one)
NAME = st.text("aAb/$-é", min_size=1, max_size=6)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["exact", "regex"]), PATTERN), min_size=1, max_size=12), st.lists(NAME))
def test_beside_each_name_alone(told: list[tuple[str, str]], texts: list[str]) -> None:
    """One automaton over all names finds what Python's re finds in each name alone, and the same name first."""
    rows = [(f"library {number % 7}", "class", form, pattern) for number, (form, pattern) in enumerate(told)]
    made = compiled(table(*rows))
    assert made.refused == {}
    wanted = naive([(a, b, form, pythonic(d) if form == "regex" else d) for a, b, form, d in rows], texts)
    assert shown(made.find({"class": names(*texts)})) == wanted


def test_many_names_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever names are parted into pieces, each is whole in one of them, and the first that is found is told."""
    texts = [f"{'x' * (number % 5)}/acme{number % 17}" for number in range(60)] + ["", "end"]
    rows = [(f"library {number}", "class", "regex", f"e{number}$") for number in range(17)]
    rows += [("rooted", "class", "regex", "(?:^|/)acme16"), ("last", "class", "regex", "^end$")]
    wanted = naive(rows, texts)
    assert len(wanted) == 19
    for size in (0, 1, 7, 8, 9, 50, 1 << 16):
        monkeypatch.setattr(libraries, "PIECE_BYTES", size)
        assert shown(compiled(table(*rows)).find({"class": names(*texts)})) == wanted


def test_never_across_two_names() -> None:
    """A name ends where it ends: neither a dot nor a negated class nor white space goes on in the next one."""
    across = (
        "a.b", "(?s)a.b", "a[^z]b", r"a\sb", r"a\nb", r"a\x0ab", r"a[\n]b", "a\nb", "\\Qa\nb\\E", r"a[\s\S]*b",
        r"a\PLb", r"a\Wb", r"a[[:space:]]b", r"a\pZb", r"a\x{a}b", r"(?:^|/)a.b", "a$.^b", "a$^b",
    )  # fmt: skip
    rows = [(f"across {number}", "class", "regex", pattern) for number, pattern in enumerate(across)]
    rows += [("exact", "class", "exact", "a\nb"), ("end", "class", "regex", "/a$"), ("begin", "class", "regex", "^b/")]
    made = compiled(table(*rows))
    assert (made.count, made.refused) == (len(rows), {})
    assert shown(made.find({"class": names("x/a", "b/y")})) == {"end": "x/a", "begin": "b/y"}


def test_a_name_with_a_line_break_is_counted() -> None:
    """A name that holds a line break shows nothing, not even by what stands behind the break, and is counted."""
    made = compiled(table(("Ads", "class", "regex", "com.ads.|com/own"), ("Own", "class", "exact", "com/ads/A")))
    found = made.find({"class": names("x\ncom/ads/A", "com/own\n/B"), "file": names("a\nb")})
    assert (found.libraries.height, found.broken) == (0, 3)
    found = made.find({"class": names("x\ny", "com/ads/A")})
    assert (shown(found), found.broken) == ({"Ads": "com/ads/A", "Own": "com/ads/A"}, 1)


def test_each_sees_its_own_kind_of_name() -> None:
    """A signature of classes is not found in files, nor one of files in classes; an exact one is the whole name."""
    made = compiled(
        table(
            ("Class", "class", "exact", "com/acme/A"), ("Class, shorter", "class", "exact", "com/acme"),
            ("Native", "native", "exact", "libacme.so"), ("Native, shorter", "native", "exact", "libacme"),
            ("Native, regex", "native", "regex", "^libac.*so$"), ("File", "file", "regex", r"^assets/acme\."),
        )
    )  # fmt: skip
    held = names("com/acme/A", "libacme.so", "assets/acme.js")
    assert shown(made.find({"class": held})) == {"Class": "com/acme/A"}
    assert shown(made.find({"native": held})) == {"Native": "libacme.so", "Native, regex": "libacme.so"}
    assert shown(made.find({"file": held})) == {"File": "assets/acme.js"}
    assert made.find({}).libraries.schema == LIBRARIES


def test_one_row_a_library() -> None:
    """A library is told once, by the first signature of the table that is found, under its canonical name, sorted."""
    rows = pl.concat([
        table(("Zeta", "class", "regex", "no/such"), ("Zeta", "class", "regex", "b/"), source="one"),
        table(("Acme  Ads", "class", "exact", "a/B"), ("Zeta", "class", "exact", "a/B"), source="two"),
        table(("Acme Ads", "class", "regex", "a"), ("\u202eevil", "class", "regex", "a"), source="three"),
    ])  # fmt: skip
    found = compiled(rows).find({"class": names("a/A", "a/B", "b/C")})
    assert found.libraries.select("library", "name", "source").rows() == [
        ("Acme Ads", "a/B", "two"),
        ("Zeta", "b/C", "one"),
    ]
    assert found.misnamed == 1
    assert libraries.locators(found.libraries).to_list() == [
        "classes.dex class a/B, signature of two", "classes.dex class b/C, signature of one",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("L", "class", "regex", "a(b"), libraries.NO_RE2),
        (("L", "class", "regex", "a)(b"), libraries.NO_RE2),
        (("L", "class", "regex", "(?=a)b"), libraries.NO_RE2),
        (("L", "class", "regex", r"(a)\1"), libraries.NO_RE2),
        (("L", "class", "regex", "(a{999}){999}"), libraries.NO_RE2),
        (("L", "class", "regex", "|".join(rf"\pL{{{number}}}" for number in range(500, 700))), libraries.TOO_LARGE),
        (("L", "class", "regex", "com.ads.|"), libraries.HOLLOW),
        (("L", "native", "regex", ".*"), libraries.HOLLOW),
        (("L", "class", "regex", r"\Acom"), libraries.WHOLE_TEXTS),
        (("L", "class", "regex", r"com\\\z"), libraries.WHOLE_TEXTS),
        (("L", "class", "regex", r"a\Cb"), libraries.WHOLE_TEXTS),
        (("L", "class", "regex", "(?i-m:^a)"), libraries.WHOLE_TEXTS),
        (("L", "class", "regex", r"com\\Azure"), None),
        (("L", "class", "regex", r"a\(?-m"), None),
        (("L", "class", "regex", "a" * (libraries.PATTERN_MOST + 1)), libraries.TOO_LONG),
        (("L", "class", "exact", ""), libraries.INCOMPLETE),
        (("L", "class", "exact", None), libraries.INCOMPLETE),
        ((None, "class", "exact", "a"), libraries.INCOMPLETE),
        (("L", "host", "exact", "a"), libraries.UNKNOWN_FORM),
        (("L", "class", "glob", "a*"), libraries.UNKNOWN_FORM),
        (("L", "class", "exact", "("), None),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_for(row: Row, reason: str | None) -> None:
    """A signature that cannot be looked for is counted with its reason, and the others are looked for all the same."""
    made = compiled(table(("First", "class", "regex", "^com.acme."), row, ("Last", "class", "exact", "com/acme/A")))
    assert made.refused == ({reason: 1} if reason else {})
    assert made.count == (2 if reason else 3)
    found = shown(made.find({"class": names("x", "com/acme/A"), "native": names("lib.so")}))
    assert found == {"First": "com/acme/A", "Last": "com/acme/A"}


def test_an_automaton_without_room_is_split() -> None:
    """Where all expressions do not fit one automaton, halves find what one would, and none is missed."""
    rows = [(f"library {number:03}", "class", "regex", f"com.acme{number:03}.*[ab].*x$") for number in range(200)]
    texts = [f"com/acme{number:03}/b/Maxx" for number in range(0, 200, 3)]
    wanted = naive(rows, texts)
    assert len(wanted) == 67
    counts = {}
    for memory in (libraries.MEMORY_BYTES, 1 << 19, 1 << 16, 1 << 14):
        made = compiled(table(*rows), memory)
        assert shown(made.find({"class": names(*texts)})) == wanted
        assert made.refused == {}
        counts[memory] = sum(len(blocks) for blocks in made.blocks.values())
    assert counts[libraries.MEMORY_BYTES] == 1
    assert counts[1 << 14] > counts[1 << 16] > 1


class Spent:
    """An automaton whose memory is used up: RE2::Set::Match answers as if nothing were found."""

    def Match(self, text: bytes) -> None:  # noqa: N802 - the library's name
        """Find nothing."""


def test_a_match_without_room_is_not_a_miss() -> None:
    """An automaton that has no memory left to match is told from one that finds nothing, and its halves are asked."""
    rows = [(f"library {number}", "class", "regex", f"com.acme{number}/") for number in range(9)]
    texts = [f"com/acme{number}/A" for number in range(0, 9, 2)]
    made = compiled(table(*rows))
    ((block,),) = made.blocks.values()
    block.automaton = Spent()
    assert shown(made.find({"class": names(*texts)})) == naive(rows, texts)
    while block.halves:
        for half in block.halves:
            half.automaton = Spent()
        block = block.halves[0]
    assert shown(made.find({"class": names(*texts)})) == naive(rows, texts)
    assert (len(block.rows), shown(made.find({"class": names("org/acme")}))) == (4, {})
    alone = compiled(table(rows[0]))
    ((block,),) = alone.blocks.values()
    block.automaton = Spent()
    assert shown(alone.find({"class": names(*texts)})) == {"library 0": "com/acme0/A"}
    assert shown(alone.find({"class": names("x", "org/acme")})) == {}


def trackers() -> list[dict[str, Any]]:
    """Return the trackers of Exodus Privacy that exodus-core looks for: those with more than three characters."""
    if not TRACKERS.exists():
        pytest.skip("../shared is not there")
    told = json.loads(TRACKERS.read_text())["trackers"].values()
    return [one for one in told if len(one["code_signature"]) > 3]


def exodus() -> Signatures:
    """Return their signatures."""
    return compiled(table(*((one["name"], "class", "regex", one["code_signature"]) for one in trackers())))


def test_every_tracker_of_exodus_is_found_by_its_own_words() -> None:
    """RE2 takes all expressions, and finds in names made of them what Python's re finds in each, and no more."""
    made = exodus()
    assert (made.count, made.refused) == (428, {})
    parts = sorted({part for one in trackers() for part in one["code_signature"].split("|") if part})
    for joint in ("/", "$", "x", "."):
        texts = [
            name for part in parts for text in [part.replace(".", joint)]
            for name in (text, f"{text}A", f"a/{text}B", text[:-1], text[1:])
        ]  # fmt: skip
        rows = [(one["name"], "class", "regex", one["code_signature"]) for one in trackers()]
        assert shown(made.find({"class": names(*texts)})) == naive(rows, texts)


def test_names_have_the_files_in_which_they_lie() -> None:
    """A name that holds a line break is left out with its file, and counted; the others keep theirs."""
    held = Names.of(["com/acme/A", "x\ny", "", "com/acme/B"], ["1.dex", "2.dex", "3.dex", "4.dex"])
    assert ([held.line(number) for number in range(3)], held.broken) == (
        [("com/acme/A", "1.dex"), ("", "3.dex"), ("com/acme/B", "4.dex")],
        1,
    )
    found = compiled(table(("Acme", "class", "regex", "B$"))).find({"class": [Names.of(["a"], "0.dex"), held]})
    assert found.libraries.select("name", "file").rows() == [("com/acme/B", "4.dex")]
    assert found.broken == 1
