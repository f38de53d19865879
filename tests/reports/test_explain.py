"""A chain of evidence is told from a report, whoever wrote the report."""

from __future__ import annotations

import contextlib
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import wording
from crossline.explain import ReportError, explain, render, stream
from crossline.reports import Audit, Options, load
from crossline.world import chains

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def report(audit: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a report with 27,343 findings."""
    path = tmp_path_factory.mktemp("explain") / "report.json"
    path.write_bytes(load("json").render(audit, Options()).encode())
    return path


def told(report: Path, what: str, width: int = 200) -> str:
    """Return an explanation as text."""
    return render(explain(report, what), Options(width=width))


@pytest.mark.parametrize("what", ["f9999999", "f99999", "session:1", "192.0.2.7"])
def test_a_finding_by_any_of_its_names(report: Path, what: str) -> None:
    """A finding is told by its id, the first characters of it, its asset's id or its asset's name."""
    explanation = explain(report, what)
    assert [finding["id"] for finding in explanation.findings] == ["f9999999"]


def test_names_that_hold_what_was_asked_are_offered(tmp_path: Path) -> None:
    """Where nothing is called so, a few names that hold it are told, small letters or capital."""
    path = tmp_path / "report.json"
    findings = [{"id": f"{number:08x}", "asset": f"app:com.Instapaper.{number}"} for number in range(9)]
    groups = [{"rule": "r", "identifier": "package:com.other", "samples": ["instapaper-beta"]}]
    path.write_text(json.dumps({"crossline": "0", "findings": findings, "groups": groups}), encoding="utf-8")
    with pytest.raises(ReportError, match=r"what holds it: app:com\.Instapaper\.0, app:com\.Instapaper\.1, ") as caught:
        explain(path, "instapaper")
    assert str(caught.value).count("com.Instapaper") == 5
    with pytest.raises(ReportError) as caught:
        explain(path, "nowhere-to-be-seen")
    assert "what holds it" not in str(caught.value)


def test_each_step_with_its_source(report: Path) -> None:
    """Each step stands with title, issuer, date and address of its source, in the order of the chain."""
    lines = [line.strip() for line in told(report, "f9999999").splitlines()]
    start = lines.index("1.  AS4134 is held by China Telecom")
    assert lines[start + 1 : start + 3] == ["APNIC registry, APNIC, 2020-10-01", "https://www.apnic.net/"]
    assert lines[start + 3].startswith("2.  China Telecom is owned to at least 51 %")
    assert lines[start + 4] == "Annual report 2019, China Telecom Corporation, 2020-04-01"
    assert "javascript" not in "".join(lines)


def test_who_asks_and_what_decided(report: Path) -> None:
    """The first line says hypothetical; the limb that decided, the rule and its clause are named."""
    text = told(report, "f9999999")
    assert text.startswith("Hypothetical: ")
    assert "narrow" in next(line for line in text.splitlines() if line.strip().startswith("decided by"))
    assert "clean-carrier-session of us-clean-network, an aim, not an obligation (Clean Carrier;" in text
    asks = next(line for line in text.splitlines() if line.strip().startswith("asks"))
    assert asks.split(maxsplit=1)[1] == "as Crossline puts it: No session with a listed carrier"


@pytest.mark.parametrize(
    "what",
    ["clean-carrier-route/asn:64500", "us-clean-network/clean-carrier-route/AS64500", "AS64500", "198.51.100.0/24"],
)
def test_a_group_by_any_of_its_names(report: Path, what: str) -> None:
    """What is unknown is told by rule and identifier, by identifier, or by one of its assets, with what is missing."""
    text = told(report, what)
    assert "15,556 judgements on AS64500: unknown" in text
    assert "which party holds AS64500" in text
    assert "crossline world lookup asn:64500 shows every statement about it" in text


def test_where_a_reading_decides_no_fact_is_to_be_looked_up(
    make_finding: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    """What no fact decides comes without a command that shows facts, and what one may decide comes with it."""
    reading = f"{chains.READING} on Maker: it is reached if a holder counts whole"
    assert wording.READING == chains.READING
    row = make_finding(1, verdict="unknown", identifier="party:maker", missing=[reading])
    text = " ".join(told(write(tmp_path, {"crossline": "0", "findings": [row]}), "f0000001").split())
    assert "No fact decides this." in text
    assert "lookup" not in text
    row["missing"].append("who owns Maker")
    assert "lookup" in told(write(tmp_path, {"crossline": "0", "findings": [row]}), "f0000001")


def test_many_findings_are_counted(report: Path) -> None:
    """An identifier that many findings name gives the first twenty, and the number of the others."""
    explanation = explain(report, "asn:4837")
    assert (len(explanation.findings), explanation.finding_count) == (20, 6002)
    assert "5,982 more findings of that name in the report." in told(report, "asn:4837")


def test_an_id_wins_over_its_continuations(make_finding: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """A finding whose id is exactly what was asked for is told alone, though other ids begin like it."""
    rows = [make_finding(1, id="abcdef12"), make_finding(2, id="abcdef1"), make_finding(3, id="abcdef1")]
    path = write(tmp_path, {"crossline": "0", "findings": rows[:2]})
    assert [f["id"] for f in explain(path, "abcdef1").findings] == ["abcdef1"]
    assert explain(path, "abcdef").finding_count == 2


def test_hostile_names_do_nothing(report: Path, hostile_names: tuple[str, ...]) -> None:
    """No control or override of a report reaches the terminal, nor does one of the question."""
    for name in hostile_names:
        text = told(report, name)
        assert all(line.isprintable() for line in text.split("\n"))
    with pytest.raises(ReportError) as caught:
        explain(report, "\x1b[2Jnothing\u202e")
    assert str(caught.value).isprintable()


def test_a_hostile_identifier_is_no_command(make_finding: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    """A command that is proposed has the identifier quoted for a shell."""
    row = make_finding(1, verdict="unknown", identifier="asn:1; rm -rf ~")
    text = told(write(tmp_path, {"crossline": "0", "findings": [row]}), "f0000001")
    assert "crossline world lookup 'asn:1; rm -rf ~' shows" in text


def write(folder: Path, content: object) -> Path:
    """Write a report."""
    path = folder / "report.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


GOOD = {"id": "abcdefgh", "asset": "x"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file ends where an object was expected"),
        (b"[]", "an object was expected"),
        (b"{}", "no key 'crossline'"),
        (b'{"crossline": "0"', "a comma or the end of the object was expected|cut off|file ends"),
        (b'{"crossline": "0", "findings": [{"id": "abc', "cut off"),
        (b'{"crossline": "0"} {}', "something follows"),
        (b'{"crossline": "0"}', "nothing is called 'abcdefgh'"),
        (b'{"crossline": NaN}', "NaN is no JSON number"),
        (b'{"crossline": "\xff"}', "not UTF-8"),
        (b'{"crossline": ' + b"[" * 200_000, "nested too deeply|cut off"),
        (b'{"x": ' + b"9" * 10_000 + b"}", "not JSON"),
        ({"crossline": "0", "findings": [7]}, "findings, number 1, is no object"),
        ({"crossline": "0", "findings": {"id": 1}, "groups": 3}, "groups, number 1, is no object"),
        ({"crossline": "0", "findings": [{**GOOD, "name": 7}]}, "findings, number 1: name is a number"),
        ({"crossline": "0", "findings": [GOOD, {**GOOD, "why": "x"}]}, "number 2: why is no list of statements"),
        ({"crossline": "0", "findings": [{**GOOD, "why": [{"statement": 1}]}]}, "why is no list of statements"),
        ({"crossline": "0", "findings": [{**GOOD, "missing": [1]}]}, "missing is no list of texts"),
        ({"crossline": "0", "findings": [GOOD], "sources": []}, "sources is an array"),
        ({"crossline": "0", "findings": [GOOD], "sources": {"a": 1}}, "sources: 'a' is no object"),
        ({"crossline": "0", "findings": [GOOD], "rules": [1]}, "rules holds something that is no object"),
        ({"crossline": "0", "findings": [GOOD], "we": {"states": 7}}, "we: states is a number"),
        ({"crossline": "0", "groups": [{"samples": ["abcdefgh"], "count": "x"}]}, "count is text"),
    ],
)
def test_a_wrong_shape_is_named(tmp_path: Path, content: object, reason: str) -> None:
    """A file that is no report, or a broken one, gives a sentence with the file and the place, and nothing else."""
    path = write(tmp_path, content)
    with pytest.raises(ReportError, match=reason) as caught:
        explain(path, "abcdefgh")
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is not there, or is a folder, is named."""
    for path in (tmp_path / "no.json", tmp_path):
        with pytest.raises(ReportError, match=str(path)):
            explain(path, "x")


def test_a_limit_is_named(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, or a piece of it, beyond what is read is named with its limit."""
    monkeypatch.setattr("crossline.explain.search.LIMIT_BYTES", 1000)
    with pytest.raises(ReportError, match="more than the 1,000 that are read"):
        explain(report, "x")
    monkeypatch.undo()
    monkeypatch.setattr(stream, "LIMIT_PIECE", 1000)
    with pytest.raises(stream.BrokenError, match="longer than 1,000 characters"):
        list(stream.members(io.BytesIO(b'{"a": "' + b"x" * 5_000_000), frozenset()))


@given(st.binary(max_size=200) | st.text('{}[]":,0-.e \\utrn', max_size=60).map(str.encode))
def test_nothing_crashes(content: bytes) -> None:
    """Whatever the bytes, reading them ends with members or with a named break."""
    with contextlib.suppress(stream.BrokenError):
        list(stream.members(io.BytesIO(content), frozenset({"a"})))


JSON_VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), JSON_VALUE, max_size=4), st.integers(1, 7), st.sampled_from([None, 1]))
def test_pieces_are_what_the_whole_is(document: dict[str, Any], chunk: int, indent: int | None) -> None:
    """Read a few bytes at a time, a document is what the standard library reads at once."""
    data = json.dumps(document, ensure_ascii=False, indent=indent).encode()
    arrays = frozenset(key for key, value in document.items() if isinstance(value, list))
    before, stream._CHUNK_BYTES = stream._CHUNK_BYTES, chunk  # type: ignore[misc]
    try:
        read = list(stream.members(io.BytesIO(data), arrays))
    finally:
        stream._CHUNK_BYTES = before  # type: ignore[misc]
    expected = [
        (key, item) for key, value in document.items() for item in (value if isinstance(value, list) else [value])
    ]
    assert read == expected
