"""YAML is read without surprises, and hostile YAML is refused with its place."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import yamlfile
from crossline.yamlfile import Limits, YamlError, load, load_document

if TYPE_CHECKING:
    from pathlib import Path

# JSON is a subset of YAML 1.2 (yaml.org/spec/1.2.2, 1.2), so the standard library's writer is an oracle; it writes
# characters past U+FFFF as two escapes, which libyaml does not put together again
TEXT = st.characters(exclude_characters="\0", exclude_categories=("Cs",), max_codepoint=0xFFFF)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(TEXT, max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(TEXT, min_size=1, max_size=8),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def refused(data: bytes) -> YamlError:
    """Return the error that the document meets."""
    with pytest.raises(YamlError) as caught:
        load(data)
    return caught.value


def has_place_or_value(data: bytes) -> None:
    """Fail unless the bytes are read, or refused with a place."""
    error = None
    try:
        load(data)
    except YamlError as caught:
        error = caught
    assert error is None or (error.line >= 1 and error.column >= 1 and error.message)


@given(JSON)
def test_json_reads_as_the_json_module_says(value: object) -> None:
    """Whatever the json module writes is read back as the value it was."""
    assert value == load(json.dumps(value).encode())


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_an_error_with_a_place(data: bytes) -> None:
    """No input makes anything but a value or a YamlError."""
    has_place_or_value(data)


@given(st.text("-:{}[],&*!|>'\"%@`#?\t\n ab<~1", max_size=60))
def test_any_punctuation_gives_a_value_or_an_error_with_a_place(text: str) -> None:
    """No heap of YAML's own punctuation makes anything but a value or a YamlError."""
    has_place_or_value(text.encode())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # YAML 1.2.2, 10.3.2 and its examples
        ("NO", "NO"), ("no", "no"), ("yes", "yes"), ("on", "on"), ("y", "y"),
        ("true", True), ("True", True), ("FALSE", False), ("tRUE", "tRUE"),
        ("null", None), ("~", None), ("Null", None),
        ("0", 0), ("-19", -19), ("0o7", 7), ("0x3A", 58), ("12:30", "12:30"), ("1_000", "1_000"),
        ("0.", 0.0), ("-0.0", -0.0), (".5", 0.5), ("+12e03", 12000.0), ("-2E+05", -200000.0),
        # where 1.1 and 1.2 differ, or nobody expects a number
        ("0123", "0123"), (".inf", ".inf"), (".nan", ".nan"), ("=", "="),
        ("2020-08-05", date(2020, 8, 5)), ("2020-08-05T10:00:00Z", "2020-08-05T10:00:00Z"), ("2020-8-5", "2020-8-5"),
        ('"2020-08-05"', "2020-08-05"), ("'true'", "true"), ('"12"', "12"), ("|-\n  12", "12"),
    ],
)  # fmt: skip
def test_a_plain_scalar_is_what_the_core_schema_says(text: str, expected: object) -> None:
    """Words stay words, Norway stays a country and a day becomes a date."""
    value = load(f"a: {text}\n".encode())
    assert value == {"a": expected}
    assert type(value["a"]) is type(expected)  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ("a: &x [1]\nb: *x\n", 1, "anchor"),
        ("b: 1\na: *x\n", 2, "alias"),
        ("a: 1\n<<: {b: 1}\n", 2, "merge"),
        ("a: !!python/object/apply:os.system ['true']\n", 1, "tag"),
        ("a: !!binary aGk=\n", 1, "tag"),
        ("a: 1\nb: 2\na: 3\n", 3, "twice"),
        ("a: 1\n---\nb: 1\n", 2, "second document"),
        ("1: a\n", 1, "not text"),
        ("a: 1\n2020-01-01: b\n", 2, "not text"),
        ("~: b\n", 1, "not text"),
        ("[a]: b\n", 1, "key"),
        ("? {a: 1}\n: b\n", 1, "key"),
        ("a:\n\t- 1\n", 2, "tab"),
        ("a: 2020-02-30\n", 1, "calendar"),
        ("a: 1e999\n", 1, "large"),
        ("a: " + "9" * 5000 + "\n", 1, "digits"),
        ('a: "\\0"\n', 1, "NUL"),
        ("", 1, "nothing"),
        ("# only a comment\n", 1, "nothing"),
        ("a: [1, 2\n", 2, ""),
        ("a: 'x\n", 2, ""),
    ],
)
def test_what_means_different_things_is_refused_with_its_line(text: str, line: int, word: str) -> None:
    """Each refused construct is named with the line that it stands on."""
    error = refused(text.encode())
    assert line == error.line
    assert word in error.message


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [(b"a: 1\nb: \xff\n", 2, 4), ("a: 1".encode("utf-16"), 1, 1), (b"a: 1\nb: \x07\n", 2, 4)],
)
def test_a_byte_that_is_no_text_is_named_with_its_place(data: bytes, line: int, column: int) -> None:
    """Bytes that are not UTF-8, and control characters, are refused where they stand."""
    error = refused(data)
    assert (line, column) == (error.line, error.column)


def test_a_billion_laughs_is_refused_at_once() -> None:
    """Aliases of aliases never unfold: the first anchor ends the reading."""
    text = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20)
    )
    assert refused(text.encode()).line == 1


@pytest.mark.parametrize(
    "piece", ["[", "{a: ", "- ", "? ", "a: \n", "[[],", '"', "'", "&a ", "!", "%", "{", "? [", "x "]
)
def test_a_heap_of_one_piece_ends_soon(piece: str) -> None:
    """A megabyte of any one construct ends within seconds."""
    begin = time.monotonic()
    refused_or_read = None
    try:
        refused_or_read = load(piece.encode() * ((1 << 20) // len(piece)))
    except YamlError as error:
        refused_or_read = error
    assert refused_or_read is not None
    assert time.monotonic() - begin < 20


@pytest.mark.parametrize(
    ("text", "limits", "word"),
    [
        ("[[[[1]]]]", Limits(depth=3), "limit of 3"),
        ("[1, 2, 3]", Limits(nodes=3), "limit of 3"),
        ("a: bcdef", Limits(bytes_in=7), "limit of 7"),
    ],
)
def test_a_limit_is_named_when_it_is_met(text: str, limits: Limits, word: str) -> None:
    """Past a limit the error says which one; at the limit the document is read."""
    with pytest.raises(YamlError, match=word):
        load(text.encode(), limits=limits)
    roomier = Limits(limits.bytes_in + 1, limits.depth + 1, limits.nodes + 1)
    assert load(text.encode(), limits=roomier) is not None


def test_a_path_is_read_and_named(tmp_path: Path) -> None:
    """A file's error begins with its path, line and column."""
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert load(path) == {"a": 1}
    path.write_text("a: *b\n")
    with pytest.raises(YamlError, match=r"x\.yaml:1:4: an alias"):
        load(path)


def test_places_lead_to_the_line_of_each_part() -> None:
    """A document knows the line of every value, and of the nearest thing around one that is missing."""
    document = load_document(b"we:\n  states: [US,\n    NO]\nfiles:\n- path: x\n", path="e.yaml")
    assert document.places["we", "states"] == (2, 3)
    assert document.places["we", "states", 1] == (3, 5)
    assert document.places["files", 0] == (5, 3)
    assert str(document.error(("files", 0, "vantage"), "is missing")) == "e.yaml:5:3: is missing"


def test_libyaml_and_the_python_parser_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """The two parsers of PyYAML give the same value."""
    import yaml  # noqa: PLC0415 - only this test needs it

    text = b"a: [1, NO, 'x', \"\\u00e9\", 2020-01-01]\nb:\n  c: |\n    lines\n    more\n  d: >-\n    folded\n    text\n"
    fast = load(text)
    monkeypatch.setattr(yamlfile, "_LOADER", yaml.SafeLoader)
    assert fast == load(text)
