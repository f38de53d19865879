"""``crossline simulate stores``: numbers counted by hand, every option, and one line for each mistake.

The catalogue of examples/stores is small enough to be counted on paper; the comments show how.
"""

from __future__ import annotations

import json
import re
import tarfile
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

import crossline
import invoked
from crossline.impact import formats
from crossline.world import store
from miniature import company, world

if TYPE_CHECKING:
    from click.testing import Result

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "stores"
USERS = FOLDER / "audience.csv"
FDROID = ROOT.parent / "shared" / "data" / "apps" / "fdroiddata-metadata.tar.xz"
SCHEMA = Path(formats.__file__).parent / "schema" / "impact-report.json"
DAY = "2020-10-01"
HEAD = "asset,name,observed_at,package,offered_in,publisher,signer,distributor,embeds,contacts,categories"


def run(*arguments: str | Path) -> Result:
    """Ask it; whatever happens it ends by an exit status and shows no traceback."""
    return invoked.run("simulate", "stores", *arguments)


@cache
def asked(*arguments: str | Path, catalogue: Path = FOLDER, day: str = DAY) -> Any:
    """Return the JSON of a question that is answered; nobody changes it, and what is asked again is not run again."""
    result = run("--catalogue", catalogue, "--as-of", day, "--format", "json", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    report = json.loads(result.stdout)
    jsonschema.validate(report, json.loads(SCHEMA.read_text(encoding="utf-8")))
    return report


def figure(report: Any, name: str) -> tuple[Any, Any, Any]:
    """Return value, low and high of a figure."""
    found = next(one for one in report["figures"] if one["id"] == name)
    return found["value"], found["low"], found["high"]


def rows(report: Any, table: str, key: str) -> dict[str, Any]:
    """Return the rows of a table by one of its columns."""
    return {row[key]: row for row in report["tables"][table]["rows"]}


def refused(*arguments: str | Path) -> str:
    """Return what is said of a mistake: one line on standard error, nothing on standard output, status 2."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    said = [line for line in result.stderr.splitlines() if not re.match(r"Usage: |Try '|$", line)]
    assert len(said) == 1, result.stderr
    return re.sub("^(crossline|Error): ", "", said[0])


def catalogue(folder: Path, *lines: str) -> Path:
    """Write a store's export."""
    path = folder / "app.csv"
    path.write_text("\n".join((HEAD, *lines)) + "\n", encoding="utf-8")
    return path


# -- what is answered -------------------------------------------------------------------------------------------


def test_the_measure_of_the_example_by_hand() -> None:
    """What is taken out, in doubt, and how many users, as counted on paper."""
    report = asked("--audience", USERS)
    # Taken out: TikTok and WeChat (publisher), Chess (Tencent's code), Office (our app in a named maker's store),
    # Facebook (on a named maker's phones). In doubt: Arven Clips and Belloria Tool (a publisher nobody knows), Baidu
    # (whose owners nobody knows, so that it may be ours). Translator and Messenger stay.
    assert figure(report, "out") == (5, 5, 8)
    assert figure(report, "share") == (0.5, 0.5, 0.8)
    assert figure(report, "could-stay")[0] == 1  # Chess, if it replaces the library
    # TikTok in US: max(600, 400); WeChat in US: max(30, 20); Office in Huawei's store in CN: 300.
    # In doubt: Facebook 1500 + 400 + 2000 (through the maker's phones or not), Chess 70 (in US or not), Baidu 800,
    # Arven Clips 50 in US.
    assert figure(report, "users") == (930, 930, 930 + 3900 + 70 + 800 + 50)
    assert figure(report, "persons") == (None, 600, 930)
    # All users: 1950 TikTok, 1300 WeChat, 3900 Facebook, 900 Messenger, 90 Clips, 70 Chess, 60, 300, 800.
    assert figure(report, "users-share")[0] == pytest.approx(930 / 9370)
    assert report["labelled"].startswith("Made-up users")
    assert report["subject"] == "stores"


def test_stores_and_other_distributors_are_told_apart() -> None:
    """Three stores offer the apps of the example, and a maker without a store puts one on its phones."""
    report = asked("--audience", USERS)
    assert "asked of 10 apps in 3 stores and from 1 other distributor: " in report["title"]
    assert (report["basis"]["stores"], report["basis"]["other_distributors"]) == (3, 1)
    # A figure's grounds and the basis have the same number.
    times = f"{report['basis']['apps_in_storefronts']:,} times in a storefront."
    assert all(figure["rests_on"][0].endswith(times) for figure in report["figures"])
    # Nothing that is told is cut.
    assert not any("\u2026" in sentence for sentence in report["look_at"])


def test_a_rule_on_something_else_is_told_so() -> None:
    """A rule of the regime that is on cables is named as one, with the rules that there are on apps."""
    said = refused("--catalogue", FOLDER, "--rule", "clean-cable-owner")
    assert "'clean-cable-owner' is a rule on cables, not on " in said
    assert "clean-store-app, clean-store-signer" in said
    assert "did you mean" not in said


def test_what_was_read_instead_is_told_in_words() -> None:
    """Kinds of assets are told as words, not by their names in tables."""
    said = refused("--catalogue", FOLDER.parent / "cables")
    assert "7 cables" in said
    assert "8 landing points" in said


def test_stores_countries_and_publishers_of_the_example_by_hand() -> None:
    """Each table's row of the example, as counted on paper."""
    report = asked("--audience", USERS)
    counted = ("apps", "out", "doubt", "users", "lost", "unsure")
    stores, countries, publishers = (
        {key: tuple(row[name] for name in counted) for key, row in rows(report, table, by).items()}
        for table, by in (("stores", "store"), ("countries", "storefront"), ("publishers", "id"))
    )
    # Apple: TikTok US 600, WeChat US 30 + CN 200, Translator 60, and of Chess, which no other store has, 70.
    assert stores["apple"] == (7, 3, 1, 960, 630, 70)
    assert stores["google"] == (6, 2, 2, 400 + 1200 + 20, 420, 0)
    assert stores["samsung"] == (1, 0, 0, None, None, None)
    assert countries["US"] == (8, 3, 2, 600 + 30 + 1500 + 900 + 50, 630, 1500 + 50)
    assert countries["IN"] == (5, 0, 0, 3200, 0, 2000)
    assert publishers["bytedance"] == (1, 1, 0, 1950, 600, 0)
    assert publishers["microsoft"] == (2, 1, 0, 360, 300, 0)


def test_one_word_for_a_state_that_is_not_known() -> None:
    """Orders that name no state have no doctrine of control: every table says so of ByteDance in the same word."""
    report = asked("--regime", "in-app-bans", "--set", "in-app-bans.home=US")
    told = {rows(report, table, "id")["bytedance"]["state"] for table in ("publishers", "owners")}
    assert told == {"not known"}
    assert set(rows(report, "states", "state")) == {"not known"}


def test_an_app_that_no_order_is_known_to_name_is_in_doubt() -> None:
    """Ids of only some names of the orders are known: of the example's eight apps of US two are listed by their ids."""
    report = asked("--regime", "in-app-bans", "--set", "in-app-bans.home=US")
    assert rows(report, "countries", "storefront")["US"]["out"] == 2  # TikTok and WeChat, of the order of 2020-06-29
    assert rows(report, "countries", "storefront")["US"]["doubt"] == 6


def test_apps_of_the_example_by_hand() -> None:
    """Each app says where it goes from, by which rules, and how many others of its category stay there."""
    apps = rows(asked("--audience", USERS), "apps", "app")
    assert set(apps) == {
        "com.zhiliaoapp.musically", "com.tencent.mm", "com.facebook.katana", "com.microsoft.office.officehub",
        "example.corvale.chess", "com.baidu.searchbox", "example.arven.clips", "example.belloria.tool",
    }  # fmt: skip
    tiktok = apps["com.zhiliaoapp.musically"]
    assert (tiktok["most"], tiktok["from"], tiktok["lost"]) == ("taken out", "US", 600)
    assert tiktok["rules"] == "clean-store-app, clean-store-code"
    # Of the category Video there is Arven Clips beside it, which is in doubt itself.
    assert (tiktok["left"], tiktok["left_high"]) == (0, 1)
    # Of Messages, Facebook and Messenger stay in US.
    assert (apps["com.tencent.mm"]["left"], apps["com.tencent.mm"]["left_high"]) == (2, 2)


def test_each_rule_has_its_share() -> None:
    """A rule's row says what it takes out, and what no other rule does."""
    found = rows(asked("--audience", USERS), "rules", "rule")
    shares = {rule: (row["out"], row["doubt"], row["alone"], row["lost"]) for rule, row in found.items()}
    # By its publisher TikTok and WeChat go; both carry code of a named party too, so that neither rule is alone.
    assert shares == {
        "clean-store-app": (2, 3, 0, 630), "clean-store-signer": (0, 0, 0, 0), "clean-store-code": (3, 1, 1, 630),
        "clean-apps-store": (1, 1, 1, 300), "clean-apps-pre-install": (1, 0, 1, 0),
    }  # fmt: skip


def test_a_rule_can_be_asked_alone() -> None:
    """With one rule asked, only what it says counts: TikTok and WeChat, in home's storefronts."""
    report = asked("--audience", USERS, "--rule", "clean-store-app")
    assert figure(report, "out") == (2, 2, 5)
    assert figure(report, "users")[0] == 630


def test_evidence_names_its_sources() -> None:
    """What is taken out rests on statements, each with a source that the report describes; what is missing is told."""
    report = asked()
    told = rows(report, "grounds", "identifier")
    assert "us-state-2020-08-05-speech" in told["package:com.tencent.mm"]["sources"]
    described = {source["source"] for source in report["world"]}
    assert {name for row in told.values() for name in row["sources"].split(", ")} <= described
    assert any("party it leads to" in row["missing"] for row in report["tables"]["missing"]["rows"])


def test_without_users_apps_are_counted_and_the_report_says_so() -> None:
    """Without an audience there is no figure of users and no column of them, and a note says why."""
    report = asked()
    assert figure(report, "out") == (5, 5, 8)
    assert not {"users", "persons"} & {one["id"] for one in report["figures"]}
    assert "lost" not in {column["name"] for column in report["tables"]["stores"]["columns"]}
    assert report["notes"][0].startswith("Nobody said how many use which app")


def test_a_rule_on_one_storefront_leaves_the_others_alone(tmp_path: Path) -> None:
    """An app that is offered in three states is taken out of home's storefront and of no other."""
    path = catalogue(tmp_path, "x,X,2020-09-01,com.tencent.mm,US;DE;CN,package:com.tencent.mm,none,party:apple,,,Chat")
    countries = rows(asked(catalogue=path), "countries", "storefront")
    assert {state: row["out"] for state, row in countries.items()} == {"US": 1, "DE": 0, "CN": 0}


def gone(report: Any) -> set[str]:
    """Return the apps that are taken out for sure."""
    return {app for app, row in rows(report, "apps", "app").items() if row["most"] == "taken out"}


WIDE = ("--set", "us-clean-network.reading=wide")


def test_the_mirror_asks_of_four_firms() -> None:
    """With home and target exchanged, what the four firms of the list publish, or wrote, leaves CN's storefronts."""
    report = asked("--audience", USERS, "--mirror")
    parameters = report["asked"]["measure"]["parameters"]
    assert (parameters["home"], parameters["target"], parameters["reading"]) == ("CN", "US", "narrow")
    # In CN stand Chess and Office with Google's code; Translator is of a US party that is none of the four.
    assert gone(report) == {"example.corvale.chess", "com.microsoft.office.officehub"}
    assert figure(report, "users")[1] == 300
    assert any("the list mirror-2020 stands in for app-publishers and phone-makers" in note for note in report["notes"])
    assert not any("is not used" in note for note in report["notes"])
    assert any("nobody issued it so" in note for note in report["notes"])


def test_the_mirror_names_the_four_and_nobody_else(tmp_path: Path) -> None:
    """Of six publishers in one store the four that the list names, as the facts call them, go and two stay."""
    line = "{0},{0},2020-09-01,com.{0},CN,party:{0},none,party:huawei,none,none,Tools"
    firms = ("google", "meta", "x-corp", "apple", "microsoft", "amazon")
    path = catalogue(tmp_path, *(line.format(firm) for firm in firms))
    assert gone(asked("--mirror", catalogue=path)) == {f"com.{firm}" for firm in firms[:4]}
    assert gone(asked("--mirror", *WIDE, catalogue=path)) == {f"com.{firm}" for firm in firms}


def test_a_list_stands_in_for_the_home_that_it_is_aimed_at(tmp_path: Path) -> None:
    """Asked by another home the list is not used: nothing stands in, and the mirror is the wide one."""
    path = catalogue(tmp_path, "a,A,2020-09-01,com.a,CN,party:google,none,party:huawei,none,none,Tools")
    report = asked("--mirror", "--set", "us-clean-network.home=DE", catalogue=path)
    assert report["asked"]["measure"]["parameters"]["reading"] == "wide"
    assert figure(report, "out") == (0, 0, 0)
    assert any("aimed at CN and is not used under target DE" in note for note in report["notes"])


def test_the_wide_mirror_asks_all_of_home_s_own_publishers() -> None:
    """Read widely, apps of all US parties leave CN's storefronts."""
    report = asked("--audience", USERS, "--mirror", *WIDE)
    assert gone(report) == {"com.microsoft.translator", "com.microsoft.office.officehub", "example.corvale.chess"}
    assert figure(report, "users")[1] == 60 + 300


def test_an_answer_in_kind_stands_beside_the_measure() -> None:
    """An answer has the measure's figures and the mirror's, and the tables have both side by side."""
    measure, mirror, both = (asked("--audience", USERS, *option) for option in ((), ("--mirror",), ("--answer",)))
    assert figure(both, "users") == figure(measure, "users")
    assert figure(both, "answer-users") == figure(mirror, "users")
    row = rows(both, "publishers", "id")["microsoft"]
    assert (row["lost"], row["answer_lost"]) == (300, 300)


def test_an_answer_does_not_doubt_where_widely_held_firms_answer_to() -> None:
    """Whether Apple's or Google's store is run from CN is asked by the wide mirror, and no fact is missing for it."""
    report = asked("--mirror", *WIDE)
    assert not [row for row in report["tables"]["missing"]["rows"] if re.search("Apple|Alphabet|Google", row["missing"])
                and row["missing"].startswith("who ")]  # fmt: skip


def test_states_that_control_publishers() -> None:
    """CN has a row: three publishers with head offices there, though incorporated in KY, which controls nobody."""
    report = asked("--audience", USERS, "--answer")
    states = rows(report, "states", "state")
    # TikTok, WeChat, Baidu; Facebook, Messenger, Translator, Office; the three made-up publishers.
    assert {state: row["apps"] for state, row in states.items()} == {"CN": 3, "US": 4, "not known": 3}
    assert (states["CN"]["out"], states["CN"]["doubt"]) == (2, 1)
    publishers = rows(report, "publishers", "id")
    assert [publishers[one]["state"] for one in ("bytedance", "tencent", "baidu", "microsoft")] == ["CN"] * 3 + ["US"]
    assert rows(report, "owners", "id")["tencent"]["state"] == "CN"


def test_an_owner_that_answers_to_two_states_counts_for_each(tmp_path: Path) -> None:
    """A company is seated in one state and held by another; what is registered in HK answers to CN from 2020-07-14."""
    facts = tmp_path / "world"
    about = world(
        party=[
            {"id": "state-de", "kind": "state", "domicile": "DE", "seat": "DE"},
            company("both", domicile="KY", seat="FR"), company("hk", domicile="HK", seat="HK"),
            company("paper", domicile="KY"),
        ],
        control=[{"owner": "state-de", "owned": "both", "kind": "both", "share_min": 60, "share_max": 60}],
    )  # fmt: skip
    store.save(about, facts)
    path = catalogue(
        tmp_path, *(f"{one},{one},2020-09-01,com.{one},US,party:{one},none,none,none,none,Tools" for one in
                    ("both", "hk", "paper"))
    )  # fmt: skip
    for day, of_hk in (("2020-07-13", "HK"), ("2020-07-14", "CN")):
        report = asked("--world", facts, catalogue=path, day=day)
        assert {state: row["apps"] for state, row in rows(report, "states", "state").items()} == {
            "DE": 1, "FR": 1, of_hk: 1, "not known": 1,
        }  # fmt: skip
        assert rows(report, "publishers", "id")["both"]["state"] == "DE, FR"


def test_a_reading_that_was_set_stays_in_the_mirror() -> None:
    """Whoever sets the narrow reading gets it in the mirror as well."""
    report = asked("--mirror", "--set", "us-clean-network.reading=narrow")
    assert report["asked"]["measure"]["parameters"]["reading"] == "narrow"
    assert figure(report, "out")[0] == 2


def test_an_app_in_two_stores_counts_once(tmp_path: Path) -> None:
    """Two stores' rows of one id are one app in two stores."""
    line = "{0},X,2020-09-01,com.tencent.mm,US,package:com.tencent.mm,none,party:{0},none,none,Chat"
    report = asked(catalogue=catalogue(tmp_path, line.format("apple"), line.format("google")))
    assert figure(report, "out") == (1, 1, 1)
    assert figure(report, "gone") == (1, 1, 1)
    assert {row["apps"] for row in report["tables"]["stores"]["rows"]} == {1}


def test_a_store_s_own_figures_count_where_the_audience_says_nothing(tmp_path: Path) -> None:
    """The column monthly_users stands in; where the app leaves some of its storefronts only, the range says so."""
    path = tmp_path / "app.csv"
    path.write_text(
        "asset,package,offered_in,publisher,embeds,contacts,signer,distributor,monthly_users\n"
        "a,com.tencent.mm,US,package:com.tencent.mm,none,none,none,party:apple,100\n"
        "b,com.zhiliaoapp.musically,US;DE,party:bytedance,none,none,none,party:apple,1000\n"
    )
    assert figure(asked(catalogue=path), "users") == (100, 100, 1100)
    people = tmp_path / "people.csv"
    people.write_text("package,country,users\ncom.zhiliaoapp.musically,US,40\ncom.zhiliaoapp.musically,DE,60\n")
    assert figure(asked("--audience", people, catalogue=path), "users") == (140, 140, 140)


def test_figures_of_strangers_are_told(tmp_path: Path) -> None:
    """Users of apps and stores that are in no catalogue are left out, and counted in notes."""
    people = tmp_path / "people.csv"
    people.write_text("package,store,users\nexample.stranger,,5\ncom.tencent.mm,elsewhere,7\ncom.tencent.mm,apple,9\n")
    notes = asked("--audience", people)["notes"]
    assert "people.csv: 1 of its apps are in no catalogue." in notes
    assert "people.csv: 1 of its figures are of stores without a catalogue: elsewhere." in notes


# -- whose code -------------------------------------------------------------------------------------------------


def test_one_owner_s_code_at_a_time() -> None:
    """Each owner's row counts the apps that were seen to carry its code, each once."""
    owners = rows(asked("--audience", USERS), "owners", "id")
    # Google: TikTok, WeChat and Facebook (each in its Play edition), Chess, Clips and Office.
    assert {one: row["apps"] for one, row in owners.items()} == {"google": 6, "meta": 4, "tencent": 2, "bytedance": 1}
    assert owners["tencent"]["users"] == 1300 + 70
    # Belloria Tool was not seen into.
    assert owners["tencent"]["share"] == pytest.approx(2 / 9)


def test_removing_an_owner_s_code_is_all_that_is_asked() -> None:
    """Without a regime no rule is asked; what carries the code goes everywhere, what was not seen into is in doubt."""
    report = asked("--audience", USERS, "--without-sdk-owner", "tencent")
    assert figure(report, "owners-out") == (2, 2, 3)
    assert figure(report, "owners-users") == (1370, 1370, 1370)
    assert "rules" not in report["tables"]
    more = asked("--audience", USERS, "--without-sdk-owner", "tencent,bytedance")
    assert figure(more, "owners-out")[0] >= figure(report, "owners-out")[0]


def test_removing_an_owner_s_code_beside_a_regime() -> None:
    """With a regime both are told, side by side."""
    report = asked("--regime", "us-clean-network", "--without-sdk-owner", "meta")
    assert (figure(report, "out")[0], figure(report, "owners-out")[0]) == (5, 4)


def test_an_owner_s_companies_go_with_it(tmp_path: Path) -> None:
    """Code of a company that the facts state a party holds goes with that party; a name that leads nowhere is doubt."""
    path = catalogue(
        tmp_path,
        "a,A,2020-09-01,example.a,US,party:microsoft,none,party:apple,party:tiktok-inc,none,X",
        "b,B,2020-09-01,example.b,US,party:microsoft,none,party:apple,vendor:nobody known,none,X",
        "c,C,2020-09-01,example.c,US,party:microsoft,none,party:apple,none,none,X",
    )
    report = asked("--without-sdk-owner", "bytedance", catalogue=path)
    apps = rows(report, "apps", "app")
    assert {app: row["most"] for app, row in apps.items()} == {"example.a": "taken out", "example.b": "in doubt"}


def test_an_offering_is_the_store_s_listing_of_it(tmp_path: Path) -> None:
    """What is said of our offering in a store is said of that store's listing of the app, which is there once."""
    catalogue(tmp_path, "a,A,2020-09-01,example.a,DE;CN,party:microsoft,none,party:huawei,none,none,X")
    (tmp_path / "offering.csv").write_text(
        "asset,name,observed_at,channel,publisher,distributor\n"
        "o,A there,2020-09-01,store,package:example.a;party:microsoft,party:huawei\n"
    )
    report = asked(catalogue=tmp_path)
    assert (figure(report, "out"), figure(report, "gone")) == ((1, 1, 1), (1, 1, 1))
    assert rows(report, "countries", "storefront").keys() == {"DE", "CN"}


def test_estate_yaml_says_where_a_catalogue_is_offered(tmp_path: Path) -> None:
    """A catalogue that names no storefronts gets those that estate.yaml states, and rules on them can be decided."""
    (tmp_path / "app.csv").write_text(
        "asset,package,publisher,embeds,contacts,signer\na,com.tencent.mm,package:com.tencent.mm,none,none,none\n"
    )
    report = asked("--set", "us-clean-network.home=US", catalogue=tmp_path)
    assert figure(report, "out") == (0, 0, 1)
    assert "`files: [{path: app.csv, columns: {offered_in: [US]}}]`" in report["look_at"][0]
    (tmp_path / "estate.yaml").write_text("files:\n- {path: app.csv, columns: {offered_in: [US, DE]}}\n")
    report = asked(catalogue=tmp_path)
    assert figure(report, "out") == (1, 1, 1)
    assert not any("estate.yaml" in said for said in report["look_at"])


# -- forms, Python, and mistakes ----------------------------------------------------------------------------------


def test_every_form_says_the_same(tmp_path: Path) -> None:
    """Table and page have the figures of the JSON, and files are written by their suffix."""
    page, text = tmp_path / "a.html", tmp_path / "a.txt"
    result = run("--catalogue", FOLDER, "--audience", USERS, "--as-of", DAY, "--output", page, "--output", text)
    assert result.exit_code == 0
    for made in (result.stdout, text.read_text(encoding="utf-8"), page.read_text(encoding="utf-8")):
        assert "930" in made
        assert "TikTok" in made
    assert page.read_text(encoding="utf-8").count('<svg class="changes') >= 4


def test_catalogues_may_be_given_one_after_another() -> None:
    """Further paths after the first are catalogues too; files of both are read."""
    result = run("--catalogue", FOLDER / "app.csv", FOLDER / "offering.csv", "--as-of", DAY, "--format", "json")
    assert figure(json.loads(result.stdout), "out") == (5, 5, 8)


def test_python_asks_as_the_command_does() -> None:
    """``crossline.simulate`` gives the impact that the command writes."""
    impact = crossline.simulate(
        "stores", date(2020, 10, 1), crossline.load_world(), catalogues=[FOLDER], audience_file=USERS
    )
    assert json.loads(str(crossline.report(impact, "json")))["figures"] == asked("--audience", USERS)["figures"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no catalogue was given"),
        (("--catalogue", "nowhere"), "nowhere: no such file or folder"),
        (("--catalogue", FOLDER, "--mirror", "--answer"), "give one of the two"),
        (("--catalogue", FOLDER, "--regime", "us-pafaca", "--mirror"), "is aimed at no single state"),
        (("--catalogue", FOLDER, "--regime", "us-covered-list"), "has no rule on apps"),
        (("--catalogue", FOLDER, "--rule", "clean-store-ap"), "did you mean 'clean-store-app'?"),
        (("--catalogue", FOLDER, "--without-sdk-owner", "tencnet"), "did you mean 'tencent'?"),
        (("--catalogue", FOLDER, "--without-sdk-owner", ","), "names nobody"),
        (("--catalogue", FOLDER, "--audience", FOLDER / "README.md"), "has to name the columns package and users"),
        (("--catalogue", FOLDER / "README.md"), "no app among what was read"),
        (("--catalogue", FOLDER, "--output", "nowhere/a.html"), "nowhere: no such folder"),
        (("--catalogue", FOLDER, "--output", "a.pdf"), "the suffix is none of"),
        (("--catalogue", FOLDER, "--set", "us-clean-network.home=XXX"), "not a two-letter code"),
    ],
)
def test_mistakes_are_told_in_a_line(arguments: tuple[str | Path, ...], said: str) -> None:
    """Whatever is wrong with a question ends with status 2 and one line that says what."""
    assert said in refused(*arguments)


def test_an_empty_catalogue_is_told(tmp_path: Path) -> None:
    """A table without a row has no app in it, and that is said."""
    assert "no app among what was read" in refused("--catalogue", catalogue(tmp_path))


def test_an_app_that_is_offered_nowhere_stays_out_of_storefronts(tmp_path: Path) -> None:
    """An app withdrawn everywhere is taken out of nothing."""
    path = catalogue(tmp_path, "x,X,2020-09-01,com.tencent.mm,none,party:tencent,none,party:apple,none,none,Chat")
    assert figure(asked(catalogue=path), "out") == (0, 0, 0)


def test_real_metadata_of_f_droid(tmp_path: Path) -> None:
    """Of F-Droid's own metadata every app is counted, once, and none whose storefront is not known is acquitted."""
    if not FDROID.is_file():
        pytest.skip("needs ../shared/data/apps/fdroiddata-metadata.tar.xz")
    names: list[str] = []
    with tarfile.open(FDROID) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(".yml") and len(names) < 300:
                names.append(member.name)
                archive.extract(member, tmp_path, filter="data")
    report = asked(catalogue=tmp_path, day="2026-07-31")
    assert report["basis"]["apps"] == len(names)
    assert figure(report, "out") == (0, 0, len(names))
    assert any("it is not stated in which states" in note for note in report["notes"])
