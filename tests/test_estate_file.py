"""An estate.yaml says who we are and fills in what files cannot say, and a mistake is named with its line."""

from __future__ import annotations

import json
from datetime import date
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossline import estate_file, yamlfile
from crossline.estate_file import EstateFile, EstateFileError, We, load

EXAMPLE = Path(__file__).parents[1] / "examples" / "embassy" / "estate.yaml"
SCHEMA = json.loads(resources.files("crossline").joinpath("schema/estate.json").read_text())

FULL = """\
we:
  parties: [an-embassy]
  states: us
  asns: [64496, AS64497, "1.10"]
facilities:
- id: chancery
  name: The chancery
  state: NO
  diplomatic: true
  prefixes: [198.51.100.0/24, "2001:db8::/48"]
- id: annex
files:
- path: gateway.mrt
  vantage: ours
- path: tables/*.csv
  observed_at: 2026-01-31
  facility: chancery
  columns: {subjects: [us, NO], disclosure_days: 30, list_exemption: false, authorised_on: 2020-01-01}
- path: "*.csv"
  reader: table
  kind: device
  observed_at: 2025-01-01
  columns: {facility: other}
parameters:
  us-clean-network: {home: US, reading: wide}
"""


def read(tmp_path: Path, text: str) -> EstateFile:
    """Read a text as an estate.yaml."""
    path = tmp_path / estate_file.NAME
    path.write_text(text)
    return load(path)


def test_every_part_is_read(tmp_path: Path) -> None:
    """What the file says comes back, each word in its canonical form."""
    estate = read(tmp_path, FULL)
    assert We(("an-embassy",), ("US",), ("64496", "64497", "65546")) == estate.we  # RFC 5396: 1.10 is 65546
    chancery, annex = estate.facilities
    assert (chancery.state, chancery.diplomatic) == ("NO", True)
    assert chancery.prefixes == ("198.51.100.0/24", "2001:db8::/48")
    assert (annex.name, annex.state, annex.diplomatic, annex.columns()) == ("annex", None, None, {})
    assert estate.parameters == {"us-clean-network": {"home": "US", "reading": "wide"}}


@pytest.mark.parametrize(
    ("relative", "expected"),
    [
        ("gateway.mrt", {"vantage": "ours"}),
        ("old/gateway.mrt", {"vantage": "ours"}),
        ("gateway.mrt.gz", {}),
        ("x.csv", {"reader": "table", "kind": "device", "observed_at": date(2025, 1, 1), "facility": "other"}),
        (
            "tables/x.csv",
            {
                "facility": "diplomatic", "facility_state": "NO", "observed_at": date(2026, 1, 31),
                "subjects": ["US", "NO"], "disclosure_days": 30, "list_exemption": False,
                "authorised_on": date(2020, 1, 1), "kind": "device", "reader": "table",
            },
        ),
    ],
)  # fmt: skip
def test_of_several_entries_the_first_counts(tmp_path: Path, relative: str, expected: dict[str, object]) -> None:
    """A file is told what every entry that matches it says, and where two disagree the first."""
    assert expected == read(tmp_path, FULL).stated(relative)


def test_nobody_is_we_unless_it_is_said(tmp_path: Path) -> None:
    """An estate.yaml without `we` leaves the question hypothetical."""
    assert read(tmp_path, "files: []\n").we is None
    assert read(tmp_path, "we:\nfiles:\n").we is None


BAD = [
    ("wee: {}\n", 1, "did you mean 'we'"),
    ("we: {state: [US]}\n", 1, "did you mean 'states'"),
    ("we:\n  states: [USA]\n", 2, "two-letter"),
    ("we:\n  asns: [64496,\n   x]\n", 3, "not an AS number"),
    ("we:\n  asns: [4294967296]\n", 2, "above 4294967295"),
    ("we: {parties: [Two Words]}\n", 1, "party's id"),
    ("we: {states: [true]}\n", 1, "true or false"),
    ("we: {asns: [1.10]}\n", 1, "quotation marks"),
    ("we: [US]\n", 1, "keys and values"),
    ("[we]\n", 1, "keys and values"),
    ("files: {path: x}\n", 1, "list"),
    ("files:\n- vantage: ours\n", 2, "'path' is missing"),
    ("files:\n- path: x\n  vantage: theirs\n", 3, "none of ours, collector"),
    ("files:\n- path: x\n  kind: devise\n", 3, "did you mean 'device'"),
    ("files:\n- path: x\n  reader: tabel\n", 3, "did you mean 'table'"),
    ("files:\n- path: x\n  observed_at: yesterday\n", 3, "a day such as"),
    ("files:\n- path: x\n  observed_at: 1066-10-14\n", 3, "1900"),
    ("files:\n- path: x\n  facility: chancery\n", 3, "none of"),
    ("files:\n- path: /etc/passwd\n", 2, "from this folder"),
    ("files:\n- path: ../x\n", 2, "from this folder"),
    ("files:\n- path: x\n  columns: {facilty: other}\n", 3, "did you mean 'facility'"),
    ("files:\n- path: x\n  columns: {facility: embassy}\n", 3, "none of diplomatic, other"),
    ("files:\n- path: x\n  kind: device\n  columns: {subjects: [US]}\n", 4, "unknown key 'subjects'"),
    ("files:\n- path: x\n  columns: {disclosure_days: soon}\n", 3, "integer"),
    ("files:\n- path: x\n  columns: {disclosure_days: true}\n", 3, "integer"),
    ("files:\n- path: x\n  columns: {subjects: US}\n", 3, "list of words"),
    ("files:\n- path: x\n  columns: {subjects: [USA]}\n", 3, "two-letter"),
    ("facilities:\n- name: x\n", 2, "'id' is missing"),
    ("facilities:\n- {id: a}\n- {id: a}\n", 3, "twice"),
    ("facilities:\n- id: a\n  diplomatic: NO\n", 3, "true or false"),
    ("facilities:\n- id: a\n  prefixes: [198.51.100.1/24]\n", 3, "host bits"),
    ("parameters: [x]\n", 1, "ids of regimes"),
    ("parameters:\n  us-clean-network: wide\n", 2, "values"),
    ("parameters:\n  us-clean-network: {home: 2020-01-01}\n", 2, "a day"),
    ("a: *b\n", 1, "alias"),
]


@pytest.mark.parametrize(("text", "line", "words"), BAD)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    """Each mistake says where it stands and what to put right."""
    with pytest.raises(EstateFileError) as caught:
        read(tmp_path, text)
    assert line == caught.value.line
    assert words in caught.value.message
    assert f"estate.yaml:{line}:" in str(caught.value)


def as_json(text: str) -> object:
    """Return a document as an editor's schema checker sees it: days are texts."""
    return json.loads(json.dumps(yamlfile.load(text.encode()), default=str))


@pytest.mark.parametrize("text", [FULL, EXAMPLE.read_text() if EXAMPLE.is_file() else FULL, "files:\n", "we:\n"])
def test_the_schema_accepts_what_is_read(tmp_path: Path, text: str) -> None:
    """An editor marks nothing in a file that Crossline reads."""
    read(tmp_path, text)
    jsonschema.validate(as_json(text), SCHEMA)


# what a schema cannot know: the ids of facilities, kinds, columns and readers, and the form of days and prefixes
BEYOND_A_SCHEMA = ("kind:", "reader:", "columns:", "facility:", "observed_at:", "prefixes:", "a}", "Two", "*b")


@pytest.mark.parametrize("text", [text for text, _, _ in BAD if not any(word in text for word in BEYOND_A_SCHEMA)])
def test_the_schema_marks_what_is_refused(text: str) -> None:
    """An editor marks the mistakes that a schema can see."""
    if text.startswith("parameters:\n  us-clean-network: {home: 2020"):
        pytest.skip("in JSON a day is a text like any other")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_json(text), SCHEMA)


LEAF = st.none() | st.booleans() | st.integers(-5, 70000) | st.sampled_from(["US", "x", "*.csv", "ours", "device", ""])
TREE = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["we", "states", "asns", "parties", "files", "path", "kind", "facilities", "id", "columns",
                             "parameters", "vantage", "observed_at", "subjects", "prefixes"]), inner, max_size=5)
    ),
    max_leaves=15,
)  # fmt: skip


@given(TREE)
def test_any_shape_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, tree: object) -> None:
    """YAML of any shape gives an EstateFile or an EstateFileError, never anything else."""
    path = tmp_path_factory.getbasetemp() / "any-estate.yaml"
    path.write_text(json.dumps(tree))
    found: object = None
    try:
        found = load(path)
    except EstateFileError as error:
        found = error
    assert isinstance(found, (EstateFile, EstateFileError))
