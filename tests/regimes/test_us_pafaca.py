"""us-pafaca: 20 per cent over four states, a divestiture tried at the line, and who is bound."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from crossline import regimes
from crossline.evaluate import cases
from crossline.evaluate.binding import Binding, We, bind, compile_rule
from crossline.regimes.document import RegimeError
from crossline.regimes.model import Case
from crossline.world import World, store, suppose
from miniature import regime, rule, verdict, world

if TYPE_CHECKING:
    from pathlib import Path

ACT = regimes.load("us-pafaca")
ENACTED = date(2024, 4, 24)
NOW = date(2026, 7, 31)
PARTY = "- {{id: {0}, name: {0}, kind: company, domicile: AQ, seat: AQ}}\n"


@pytest.fixture(scope="module")
def shipped() -> World:
    """Return the facts that ship."""
    return store.shipped()


def supposing(about: World, folder: Path, text: str) -> World:
    """Lay a supposition over a world."""
    path = folder / "what-if.yaml"
    path.write_text(text)
    return suppose.lay(about, path).world


def held(owned: str, **shares: float) -> str:
    """Return rows of control that add up to 100, the rest being widely held; underscores stand for hyphens."""
    rows = {**shares, "dispersed": round(100 - sum(shares.values()), 2)}
    return "".join(
        f"- {{owner: {owner.replace('_', '-')}, owned: {owned}, kind: both, share: {share}}}\n"
        for owner, share in rows.items()
    )


def judged(about: World, rule_id: str, fields: dict[str, Any], as_of: date = NOW, **settings: Any) -> str:
    """Judge one asset by a rule of the Act."""
    case = Case(fields, "unknown", settings, as_of, None, None)
    return cases.run(ACT, ACT.rule(rule_id), 0, case, about).verdict


def app(publisher: str) -> dict[str, Any]:
    """Return an app in home's stores."""
    return {"offered_in": ["US"], "publisher": [f"party:{publisher}"]}


def shared_by_a_million(publisher: str) -> dict[str, Any]:
    """Return an app of a covered company, apart from who controls it."""
    return app(publisher) | {"user_content": True, "reviews_only": False, "monthly_users": 1_000_001}


# -- the text -------------------------------------------------------------------------------------------------------


def test_the_states_are_the_four_of_the_code() -> None:
    """10 USC 4872(d)(2) has North Korea, China, Russia and Iran, and neither Cuba nor Venezuela."""
    assert {"CN", "IR", "KP", "RU"} == set(ACT.parameters["states"].default or ())
    assert ACT.target is None


def test_the_prohibition_begins_270_days_after_enactment() -> None:
    """Section 2(a)(2)(A): 270 days after the date of enactment."""
    assert date(2025, 1, 19) == ENACTED + timedelta(days=270)
    assert {date(2025, 1, 19)} == {ACT.rule(name).since for name in ("pafaca-store", "pafaca-host")}


def test_stores_and_hosts_are_bound_and_users_are_not() -> None:
    """Section 2(a)(1): whether the rule binds hangs on who runs the store or the machines alone."""
    assert ACT.rule("pafaca-store").binds == 'duty == "any" || distributor.exists(t, t.ours)'
    assert ACT.rule("pafaca-host").binds == 'duty == "any" || host.exists(t, t.ours)'


# -- 20 per cent ----------------------------------------------------------------------------------------------------

LINE = [(19.9, "compliant"), (20, "violation"), (20.1, "violation")]


@pytest.mark.parametrize(("kept", "expected"), LINE)
def test_a_divestiture_flips_at_20_and_not_before(kept: float, expected: str, shipped: World, tmp_path: Path) -> None:
    """A company that the named one sells down complies below 20 per cent, and not at it: "at least"."""
    text = (
        f"party:\n{PARTY.format('made-up')}control:\n"
        "- {owner: bytedance, owned: made-up, kind: both, share: 100, until: 2026-01-22}\n"
        f"- {{owner: bytedance, owned: made-up, kind: both, share: {kept}, since: 2026-01-22}}\n"
        f"- {{owner: dispersed, owned: made-up, kind: both, share: {100 - kept:.1f}, since: 2026-01-22}}\n"
    )
    about = supposing(shipped, tmp_path, text)
    for reading in ("narrow", "wide"):
        assert judged(about, "pafaca-store", app("made-up"), reading=reading) == expected
        assert judged(about, "pafaca-store", app("made-up"), date(2026, 1, 21), reading=reading) == "violation"


@pytest.mark.parametrize(("share", "narrow", "wide"), [(19.9, "compliant", "exempt"), (20, *["violation"] * 2)])
def test_the_joint_venture_stands_at_its_share(
    share: float, narrow: str, wide: str, shipped: World, tmp_path: Path
) -> None:
    """19.9 per cent is under the line; would the named party hold 20 again, the divestiture exempts no more."""
    text = (
        "end: [{table: control, where: {owner: bytedance, owned: tiktok-usds-jv}}]\n"
        f"control: [{{owner: bytedance, owned: tiktok-usds-jv, kind: both, share: {share}}}]\n"
    )
    about = supposing(shipped, tmp_path, text)
    found = [judged(about, "pafaca-store", app("tiktok-usds-jv"), reading=reading) for reading in ("narrow", "wide")]
    assert found == [narrow, wide]


@pytest.mark.parametrize(("russian", "expected"), [(9.9, "compliant"), (10, "violation"), (10.1, "violation")])
def test_stakes_add_up_over_the_states(russian: float, expected: str, shipped: World, tmp_path: Path) -> None:
    """Section 2(g)(1)(B), "a combination of" persons: 10 per cent from one state and 10 from another are 20."""
    text = f"party:\n{PARTY.format('made-up')}control:\n{held('made-up', state_cn=10, state_ru=russian)}"
    about = supposing(shipped, tmp_path, text)
    asked = "pafaca-covered-company", shared_by_a_million("made-up")
    assert judged(about, *asked, determination="assumed") == expected
    # One state at a time, none reaches the line.
    for state in ("CN", "RU"):
        assert judged(about, *asked, determination="assumed", states=[state]) == "compliant"


@pytest.mark.parametrize("first", [20, 25, 50, 100])
@pytest.mark.parametrize("second", [20, 30, 79.9, 80, 100])
def test_indirect_stakes_are_multiplied(first: float, second: float, shipped: World, tmp_path: Path) -> None:
    """Of a chain the product reaches the line for sure; what only a majority makes of it is unknown (a naive twin)."""
    text = (
        f"party:\n{PARTY.format('between')}{PARTY.format('made-up')}"
        f"control:\n{held('between', state_ir=first)}{held('made-up', between=second)}"
    )
    about = supposing(shipped, tmp_path, text)
    # By usual attribution a majority's whole share is its holder's; and by (g)(1)(C) who controls a fifth may direct.
    disputed = (first > 50 and second >= 20) or (first >= 20 and second > 50)
    expected = "violation" if first * second / 100 >= 20 else "unknown" if disputed else "compliant"
    assert judged(about, "pafaca-covered-company", shared_by_a_million("made-up"), determination="assumed") == expected


@pytest.mark.parametrize(("first", "second"), [(25, 60), (60, 30)])
def test_a_reading_that_decides_is_named(first: float, second: float, shipped: World, tmp_path: Path) -> None:
    """Where a majority's whole share decides, what is missing is a reading, and no fact: every share is stated."""
    text = (
        f"party:\n{PARTY.format('between')}{PARTY.format('made-up')}"
        f"control:\n{held('between', state_cn=first)}{held('made-up', between=second)}"
    )
    about = supposing(shipped, tmp_path, text)
    case = Case(shared_by_a_million("made-up"), "violation", {"determination": "assumed"}, NOW, None, None)
    outcome = cases.run(ACT, ACT.rule("pafaca-covered-company"), 0, case, about)
    assert outcome.verdict == "unknown"
    missing = [why for why in outcome.why if why.startswith("missing: ")]
    assert [why.partition(":")[2].startswith(" which reading decides on made-up") for why in missing] == [True]


PERSON = "- {id: dep, kind: person, name: Dep, domicile: DE}\n"
COMPANY = "- {id: cn-co, kind: company, name: CN Co, domicile: CN, seat: CN}\n"


@pytest.mark.parametrize(("kept", "expected"), [(19.9, "compliant"), (20, "violation")])
def test_a_chain_ends_in_a_natural_person(kept: float, expected: str, shipped: World, tmp_path: Path) -> None:
    """Nobody asks where a person has a head office: what one who lives elsewhere holds is out of reach."""
    text = (
        f"party:\n{PARTY.format('made-up')}{PERSON}{COMPANY}"
        f"control:\n- {{owner: cn-co, owned: made-up, kind: both, share: {kept}}}\n"
        f"- {{owner: dep, owned: made-up, kind: both, share: {100 - kept:.1f}}}\n"
    )
    asked = "pafaca-covered-company", shared_by_a_million("made-up")
    assert judged(supposing(shipped, tmp_path, text), *asked, determination="assumed") == expected
    # (g)(1)(A): a person domiciled in one of the states counts; where nobody states a person's domicile, it is asked.
    there, nowhere = text.replace("domicile: DE", "domicile: CN"), text.replace(", domicile: DE", "")
    assert judged(supposing(shipped, tmp_path, there), *asked, determination="assumed") == "violation"
    case = Case(asked[1], "violation", {"determination": "assumed"}, NOW, None, None)
    if kept < 20:
        outcome = cases.run(ACT, ACT.rule(asked[0]), 0, case, supposing(shipped, tmp_path, nowhere))
        assert outcome.verdict == "unknown"
        assert "missing: where Dep is domiciled" in outcome.why
        assert not any("incorporated" in why for why in outcome.why if why.startswith("missing: "))


def test_what_a_named_party_holds_holds_in_turn(shipped: World, tmp_path: Path) -> None:
    """Section 2(g)(3)(A)(iv) begins anew at a company that is reached: a fifth of a fifth is named too."""
    text = (
        f"party:\n{PARTY.format('between')}{PARTY.format('made-up')}"
        f"control:\n{held('between', bytedance=20)}{held('made-up', between=20)}"
    )
    about = supposing(shipped, tmp_path, text)
    assert judged(about, "pafaca-store", app("made-up")) == "violation"


# -- a determination ------------------------------------------------------------------------------------------------


def test_a_determination_that_is_tried_reaches_a_company_from_its_day(shipped: World, tmp_path: Path) -> None:
    """Limb (B) prohibits nothing until the head of state names the company: then the entry does, from its day."""
    text = "listing: [{list: pafaca, party: tencent, scope: app, status: listed, since: 2026-06-01}]\n"
    about = supposing(shipped, tmp_path, text)
    assert judged(shipped, "pafaca-store", app("tencent")) == "compliant"
    assert judged(about, "pafaca-store", app("tencent"), date(2026, 5, 31)) == "compliant"
    assert judged(about, "pafaca-store", app("tencent"), date(2026, 6, 1)) == "violation"
    assert judged(shipped, "pafaca-covered-company", shared_by_a_million("tencent")) == "not-applicable"


# -- several states in one question ---------------------------------------------------------------------------------

STATES = [{"id": f"state-{code.lower()}", "kind": "state", "domicile": code, "seat": code} for code in ("BB", "CC")]
SMALL = world(party=[*STATES, {"id": "free", "kind": "state", "domicile": "DD", "seat": "DD"}])


def by(party: str) -> dict[str, Any]:
    """Return an asset with one operator."""
    return {"operator": [party]}


def asking(question: str, *states: str) -> Any:
    """Return a regime of one rule that asks of the operator, with a parameter of several states."""
    parameters = {"these": {"type": "texts", "default": list(states), "about": "states"}}
    doctrine = {"threshold_pct": 20, "inclusive": True, "aggregate": True, "interest": "either", "indirect": "multiply"}
    keys = {"doctrines": {"d": {**doctrine, "also": ["domicile"]}}, "controlled_by": "d", "state_owned_by": "d"}
    return regime(rule(f"operator.exists(t, {question})"), parameters=parameters, **keys)


@pytest.mark.parametrize("question", ["t.controlled_from(these)", "t.owned_by_state(these)"])
def test_a_question_of_several_states_is_true_of_each(question: str) -> None:
    """A party of any of them answers to them, and one of another state does not."""
    found = {code: verdict(asking(question, "BB", "CC"), SMALL, by(f"state:{code}")) for code in ("BB", "CC")}
    assert found == {"BB": "violation", "CC": "violation"}
    assert verdict(asking(question, "BB"), SMALL, by("state:CC")) == "compliant"


def test_a_place_in_one_of_several_states() -> None:
    """A tie lies in several states where its place is one of them."""
    asked = asking("t.placed_in(these)", "BB", "CC")
    places = ("BB", "CC", "DD")
    ties = [{"operator": [{"id": "state:BB", "place": place}]} for place in places]
    assert [verdict(asked, SMALL, tie) for tie in ties] == ["violation", "violation", "compliant"]


def test_of_no_state_nothing_is_known() -> None:
    """A parameter without a state leaves the question unknown, and never acquits."""
    assert verdict(asking("t.controlled_from(these)"), SMALL, by("state:BB")) == "unknown"


def test_a_word_that_is_no_code_is_refused() -> None:
    """A state in small letters would match nobody and acquit everybody, so it is told."""
    asked = asking("t.controlled_from(these)", "BB")
    with pytest.raises(RegimeError, match=r"'bb' is not a two-letter code of ISO 3166-1, in capitals \(these\)"):
        compile_rule(Binding(asked, NOW, We(), {"these": ("bb",)}), asked.rules[0])


def test_what_a_user_set_wrongly_is_told_as_the_users() -> None:
    """A value that was set and makes no sense is told by its name, and how it is written; no line of the regime is."""
    asked = asking("t.controlled_from(these)", "BB", "CC")
    (bound,) = bind([asked], NOW, None, {asked.id: {"these": '["BB"]'}})
    with pytest.raises(RegimeError) as caught:
        compile_rule(bound, asked.rules[0])
    assert str(caught.value).startswith(f"--set {asked.id}.these: '[\"BB\"]' is not a two-letter code")
    assert str(caught.value).endswith("; write BB or BB,CC")


def test_evidence_names_all_the_states(shipped: World, tmp_path: Path) -> None:
    """Why a company is not controlled from the states is told of all of them."""
    text = f"party:\n{PARTY.format('made-up')}control:\n{held('made-up', state_cn=19.9)}"
    about = supposing(shipped, tmp_path, text)
    case = Case(shared_by_a_million("made-up"), "compliant", {"determination": "assumed"}, NOW, None, None)
    outcome = cases.run(ACT, ACT.rule("pafaca-covered-company"), 0, case, about)
    assert outcome.passed
    assert any("is not controlled from CN or IR or KP or RU: no chain of at least 20 %" in step for step in outcome.why)
