"""The scenario file: what it may say, and that each mistake is named with its place."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossline import yamlfile
from crossline.internet.scenarios import scenario
from crossline.internet.scenarios.scenario import (
    Answer,
    Scenario,
    ScenarioError,
    Selector,
    coalition_of,
    load,
    of_regime,
)
from crossline.regimes.document import RegimeError

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = json.loads(resources.files("crossline").joinpath("schema/scenario.json").read_text())
FULL = """
title: One state's networks refuse another's carrier
named:
- {registered: [XB]}
- {asn: [64513, AS64514, "1.10"]}
- {party: china-telecom, subsidiaries: true}
- {list: us-clean-network, scope: carrier, statuses: [named]}
- {regime: us-clean-network, set: {reading: wide, statuses: [mou-signed]}}
- {controlled_from: [CN], threshold_pct: 25}
- {owned_by: [cn]}
coalition:
- {state: [US, GB]}
- {coalition: clean-network, statuses: [joint-declaration-signed, mou-signed]}
members_by: control
action: filter
answer: {coalition: [{state: XC}], action: depeer}
sanctions: true
copycat: 3
remove: [{state: [NO]}, {asn: 7}]
"""


def write(folder: Path, text: str) -> Path:
    """Write a scenario file."""
    path = folder / "scenario.yaml"
    path.write_text(text)
    return path


def read(folder: Path, text: str) -> Scenario:
    """Write a scenario file and read it."""
    return load(write(folder, text))


def as_json(text: str) -> Any:
    """Return a document as an editor's schema checker sees it."""
    return json.loads(json.dumps(yamlfile.load(text.encode()), default=str))


def test_everything_that_it_may_say(tmp_path: Path) -> None:
    """Each key is read into its own field, values in their canonical form, and the schema takes the file."""
    found = read(tmp_path, FULL)
    kinds = ["registered", "asn", "party", "list", "regime", "controlled_from", "owned_by"]
    assert [one.kind for one in found.named] == kinds
    assert [one.values for one in found.named] == [
        ("XB",), ("64513", "64514", "65546"), ("china-telecom",), ("us-clean-network",), ("us-clean-network",), ("CN",),
        ("CN",),
    ]  # fmt: skip
    assert found.named[2].subsidiaries
    assert (found.named[3].scopes, found.named[3].statuses) == (("carrier",), ("named",))
    assert found.named[4].set == {"reading": "wide", "statuses": ("mou-signed",)}
    assert [one.threshold_pct for one in found.named[5:]] == [25, 50]
    assert [one.values for one in found.coalition] == [("US", "GB"), ("clean-network",)]
    assert (found.members_by, found.action, found.sanctions, found.copycat) == ("control", "filter", True, 3)
    assert found.answer is not None
    assert (found.answer.named, found.answer.action) == (None, "depeer")
    assert [(one.kind, one.values) for one in found.answer.coalition or ()] == [("state", ("XC",))]
    assert [(one.kind, one.values) for one in found.remove] == [("state", ("NO",)), ("asn", ("7",))]
    assert found.named[1].where == f"{tmp_path}/scenario.yaml:5:4: named[1].asn"
    jsonschema.validate(as_json(FULL), SCHEMA)


def test_what_is_left_out(tmp_path: Path) -> None:
    """By default the file's name is the title, members are taken by registration, and nobody answers."""
    found = read(tmp_path, "named: [{asn: 1}]\ncoalition: [{state: US}]\n")
    assert (found.title, found.members_by, found.action, found.answer) == ("scenario", "registration", None, None)
    assert (found.sanctions, found.copycat, found.remove) == (False, 0, ())
    assert read(tmp_path, "named: [{asn: 1}]\ncoalition: [{state: US}]\nanswer: mirror\n").answer == Answer()
    assert read(tmp_path, "named: [{asn: 1}]\ncoalition: [{state: US}]\nanswer: none\n").answer is None
    assert read(tmp_path, "remove: [{state: US}]\n").named == ()


SIDES = "named: [{asn: 1}]\ncoalition: [{state: US}]\n"
# text, the place, a part of the message; then whether a schema can see it
BAD = [
    ("nmaed: [{asn: 1}]\ncoalition: [{state: US}]\n", "1:1", "did you mean 'named'", True),
    (SIDES + "action: filtr\n", "3:1", "action: 'filtr' is none of depeer, filter; did you mean 'filter'?", True),
    (SIDES + "members_by: place\n", "3:1", "none of registration, domicile, control", True),
    (SIDES + "sanctions: 1\n", "3:1", "expected true or false", True),
    (SIDES + "copycat: -1\n", "3:1", "whole number from 0", True),
    (SIDES + "copycat: 2.5\n", "3:1", "whole number from 0", True),
    (SIDES + "copycat: true\n", "3:1", "whole number from 0", True),
    (SIDES + "answer: mirorr\n", "3:1", "expected none, mirror", True),
    (SIDES + "answer: {named: []}\n", "3:10", "answer.named: nobody stands in it", True),
    (SIDES + "answer: {who: []}\n", "3:10", "unknown key 'who'", True),
    (SIDES + "title: ''\n", "3:1", "expected text", True),
    ("named: [{asn: 1}]\n", "1:1", "an empty coalition", False),
    ("named: [{asn: 1}]\ncoalition: []\n", "2:1", "an empty coalition", False),
    ("named: []\ncoalition: [{state: US}]\n", "1:1", "names nobody", False),
    ("coalition: [{state: US}]\n", "1:1", "names nobody", False),
    ("title: x\n", "1:1", "nobody does anything", False),
    ("remove: [{asn: 1}]\nsanctions: true\n", "2:1", "no coalition", False),
    ("[]\n", "1:1", "expected keys and values", True),
    ("named: {asn: 1}\ncoalition: [{state: US}]\n", "1:1", "expected a list", True),
    ("named: [asn]\ncoalition: [{state: US}]\n", "1:9", "named[0]: expected keys and values", True),
    ("named: [{}]\ncoalition: [{state: US}]\n", "1:9", "exactly one of", True),
    ("named: [{asn: 1, party: a}]\ncoalition: [{state: US}]\n", "1:9", "not party and asn", True),
    ("named: [{asn: 1, scope: a}]\ncoalition: [{state: US}]\n", "1:18", "'scope' does not go with 'asn'", True),
    ("named: [{list: l, scop: a}]\ncoalition: [{state: US}]\n", "1:19", "did you mean 'scope'", True),
    ("named: [{asn: []}]\ncoalition: [{state: US}]\n", "1:10", "an empty list", True),
    ("named: [{asn: [1, 4294967296]}]\ncoalition: [{state: US}]\n", "1:19", "above 4294967295", True),
    ("named: [{asn: [-1]}]\ncoalition: [{state: US}]\n", "1:16", "not an AS number", True),
    ("named: [{asn: 1.10}]\ncoalition: [{state: US}]\n", "1:10", "quotation marks", True),
    ("named: [{state: UK}]\ncoalition: [{state: US}]\n", "1:10", "did you mean 'GB'", False),
    ("named: [{state: ZZ}]\ncoalition: [{state: US}]\n", "1:10", "not the code of a state", False),
    ("named: [{state: EU}]\ncoalition: [{state: US}]\n", "1:10", "not the code of a state", False),
    ("named: [{party: 'a b'}]\ncoalition: [{state: US}]\n", "1:10", "not a party's id", True),
    ("named: [{owned_by: CN, threshold_pct: 0}]\ncoalition: [{state: US}]\n", "1:24", "above 0", True),
    ("named: [{owned_by: CN, threshold_pct: 100}]\ncoalition: [{state: US}]\n", "1:24", "below 100", True),
    ("named: [{regime: r, set: {a: 1.5}}]\ncoalition: [{state: US}]\n", "1:27", "expected a word", True),
    ("named: [{regime: r, set: [1]}]\ncoalition: [{state: US}]\n", "1:21", "expected parameters", True),
    ("named: [{list: l, statuses: []}]\ncoalition: [{state: US}]\n", "1:19", "an empty list", True),
    ("named: &a [{asn: 1}]\ncoalition: *a\n", "1:8", "an anchor", False),
    ("named: [{asn: 1}]\nnamed: [{asn: 1}]\n", "2:1", "stands twice", False),
    (SIDES + 'title: "\\x1b[31m"\n', "3:1", "can be seen", False),
    ("named: [{list: " + "l" * 201 + "}]\ncoalition: [{state: US}]\n", "1:10", "at most 200 characters", False),
    ("title: !!python/object/apply:os.system [ls]\n", "1:8", "a tag", False),
    ("named: [{asn: 1}\n", "2:1", "", False),
    ("", "1:1", "nothing in it", False),
]


@pytest.mark.parametrize(("text", "place", "message", "_seen"), BAD, ids=[text[:40] for text, *_ in BAD])
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, place: str, message: str, _seen: bool) -> None:
    """Whatever is wrong in the form is told with file, line and column."""
    path = write(tmp_path, text)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{place}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize("text", [text for text, _, _, seen in BAD if seen])
def test_the_schema_marks_what_is_refused(text: str) -> None:
    """An editor marks the mistakes that a schema can see."""
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_json(text), SCHEMA)


def test_the_schema_knows_the_same_keys() -> None:
    """Reader and schema take the same keys, at the top, in an answer and in each selector."""
    assert set(SCHEMA["properties"]) == set(scenario.TOP)
    answer = SCHEMA["properties"]["answer"]["anyOf"][0]["anyOf"][1]
    assert set(answer["properties"]) == set(scenario.ANSWER)
    items = {item["required"][0]: set(item["properties"]) for item in SCHEMA["$defs"]["selector"]["oneOf"]}
    assert items == {kind: {kind, *more} for kind, more in scenario.SELECTORS.items()}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("US,GB", [("state", ("US", "GB"))]),
        (" us , orange,AS174,7018,", [("state", ("US",)), ("asn", ("174", "7018")), ("party", ("orange",))]),
        ("XA,XA", [("state", ("XA",))]),
        ("1.10", [("asn", ("65546",))]),
    ],
)
def test_the_coalition_of_the_command_line(text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    """Codes, parties and AS numbers are told apart, once each."""
    assert [(one.kind, one.values) for one in coalition_of(text)] == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "nobody"),
        (",", "nobody"),
        ("a b", "a b"),
        ("AS99999999999", "above"),
        ("UK", "did you mean 'GB'"),
        ("US,EU", "'EU' is not the code of a state"),
    ],
)
def test_a_coalition_that_is_none(text: str, message: str) -> None:
    """A word that is neither a state, a party nor a number is named."""
    with pytest.raises(ScenarioError, match=message):
        coalition_of(text)


def test_a_scenario_of_a_regime() -> None:
    """A regime stands on both sides: whom it names, and who its members are."""
    found = of_regime("us-clean-network")
    assert found.named == found.coalition == (Selector("regime", ("us-clean-network",), "--regime us-clean-network"),)
    with pytest.raises(RegimeError, match="there are cn-gdsi"):
        of_regime("no-such")


def test_a_regime_file_stands_beside_the_scenario(tmp_path: Path) -> None:
    """A path is taken from the scenario's folder; an id stays an id."""
    (tmp_path / "own.yaml").write_text("id: own\n")
    found = read(tmp_path, "named: [{regime: own.yaml}, {regime: cn-gdsi}]\ncoalition: [{state: US}]\n")
    assert [one.values[0] for one in found.named] == [str(tmp_path / "own.yaml"), "cn-gdsi"]


LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-5, 200)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["US", "mirror"])
)
KEYS = st.sampled_from([*scenario.TOP, *scenario.SELECTORS, "set", "statuses", "scope", "threshold_pct"])
TREE = st.recursive(
    LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5), max_leaves=15
)


@settings(max_examples=150)
@given(TREE | st.dictionaries(st.sampled_from(scenario.TOP), TREE, max_size=6))
def test_any_shape_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, tree: object) -> None:
    """YAML of any shape is a scenario or gives a ScenarioError, never anything else."""
    found: object = None
    try:
        found = read(tmp_path_factory.getbasetemp(), json.dumps(tree))
    except ScenarioError as error:
        found = error
    assert isinstance(found, (Scenario, ScenarioError))
