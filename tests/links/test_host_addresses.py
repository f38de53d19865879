"""The hosts of apps and the answers of the DNS: ties and extents thought out by hand over small files."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from crossline.estate import ROLE_NUMBER
from crossline.gather import gather
from crossline.links.host_addresses import ADDRESSES, ALIASES, CUT, NO_ANSWERS
from crossline.readers import dns_answers

if TYPE_CHECKING:
    from pathlib import Path

    from crossline.estate import Estate

DAY = date(2026, 7, 31)
APPS = """kind,name,contacts
app,One,domain:api.example.org;domain:www.example.org
app,Two,domain:api.example.org;domain:none.example.org;address:192.88.99.200
app,Three,none
app,Four,
"""
ANSWERS = """api.example.org. A 192.88.99.7
api.example.org. AAAA 2620:4f:8000::7
www.example.org. CNAME cdn.example.org.
cdn.example.org. CNAME edge.example.net.
edge.example.net. A 192.88.99.9
lab.example.org. A 10.0.0.1
"""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read in this process: a child for each small file takes a second, and the reader's own tests have one."""
    monkeypatch.setattr(dns_answers, "JAILED", False)


def estate_of(folder: Path, answers: str | None, apps: str = APPS, about: str | None = None) -> Estate:
    """Return what is read of a table of apps and a file of answers."""
    (folder / "apps.csv").write_text(apps)
    if answers is not None:
        (folder / "answers.txt").write_text(answers)
    if about is not None:
        (folder / "estate.yaml").write_text(about)
    return gather([folder], DAY)[0]


def hosts(made: Estate) -> dict[str, list[tuple[str, str | None]]]:
    """Return the addresses of each app's hosts, and where they were read."""
    held = made.holdings["app"].assets
    told: dict[str, list[tuple[str, str | None]]] = {}
    for name, bundle in held.select("name", "bundle").iter_rows():
        for tie in range(made.ties.start[bundle], made.ties.start[bundle + 1]):
            if made.ties.role[tie] == ROLE_NUMBER["host"]:
                row = made.identifiers.row(int(made.ties.identifier[tie]))
                assert row[0] == "address"
                assert made.ties.column("basis")[tie] == "inferred"
                told.setdefault(name, []).append((row[1], made.ties.column("locator")[tie]))
    return {name: sorted(found) for name, found in told.items()}


def extents(made: Estate, role: str = "host") -> dict[str, tuple[str, str | None]]:
    """Return how much of a role was seen of each app, and why not all."""
    told: dict[str, tuple[str, str | None]] = {}
    for name, bundle in made.holdings["app"].assets.select("name", "bundle").iter_rows():
        whole, looked = made.extents.whole[role][bundle], made.extents.looked[role][bundle]
        reason = None if whole else made.extents.reasons[made.extents.reason[role][bundle]]
        told[name] = ("all" if whole else "some" if looked else "none", reason)
    return told


def notes(made: Estate) -> list[str]:
    """Return what is said of what was joined."""
    return [note for item in made.coverage if item.reader == "links" for note in item.notes]


def test_a_host_leads_to_its_addresses_through_its_aliases(tmp_path: Path) -> None:
    """Each name leads to the addresses that the file has for it or for its alias; the place tells the way."""
    made = estate_of(tmp_path, ANSWERS)
    api = [
        ("192.88.99.7", "answers.txt line 1: api.example.org A 192.88.99.7"),
        ("2620:4f:8000::7", "answers.txt line 2: api.example.org AAAA 2620:4f:8000::7"),
    ]
    way = "answers.txt line 3, answers.txt line 5: www.example.org CNAME cdn.example.org CNAME edge.example.net A"
    assert hosts(made) == {
        "One": [*api[:1], ("192.88.99.9", f"{way} 192.88.99.9"), *api[1:]],
        "Two": [("192.88.99.200", "the address itself stands in it"), *api],
    }
    assert notes(made) == ["2 of 3 hosts that apps name have an address in the answers"]
    assert list(made.holdings) == ["app", "estate"]  # records of the DNS are assets of nobody's


def test_all_hosts_are_seen_only_where_all_were_answered(tmp_path: Path) -> None:
    """One's contacts are all known and answered; Two has a name without an answer; Four's were not said."""
    assert extents(estate_of(tmp_path, ANSWERS)) == {
        "One": ("all", None),
        "Two": ("some", "1 of 3 hosts have no address in the answers that were given"),
        "Three": ("all", None),
        "Four": ("none", "the cell of contacts is empty"),
    }


def test_hosts_that_were_not_all_seen_are_not_all_placed(tmp_path: Path) -> None:
    """Where some hosts alone were seen, some alone stand somewhere, however many of these were answered."""
    apps = 'kind,name,contacts\napp,One,"domain:api.example.org;..."\n'
    (told,) = extents(estate_of(tmp_path, ANSWERS, apps)).values()
    assert told[0] == "some"
    assert told[1] == extents(estate_of(tmp_path, ANSWERS, apps), "contacts")["One"][1]


def test_without_answers_nothing_was_seen_and_how_to_is_said(tmp_path: Path) -> None:
    """Without a file of answers no app has a host's address, and the reason names programs that write one."""
    made = estate_of(tmp_path, None)
    assert hosts(made) == {}
    assert set(extents(made).values()) == {("none", NO_ANSWERS)}
    assert notes(made) == []


def test_a_table_that_knows_where_hosts_stand_is_believed(tmp_path: Path) -> None:
    """A declared host stands beside the DNS's, and what the table says of how many there are stands too."""
    apps = "kind,name,contacts,host\napp,One,domain:none.example.org,address:192.88.99.3\n"
    for answers in (None, ANSWERS):
        made = estate_of(tmp_path, answers, apps)
        assert extents(made) == {"One": ("all", None)}
        (bundle,) = made.holdings["app"].assets["bundle"]
        roles = made.ties.role[made.ties.start[bundle] : made.ties.start[bundle + 1]].tolist()
        assert roles.count(ROLE_NUMBER["host"]) == 1


def test_the_day_of_an_answer_is_told(tmp_path: Path) -> None:
    """The file's own day stands in the place; where it has none, the day that estate.yaml gives the file."""
    apps = "kind,name,contacts\napp,One,domain:api.example.org\n"
    about = "files:\n- {path: answers.txt, observed_at: 2026-07-30}\n"
    ((_, place), *_) = hosts(estate_of(tmp_path, ANSWERS, apps, about))["One"]
    assert place == "answers.txt line 1: api.example.org A 192.88.99.7 (asked 2026-07-30)"
    dug = "9.9.9.9:53 1513458347 NOERROR api.example.org. IN A\napi.example.org. A 192.88.99.7\n"
    dug = f"x.example.org. A 192.88.99.8\n{dug}"
    ((_, place),) = hosts(estate_of(tmp_path, dug, apps, about))["One"]
    assert place == "answers.txt line 3: api.example.org A 192.88.99.7 (asked 2017-12-16)"


def test_addresses_of_nobodys_are_no_answer(tmp_path: Path) -> None:
    """A name that leads to a private address alone is as one without an answer; beside a public one it is left out."""
    apps = "kind,name,contacts\napp,One,domain:lab.example.org;domain:two.example.org\n"
    made = estate_of(tmp_path, ANSWERS + "two.example.org. A 127.0.0.1\ntwo.example.org. A 192.88.99.2\n", apps)
    assert [value for value, _ in hosts(made)["One"]] == ["192.88.99.2"]
    assert extents(made)["One"] == ("some", "1 of 2 hosts have no address in the answers that were given")
    assert any("1 host answered with addresses for private or special use alone" in note for note in notes(made))


def test_circles_and_endless_chains_end(tmp_path: Path) -> None:
    """Aliases that lead back, or on and on, are counted and followed no further; an address on the way is taken."""
    circle = "a.example.org. CNAME b.example.org.\nb.example.org. CNAME a.example.org.\nb.example.org. A 192.88.99.1\n"
    chain = (
        "".join(f"c{n}.example.org. CNAME c{n + 1}.example.org.\n" for n in range(60))
        + "c60.example.org. A 192.88.99.2\n"
    )
    short = "".join(f"d{n}.example.org. CNAME d{n + 1}.example.org.\n" for n in range(ALIASES))
    short += f"d{ALIASES}.example.org. A 192.88.99.3\n"
    apps = "kind,name,contacts\napp,One,domain:a.example.org;domain:c0.example.org;domain:d0.example.org\n"
    made = estate_of(tmp_path, circle + chain + short, apps)
    assert [value for value, _ in hosts(made)["One"]] == ["192.88.99.1", "192.88.99.3"]
    assert "1 alias that lead back to a name on the way: not followed" in notes(made)
    assert f"1 host with more than {ALIASES} aliases one after the other: not followed further" in notes(made)


def test_a_name_with_thousands_of_addresses_is_bounded(tmp_path: Path) -> None:
    """Of many addresses some are taken, which is said; many aliases of that name make no more of each."""
    many = "".join(f"big.example.net. A 192.88.{n // 256}.{n % 256}\n" for n in range(5000))
    alias = "".join(f"h{n}.example.org. CNAME big.example.net.\n" for n in range(50))
    named = ";".join(f"domain:h{n}.example.org" for n in range(50))
    made = estate_of(tmp_path, many + alias, f"kind,name,contacts\napp,One,{named}\n")
    assert len(hosts(made)["One"]) == 50 * ADDRESSES
    assert extents(made)["One"] == ("some", CUT)
    assert f"50 hosts with {ADDRESSES} addresses or more: no more than these are taken" in notes(made)


def test_answers_of_several_files_are_one(tmp_path: Path) -> None:
    """An alias in one file leads to the address in another, and of the same answer the latest is told."""
    (tmp_path / "second.txt").write_text(
        ";; Server: 9.9.9.9:53\n;; Unix time: 1513458347\n;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1\n"
        ";; ANSWER SECTION:\nedge.example.net. 9 IN A 192.88.99.9\n"
    )
    apps = "kind,name,contacts\napp,One,domain:www.example.org\n"
    made = estate_of(tmp_path, "www.example.org. CNAME edge.example.net.\nedge.example.net. A 192.88.99.9\n", apps)
    ((address, place),) = hosts(made)["One"]
    assert address == "192.88.99.9"
    assert place == (
        "answers.txt line 1, second.txt line 5: www.example.org CNAME edge.example.net A 192.88.99.9 (asked 2017-12-16)"
    )


def test_answers_without_apps_are_no_assets(tmp_path: Path) -> None:
    """A file of answers alone holds no asset, and it is said that no app names a host."""
    (tmp_path / "answers.txt").write_text(ANSWERS)
    made, _ = gather([tmp_path], DAY)
    assert list(made.holdings) == ["estate"]
    assert notes(made) == ["answers of the DNS were read, and no app that names a host"]


def test_a_tie_has_the_number_of_the_host_it_is_an_address_of(tmp_path: Path) -> None:
    """By bundle and sequence a report finds the host of an address: each address of the table above has its own."""
    made = estate_of(tmp_path, ANSWERS)
    frame = pl.DataFrame({
        "bundle": np.repeat(np.arange(len(made.ties.start) - 1), np.diff(made.ties.start)),
        "seq": made.ties.seq, "role": made.ties.role, "value": made.identifiers["value"].gather(made.ties.identifier),
    })  # fmt: skip
    named = frame.filter(pl.col("role") == ROLE_NUMBER["contacts"])
    stand = frame.filter(pl.col("role") == ROLE_NUMBER["host"]).join(named, on=["bundle", "seq"], how="left")
    pairs = set(stand.select("value_right", "value").iter_rows())
    assert pairs == {
        ("api.example.org", "192.88.99.7"),
        ("api.example.org", "2620:4f:8000::7"),
        ("www.example.org", "192.88.99.9"),
        ("192.88.99.200", "192.88.99.200"),
    }
