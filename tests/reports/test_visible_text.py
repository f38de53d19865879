"""Text of strangers is shown on one line, whole or visibly cut, and nothing in it acts on a terminal."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from crossline.text import columns, plural, visible, word, wrap

# Surrogates and unassigned characters too: a file name may hold them (PEP 383).
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)


@given(ANY_TEXT)
def test_nothing_unseen_is_left(text: str) -> None:
    """What is shown is printable by CPython's own table, which holds neither controls nor format characters."""
    assert visible(text).isprintable()


@given(st.lists(ANY_TEXT | st.sampled_from(["a, b", 'a" class "b', "\\", '"', "a\u3000b"]), max_size=3))
def test_words_stay_apart(texts: list[str]) -> None:
    """A row of words comes apart again at blanks outside of double quotes, whatever stands in them (naive twin)."""
    line, parts, quoted = " ".join(word(text) for text in texts if text), [""], False
    for character in line:
        quoted ^= character == '"'
        parts = [*parts, ""] if character == " " and not quoted else [*parts[:-1], parts[-1] + character]
    assert [part for part in parts if part] == [word(text) for text in texts if text]
    assert not any("," in part for part in parts if not part.startswith('"'))


@given(ANY_TEXT, st.integers(1, 20))
def test_a_limit_holds(text: str, limit: int) -> None:
    """No more than the limit is shown, and a text that was cut ends in an ellipsis."""
    shown = visible(text, limit)
    assert len(shown) <= limit
    assert len(text) <= limit or shown.endswith("…")


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=120))
def test_plain_text_stays(text: str) -> None:
    """Printable ASCII is shown as it is."""
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\rd", "a\\nb\\tc\\rd"),
        ("\x9b31m", "\\x9b31m"),  # the one-byte form of ESC [ (ECMA-48, 5.4)
        ("\u202egnp.exe", "\\u202egnp.exe"),  # right-to-left override
        ("\u2066a\u2069", "\\u2066a\\u2069"),  # isolates, the other half of CVE-2021-42574
        ("pay\u200bpal", "pay\\u200bpal"),
        ("\U000e0041", "\\U000e0041"),  # a tag character
        ("a\u00a0b", "a b"),
        ("\udc80", "\\udc80"),
        ("e" + "\u0301" * 5, "e\u0301\u0301\u0301\\u0301\\u0301"),
        ("Việt Nam, ایران, 中国", "Việt Nam, ایران, 中国"),
    ],
)
def test_what_acts_is_spelt_out(text: str, shown: str) -> None:
    """Controls, overrides and invisible characters are written as escapes; letters of any script stay."""
    assert visible(unicodedata.normalize("NFC", text) if "Việt" in text else text) == shown


@pytest.mark.parametrize("text", ["plain", "漢字", "e\u0301", "mixed 漢 and é", "🙂"])
def test_columns_against_rich(text: str) -> None:
    """A text takes as many columns as rich counts."""
    assert columns(text) == cell_len(text)


@given(st.text(st.sampled_from("ab 漢"), max_size=60), st.integers(3, 12), st.integers(1, 6))
def test_wrapped_lines_fit(text: str, width: int, lines: int) -> None:
    """No more lines than asked for, none wider than asked for, and nothing lost unless the last says so."""
    wrapped = wrap(text, width, lines)
    assert len(wrapped) <= lines
    assert all(cell_len(line) <= width for line in wrapped)
    if not (wrapped and wrapped[-1].endswith("…")):
        assert "".join(wrapped).replace(" ", "") == text.replace(" ", "")


def test_plural() -> None:
    """One thing is singular, everything else is plural, and thousands are separated."""
    assert [plural(n, "route") for n in (0, 1, 1562)] == ["0 routes", "1 route", "1,562 routes"]
