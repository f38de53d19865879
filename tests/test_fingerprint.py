"""Ids of texts, against the published vectors of FNV-1a."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import fingerprint


# The 64-bit FNV-1a vectors of the reference implementation's test suite (RFC 9923, appendix C; test_fnv.c).
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "cbf29ce484222325"),
        ("a", "af63dc4c8601ec8c"),
        ("b", "af63df4c8601f1a5"),
        ("fo", "08985907b541d342"),
        ("foo", "dcb27518fed9d577"),
        ("foob", "dd120e790c2512af"),
        ("fooba", "cac165afa2fef40a"),
        ("foobar", "85944171f73967e8"),
    ],
)
def test_published_vectors(text: str, expected: str) -> None:
    """A text and a column of it have the published value, however the text is split into prefix and rest."""
    assert fingerprint.of(text) == expected
    for cut in range(len(text) + 1):
        assert fingerprint.of_column(text[:cut], pl.Series([text[cut:]])).to_list() == [expected]


def naive(data: bytes) -> str:
    """FNV-1a as its definition reads: for each byte, exclusive or, then multiply, modulo 2 to the 64."""
    value = 14695981039346656037
    for byte in data:
        value = (value ^ byte) * 1099511628211 % 2**64
    return f"{value:016x}"


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


@given(TEXT, st.lists(TEXT))
def test_a_column_equals_each_of_its_texts(prefix: str, texts: list[str]) -> None:
    """Every row is the id of prefix and text, in any script, empty ones too."""
    expected = [naive((prefix + text).encode()) for text in texts]
    assert fingerprint.of_column(prefix, pl.Series(texts, dtype=pl.String)).to_list() == expected
    assert [fingerprint.of(prefix + text) for text in texts] == expected


def test_a_column_in_pieces_equals_the_whole() -> None:
    """How a column lies in memory changes nothing."""
    texts = pl.Series(["a", "\u00e9\u6f22\u5b57\U0001f642", "", "x" * 3000])
    pieces = pl.concat([texts[:1], texts[1:]], rechunk=False)
    assert fingerprint.of_column("p", pieces).to_list() == fingerprint.of_column("p", texts).to_list()
    assert fingerprint.of_column("p", texts[1:3]).to_list() == fingerprint.of_column("p", texts).to_list()[1:3]
