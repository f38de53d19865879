"""What a person sees of apps: pages of the HTML report, and lines on a terminal."""

from __future__ import annotations

import re
from typing import Any

import pytest

import carried
from crossline.reports import Audit, Options, load
from sections import Page

LOCATOR = "classes.dex class com/ads/View, signature of list-a"
SOURCES = {
    "list-a": {"title": "List A", "issuer": "Alpha", "url": "https://a.example/", "published": "2026-01-01"},
    "list-b": {"title": "List B", "issuer": "Beta", "url": None, "published": "2026-02-02"},
}


def app(number: int = 0, **cells: Any) -> dict[str, Any]:
    """Return an app with a library of a party, one of a registry's word and one of nobody's, and nine hosts."""
    maker = {"owner": "Maker Ltd", "party": "maker", "said_by": ["list-a"], "claims": [],
             "states": [{"state": "BB", "as": "in-control", "source": None, "doctrine": "us-clean-network",
                         "covered": ["ZZ"]},
                        {"state": "KY", "as": "incorporated", "source": "list-a"}]}  # fmt: skip
    word = {"owner": "Mapper", "party": None, "said_by": [],
            "claims": [{"name": "Mapper", "registered": "CC", "source": "list-b"}],
            "states": [{"state": "CC", "as": "registered", "source": "list-b"}]}  # fmt: skip
    nobody = {"owner": None, "party": None, "said_by": [], "claims": [], "states": []}
    host = {"type": "domain", "value": "ads.example.org", "locator": "classes.dex string 7", "also": []}
    return carried.profile(
        "x", asset=f"app:{number}", name="One", version="1.2", packed=None, package="org.one", library_count=3,
        libraries=[
            {"type": "library", "value": "Ads", "basis": "observed", "locator": LOCATOR, **maker},
            {"type": "library", "value": "Maps", "basis": "observed", "locator": "libmaps.so", **word},
            {"type": "library", "value": "Nameless", "basis": "observed", "locator": None, **nobody},
        ],
        hosts={"count": 9, "owner_count": 2, "unowned": 2, "samples": [host | {"value": "nobody.net"}],
               "owners": [{**maker, "count": 5, "hosts": [host]}, {**word, "count": 2, "hosts": []}]},
        states=[{"state": "BB", "as": "in-control", "libraries": 1, "hosts": 5, "covered": ["ZZ"]}],
        unseen=[{"role": "contacts", "reason": "fetched hosts cannot be seen"},
                {"role": "publisher", "reason": "x"}, {"role": "signer", "reason": "x"}],
        violations=[{"id": "f1", "regime": "us-clean-network", "rule": "clean-store-code", "severity": "high",
                     "identifier": "library:Ads", "party": "maker"}],
    ) | cells  # fmt: skip


def audit(*apps: dict[str, Any], count: int | None = None) -> Audit:
    """Return an audit that tells of apps."""
    told = {"count": len(apps) if count is None else count, "described": list(apps), "summary": carried.summary("Seen"),
            "state_names": {"BB": "Beta"}}  # fmt: skip
    return Audit({"as_of": "2026-07-01", "sources": SOURCES, "apps": told})


def html(made: Audit) -> Page:
    """Return the page of an audit."""
    return Page(load("html").render(made, Options()))


def page_of(page: Page) -> str:
    """Return the id of the first app's page."""
    return next(name for name in page.sections if name.startswith("app-"))


def terminal(made: Audit, width: int = 200) -> str:
    """Return what a terminal shows."""
    text: str = load("table").render(made, Options(width=width))
    return text


def test_an_apps_page_tells_whose_code_on_whose_word() -> None:
    """Each library stands with its owner, states, who says so, and the class in which file it was seen in."""
    page = html(audit(app()))
    text = page.text(page_of(page))
    assert "Ads Maker Ltd on whose word List A, Alpha, 2026-01-01 leads to this party" in text
    assert f"controlled from BB (ZZ counts under it), incorporated in KY {LOCATOR}" in text
    said = "List B, Beta, 2026-02-02 calls it so, registered in CC"
    assert f"Maps Mapper says Beta, 2026-02-02 on whose word {said} registered in CC" in text
    assert "Nameless nobody known not known the file does not say where" in text
    assert "https://a.example/" in page.leads


def test_an_apps_page_tells_whose_hosts() -> None:
    """Hosts stand by owner with counts and a place, those of nobody apart; where they stand is said to be unknown."""
    page = html(audit(app()))
    text = page.text(page_of(page))
    assert "Where a host stands is not known from its name" in text
    assert "ads.example.org and 4 more" in text
    assert "ads.example.org classes.dex string 7" in text
    assert "Of 2 hosts nobody is known as owner" in text
    assert "Beta (BB) controlled from there; ZZ counts under it 1 library 5 hosts" in text


def test_an_apps_page_tells_verdicts_and_what_was_not_seen() -> None:
    """The rule that is violated, counts of verdicts, and each reason for which something was not seen stand there."""
    page = html(audit(app()))
    text = page.text(page_of(page))
    assert "clean-store-code us-clean-network decided by library Ads, maker high severity" in text
    assert "fetched hosts cannot be seen hosts it names" in text
    assert "x its publisher, its signer" in text  # one reason, once
    assert "Permissions: 9" in text


def test_an_apps_page_tells_what_each_rule_says() -> None:
    """A violation stands with its steps, what is unknown with what is missing, and other rules with their verdict."""
    violated = {"id": "0", "regime": "r", "rule": "broken", "severity": "low", "identifier": "library:ads",
                "party": "maker", "why": [{"statement": "the file says so", "source": "estate"}]}  # fmt: skip
    made = audit(app(
        violations=[violated], unknown=[{"regime": "r", "rule": "open", "missing": ["who signs it"]}],
        others=[{"regime": "r", "rule": "kept", "verdict": "compliant"}],
    ))  # fmt: skip
    page = html(made)
    text = page.text(page_of(page))
    assert "broken r decided by library ads, maker low severity the file says so" in text
    assert "open r to find out: who signs it" in text
    assert "compliant kept r" in text


def test_one_app_is_told_on_its_page_alone() -> None:
    """Counts of one app say nothing that its page does not, so that the page of all leads there and shows none."""
    shown = html(audit(app())).text("apps")
    assert "stand on a page of its own" in shown
    assert "100.0 %" not in shown
    assert "Code that apps carry" in html(audit(app(), count=2)).text("apps")


def test_a_packed_app_says_so() -> None:
    """A packed app's page and its lines on a terminal say that its code is not to be seen, and recognise nothing."""
    empty = {"count": 0, "owner_count": 0, "unowned": 0, "owners": [], "samples": []}
    packed = app(packed="Made-up", libraries=[], library_count=0, hosts=empty, states=[],
                 unseen=[{"role": "embeds", "reason": "its code is packed"}])  # fmt: skip
    made = audit(packed)
    page = html(made)
    text = page.text(page_of(page))
    assert "Packed with Made-up: its own code is not to be seen" in text
    assert "No library was recognised; see below what could not be seen." in text
    shown = terminal(made)
    assert "packed with Made-up: its own code is not to be seen" in shown
    assert "code it carries: its code is packed" in shown


def test_an_app_without_a_packer_is_not_called_packed() -> None:
    """Where code is missing and nothing shows a packer, page and terminal say that some is not in the package."""
    made = audit(app(packed="unnamed", defined_classes=1390), count=2)
    made.header["apps"]["summary"] |= {"packed": 0, "code_missing": 1, "columns": []}
    page = html(made)
    for text in (page.text(page_of(page)), page.text("apps"), terminal(made)):
        assert "packed" not in text
    assert "Some of its code is not in the package" in page.text(page_of(page))
    assert "some of its code is not in the package" in terminal(made)
    assert "What catalogues and packages say" not in page.text("apps")
    assert "In 1 app most of the classes that the manifest starts are not in the package" in page.text("apps")


def test_where_nobody_looked_no_count_stands() -> None:
    """An app that nobody looked into has neither a count nor "none": pages and terminal say so, and why."""
    empty = {"count": None, "owner_count": None, "unowned": None, "owners": [], "samples": []}
    why = "the catalogue does not say"
    bare = app(libraries=[], library_count=None, hosts=empty, states=[],
               unseen=[{"role": role, "reason": why} for role in ("embeds", "contacts")])  # fmt: skip
    made = audit(bare)
    for part in made.header["apps"]["summary"]["roles"]:
        part |= {"apps": 0, "identifiers": 0, "unowned": 0, "owner_count": 0, "owners": [], "most": [], "states": []}
        part["looked_into"] = 0
    page = html(made)
    own, every = page.text(page_of(page)), page.text("apps")
    assert own.count(f"Not looked into: {why}") == 2
    assert "No library was recognised" not in own
    assert "None was seen" not in own + every
    assert "not looked into not looked into" in every
    assert "0 apps of" not in every
    shown = terminal(made)
    assert shown.count(f"not looked into  {why}") == 2
    assert "no library was recognised" not in shown


def test_apps_alone_come_first() -> None:
    """Where nothing but apps was read, what is in them stands before the violations; else after what is unknown."""
    shown = []
    for kinds in ({"app": 1}, {"app": 1, "device": 1}):
        made = audit(app())
        made.header["coverage"] = [{"path": "x", "reader": "r", "rows": 1, "kinds": kinds}]
        text = terminal(made)
        shown.append(text.index("In One 1.2") < text.index("Violations"))
    assert shown == [True, False]


def test_the_catalogue_leads_to_every_app() -> None:
    """Each app that is shown has a page that the catalogue leads to, also where two files hold the same app."""
    page = html(audit(app(1), app(1), app(2)))
    pages = [name for name in page.sections if name.startswith("app-")]
    assert len(pages) == 3
    assert {f"#{name}" for name in pages} <= set(page.leads)
    assert len(page.ids) == len(set(page.ids))
    assert {lead[1:] for lead in page.leads if lead.startswith("#")} <= set(page.ids)
    assert "One 1.2 org.one" in page.text("apps")


def test_apps_of_one_name_are_told_apart_by_their_files() -> None:
    """Two apps that are called the same have their files beside their names, and a third of another name has not."""
    made = audit(app(0, file="a.apk"), app(1, file="b.apk"), app(2, name="Two", package="org.two", file="c.apk"))
    text = html(made).text("apps")
    assert all(name in text for name in ("a.apk", "b.apk"))
    assert "c.apk" not in text


def test_a_catalogue_of_many_counts_all() -> None:
    """Of ten thousand apps forty are shown one by one, the number left out is said, and figures are of all."""
    page = html(audit(*(app(number) for number in range(100)), count=10_000))
    text = page.text("apps")
    assert "Apps 10,000" in text
    assert "Shown one by one are 40 of 10,000" in text
    assert "1 app of 10,000, 2 libraries; of 1 nobody is known." in text
    assert sum(name.startswith("app-") for name in page.sections) == 40


def test_states_that_are_not_shown_are_counted() -> None:
    """Where a catalogue has more states than its page shows, the page says how many more there are."""
    made = audit(app(), count=2)
    rows = [{"state": f"A{n:02}", "as": "seat", "apps": 1, "share_pct": 1.0} for n in range(40)]
    made.header["apps"]["summary"]["roles"][0]["states"] = rows
    shown = html(made).text("apps")
    assert f"{40 - shown.count('head office there')} more; the JSON report has them." in shown


def test_pages_of_apps_are_bounded() -> None:
    """However long the names of a hundred apps are, the page stays below two megabytes."""
    long = "<&\"'>" * 400
    heavy = carried.profile(long, libraries=[carried.entry(long, long)] * 30, library_count=30)
    made = audit(*(heavy | {"asset": f"app:{number}"} for number in range(100)))
    assert len(load("html").render(made, Options()).encode()) <= 2_000_000


def test_no_app_no_page() -> None:
    """Without apps there is neither page nor link, and a terminal says nothing of them."""
    made = Audit({"as_of": "2026-07-01"})
    page = html(made)
    assert "apps" not in page.sections
    assert "#apps" not in page.leads
    assert "Apps" not in terminal(made)


def test_a_terminal_tells_of_one_app() -> None:
    """A terminal shows whose code and hosts, states, places, counts, and what was not seen."""
    text = terminal(audit(app()))
    assert "In One 1.2  9 permissions, 1 native library, 4 classes defined" in text
    stands = re.escape("controlled from BB (ZZ counts under it), incorporated in KY  " + LOCATOR)
    assert re.search(rf"code +Ads +Maker Ltd, {stands}", text)
    assert re.search(r"Maps +Mapper \(says Beta, 2026-02-02\), registered in CC  libmaps.so", text)
    assert re.search(r"Nameless +nobody known  the file does not say where", text)
    assert re.search(r"hosts +5 +Maker Ltd, .*ads\.example\.org, classes\.dex string 7", text)
    assert re.search(r" 2 +nobody known  nobody\.net", text)
    assert "controlled from BB (Beta; ZZ counts under it): 1 library, 5 hosts" in text
    assert "hosts it names: fetched hosts cannot be seen" in text


def test_a_terminal_counts_many_apps() -> None:
    """Beyond three apps a terminal counts owners over all of them, and tells none by itself."""
    text = terminal(audit(*(app(number) for number in range(4))))
    assert "Apps  4 apps; one by one: up to 40 in the HTML report, 4 in the JSON report" in text
    assert "Code that apps carry  1 app, 2 libraries; of 1 nobody is known" in text
    assert re.search(r"1 +50\.0 %  Seen, incorporated in Seen, Seen Seen", text)
    assert "Permissions  Seen 1" in text
    assert "In One 1.2" not in text


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_is_kept(width: int) -> None:
    """No line is longer than the terminal is wide, however long a place is."""
    long = app(libraries=[carried.entry("x" * 500, locator="classes.dex class " + "com/" * 300)], library_count=1)
    assert max(len(line) for line in terminal(audit(long), width).splitlines()) <= width
