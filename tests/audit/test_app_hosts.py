"""Where apps' hosts stand, from a file of answers to a report: countries, networks and rules, by hand."""

from __future__ import annotations

import ipaddress
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from click.testing import CliRunner

from crossline.cli import main
from crossline.gather import gather
from crossline.readers import dns_answers
from crossline.reports import Options, cyclonedx, html, table
from crossline.reports import json as as_json
from miniature import BY_HALF, DAY, audited, company, regime, rule, world

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.regimes.model import Regime
    from crossline.reports import Audit
    from crossline.world import World

LISTS = {"named": {"list": "l", "statuses": ["listed"]}}
APPS = """kind,name,contacts
app,One,domain:a.test.net;domain:b.test.net;domain:c.test.net;domain:none.test.net
app,Two,domain:c.test.net
app,Three,domain:none.test.net
"""
# a stands in CC on a network of maker, b in CC and DD, of maker and of whom only a registry says; c in DD.
ANSWERS = """a.test.net. A 192.88.99.1
b.test.net. CNAME b.edge.net.
b.edge.net. A 192.88.99.2
b.edge.net. A 192.31.196.2
c.test.net. A 192.31.196.3
"""


def span(prefix: str, **columns: object) -> dict[str, object]:
    """Return a row of the address table."""
    block = ipaddress.ip_network(prefix)
    return {"first": int(block[0]), "last": int(block[-1]), "seen": DAY} | columns


ABOUT: World = world(
    source=[{"id": name, "title": name.upper(), "published": DAY} for name in ("s", "announcers", "registries")],
    party=[company("maker", domicile="BB"), {"id": "state-bb", "name": "Beta", "kind": "state", "domicile": "BB"}],
    control=[{"owner": "state-bb", "owned": "maker", "kind": "both", "share_min": 100.0, "share_max": 100.0}],
    identifier=[{"type": "asn", "value": "10", "party": "maker", "seen": DAY}],
    registration=[{"type": "asn", "value": "20", "name": "Others", "registered": "EE", "seen": DAY}],
    listing=[{"list": "l", "party": "maker", "status": "listed"}],
    address4=[
        span("192.88.99.0/24", asn=10, source="announcers"), span("192.31.196.0/24", asn=20, source="announcers"),
        span("192.88.0.0/16", registered="CC", source="registries"),
        span("192.31.196.0/24", registered="DD", source="registries"),
    ],
)  # fmt: skip


def asked(violation: str) -> Regime:
    """Return a regime with one rule on apps."""
    return regime(rule(violation, kind="app", line="store"), lists=LISTS, **BY_HALF)


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dns_answers, "JAILED", False)


def audit_of(folder: Path, violation: str, *, answers: bool = True) -> Audit:
    """Return the audit of the apps, with or without a file of answers."""
    (folder / "apps.csv").write_text(APPS)
    if answers:
        (folder / "answers.txt").write_text(ANSWERS)
    return audited(asked(violation), ABOUT, gather([folder], DAY)[0])


def app_of(made: Audit, name: str) -> dict[str, Any]:
    """Return what is told of an app."""
    return next(app for app in made.header["apps"]["described"] if app["name"] == name)


@pytest.mark.usefixtures("_quick")
def test_hosts_stand_in_the_countries_of_their_addresses(tmp_path: Path) -> None:
    """One has two hosts with addresses in CC (a, b) and two in DD (b, c), each with a host, its way and its source."""
    made = audit_of(tmp_path, "host.exists(t, t.listed('named'))")
    one = app_of(made, "One")
    placed = [row for row in one["states"] if row["as"] == "address"]
    assert [(row["state"], row["hosts"], row["libraries"], row["source"]) for row in placed] == [
        ("CC", 2, 0, "registries"), ("DD", 2, 0, "registries"),
    ]  # fmt: skip
    assert placed[0]["sample"] == {
        "host": "a.test.net", "address": "192.88.99.1", "locator": "answers.txt line 1: a.test.net A 192.88.99.1",
    }  # fmt: skip
    assert placed[1]["sample"]["host"] == "b.test.net"
    assert (one["hosts"]["answered"], one["hosts"]["count"]) == (3, 4)
    assert {"role": "host", "reason": "1 of 4 hosts have no address in the answers that were given"} in one["unseen"]
    assert made.header["apps"]["summary"]["standing"] == {
        "table": True,
        "hosts": 4, "answered": 3,
        "states": [
            {"state": "DD", "apps": 2, "share_pct": 66.667, "hosts": 2},
            {"state": "CC", "apps": 1, "share_pct": 33.333, "hosts": 2},
        ],
    }  # fmt: skip
    assert "registries" in made.header["sources"]


@pytest.mark.usefixtures("_quick")
def test_hosts_stand_on_the_networks_that_announce_them(tmp_path: Path) -> None:
    """Two hosts of One lie on AS10, maker's, of BB; two on AS20, which a registry has for Others in EE."""
    one = app_of(audit_of(tmp_path, "host.exists(t, t.listed('named'))"), "One")
    told = {row["network"]: row for row in one["hosts"]["networks"]}
    assert {key: (row["party"], row["owner"], row["count"]) for key, row in told.items()} == {
        "asn:10": ("maker", "MAKER", 2), "asn:20": (None, "Others", 2),
    }  # fmt: skip
    assert {(row["state"], row["as"]) for row in told["asn:10"]["states"]} == {
        ("BB", "incorporated"),
        ("BB", "in-control"),
    }
    assert told["asn:20"]["sample"]["address"] == "192.31.196.2"
    # Who owns the names is another question, which nobody answers here.
    assert one["hosts"]["owners"] == []


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize(
    "violation", ["host.exists(t, t.listed('named'))", "host.exists(t, t.controlled_from(target))"]
)
def test_rules_over_hosts_see_whose_network_it_is(tmp_path: Path, violation: str) -> None:
    """Maker is listed, and BB controls it: One violates; Two and Three, of which less is known, are unknown."""
    made = audit_of(tmp_path, violation)
    assert [row["asset"] for row in made.findings.filter(verdict="violation").iter_rows(named=True)] == ["app:One"]
    assert made.header["summary"]["mini"] == {
        "violation": 1, "compliant": 0, "unknown": 2, "exempt": 0, "not-applicable": 0,
    }  # fmt: skip


@pytest.mark.usefixtures("_quick")
def test_reports_show_where_hosts_stand(tmp_path: Path) -> None:
    """The terminal, the page, JSON by its schema, and the bill of materials tell the country as a registry's word."""
    made = audit_of(tmp_path, "host.exists(t, t.listed('named'))")
    text = table.render(made, Options(width=160))
    assert "3 of 4 hosts have an address" in text
    assert "address registered in CC" in text
    assert "on a network of MAKER" in text
    assert "no measured place" in " ".join(text.split())
    page = html.render(made, Options())
    assert "Where its hosts stand" in page
    assert "a.test.net, 192.88.99.1" in page
    document = json.loads(as_json.render(made, Options()))
    schema = (files("crossline.reports") / "schema" / "audit-report.json").read_text(encoding="utf-8")
    jsonschema.validate(document, json.loads(schema))
    bill = json.loads(cyclonedx.render(made, Options()))
    properties = {(p["name"], p["value"]) for part in bill["components"] for p in part["properties"]}
    assert {("crossline:hosts-answered", "3"), ("crossline:hosts-address-registered", "CC 2")} <= properties


def test_without_answers_the_report_says_how_to_get_them(tmp_path: Path) -> None:
    """No host stands anywhere, and one line names the programs whose answers tell; the owners' states are as before."""
    made = audit_of(tmp_path, "host.exists(t, t.listed('named'))", answers=False)
    one = app_of(made, "One")
    assert (one["hosts"]["answered"], one["hosts"]["networks"]) == (None, [])
    assert not [row for row in one["states"] if row["as"] == "address"]
    assert made.header["apps"]["summary"]["standing"] is None
    assert "massdns -o J, dnsx -json, zdns or dig" in " ".join(table.render(made, Options(width=160)).split())
    assert made.header["summary"]["mini"]["unknown"] == 3


def test_without_a_table_of_addresses_the_report_says_so(tmp_path: Path) -> None:
    """Answers in a world that has no addresses give no country: terminal and page say what is lacking, and how to."""
    (tmp_path / "apps.csv").write_text(APPS)
    (tmp_path / "answers.txt").write_text(ANSWERS)
    made = audited(asked("host.exists(t, t.listed('named'))"), world(), gather([tmp_path], DAY)[0])
    assert made.header["apps"]["summary"]["standing"] == {"table": False, "hosts": 4, "answered": 3, "states": []}
    for text in (table.render(made, Options(width=160)), html.render(made, Options())):
        assert "there is no table of addresses in the world" in " ".join(text.split())
        assert "--world" in text
    assert html.render(made, Options()).count("Where its hosts stand") == 2  # of One and of Two; of Three none is known


def test_answers_alone_say_what_they_are_for(tmp_path: Path) -> None:
    """Without an app beside them answers are of no host: a note says what to give, and with an app there is none."""
    (tmp_path / "answers.txt").write_text(ANSWERS)
    said = "give its package beside them"
    asking = asked("host.exists(t, t.listed('named'))")
    assert any(said in note for note in audited(asking, ABOUT, gather([tmp_path], DAY)[0]).header["notes"])
    (tmp_path / "apps.csv").write_text(APPS)
    assert not any(said in note for note in audited(asking, ABOUT, gather([tmp_path], DAY)[0]).header["notes"])


def test_a_rule_over_hosts_can_be_checked(tmp_path: Path) -> None:
    """A user's regime on where apps' hosts stand is checked, and its cases get the verdicts thought out by hand."""
    path = tmp_path / "hosts.yaml"
    path.write_text("""id: house-hosts
title: House rules on where apps' hosts stand
issuer: Example AG
legal: An internal instruction.
since: 2026-01-01
home: DE
target: CN
lists:
  carriers: {list: uk-designated-vendor, statuses: [listed], doctrine: majority, subsidiaries: true}
doctrines:
  majority: {threshold_pct: 50, inclusive: false, aggregate: true, interest: either, indirect: cascade}
controlled_by: majority
tests_as_of: 2026-07-31
rules:
- id: host-network
  line: store
  kind: app
  title: No host of an app stands on a network of a party that the list designates, or that the target controls
  cite: {source: uk-dcms-2022-10-13, clause: the designation}
  effect: pledge
  severity: high
  violation: host.exists(t, t.listed("carriers") || t.controlled_from(target))
  remedy: [change-host]
  tests:
  - {given: {host: ["party:huawei"]}, verdict: violation}
  - {given: {host: ["asn:4134"]}, verdict: violation, why: the network of a carrier that the target's state owns}
  - {given: {host: ["state:DE"]}, verdict: compliant}
  - {given: {host: []}, verdict: compliant}
  - {given: {host: ["state:DE", "..."]}, verdict: unknown, why: not all hosts have an address}
  - {given: {}, verdict: unknown, why: nobody asked the DNS}
""")
    done = CliRunner().invoke(main, ["regime", "check", str(path)])
    assert (done.exit_code, done.output.strip()) == (0, "house-hosts: 1 rules, 6 cases, 0 with another verdict")
