"""No name that somebody hostile wrote acts in a report: a law for each format that there is.

Every text of an audit is such a name at once: controls, terminal escapes, bidirectional overrides, elements and
scripts, formulas, ends of CDATA, NUL, line breaks, Markdown, links, placeholders; lone surrogates where text of Python
reaches a report. A format without a law here fails.
"""

from __future__ import annotations

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import jsonschema
import polars as pl
import pytest
from markdown_it import MarkdownIt

import carried
import laid
from crossline import explain, reports
from crossline.grouping import ROW, table
from crossline.reports import EXPOSURE, FINDING, GROUP, TALLY, Audit, Options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOSTILE: Final = (
    "\x1b[2J\x1b[31mall compliant\x1b[0m",
    "\x1b]8;;https://evil.example\x07link\x1b]8;;\x07",
    "\x9b31mred\x9d0;title\x9c",
    "\u202egnp.exe\u202c\u2066x\u2069",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)><svg/onload=alert(2)>',
    "]]><!-- --><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "=cmd|'/c calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    'a";=HYPERLINK("https://evil.example")',
    "nul\x00 bell\x07 backspace\x08 delete\x7f",
    "two\nlines\r\nand\u2028three\u2029four\x85five",
    "[a link](https://evil.example) ![image](https://evil.example/x.png) <https://evil.example>",
    "[one](1) [two](javascript:alert) [three]: https://evil.example",
    "**bold** `code` ~~gone~~ https://evil.example www.evil.example @everyone #1",
    "{0} {1} {{ 7*7 }} {% raw %} ${7*7} %s %(x)s",
    "[bold red]markup[/] :warning:",
    "../../../etc/passwd",
    "javascript:alert(1)",
    "\ufeff\ufffe\uffff\U000e0041\u3164\u200b\u034f",
    "Z\u0337\u0335\u0334\u0321\u0322\u0323\u0324\u0325\u0326\u0327\u0328",
    "' OR 1=1 --",
    "\t=1+1",
    "-2+3+cmd|' /C calc'!A0",
    "x" * 5_000,
)
# Text of Python, from a header or a report that is read, can hold what no UTF-8 text can.
SURROGATES: Final = ("\ud800alone\udcff", *HOSTILE)


def hostile_audit(name: str, header_name: str, apps: int = 2) -> Audit:
    """Return an audit in which every text is the name, of so many apps."""
    text = header_name
    rule = {"regime": text, "rule": text, "line": text, "kind": text, "title": text, "effect": text, "reading": text,
            "reading_why": text, "severity": text, "cite": text, "source": text, "remedy": [text], "decidable": text,
            "decidable_why": text}  # fmt: skip
    header = {
        "crossline": text, "as_of": text, "regimes": [text], "parameters": {text: {text: text, "home": text}},
        "we": {"states": [text], "parties": [text], "asns": [text], "hypothetical": False},
        "world": [{"source": text, "published": text}],
        "coverage": [
            {"path": text, "reader": text, "rows": 1, "rejected": 2, "notes": [text], "kinds": {text: 1},
             "rejects": [{"locator": text, "reason": text, "count": 2}]},
            {"path": text, "reader": None, "rows": 0, "rejected": 0, "notes": [text], "rejects": []},
        ],
        "titles": {text: {"title": text, "issuer": text, "legal": text}}, "rules": [rule], "notes": [text],
        "sources": {text: {"title": text, "issuer": text, "url": text, "published": text, "licence": text}},
        "resolved": {text: {"total": 1, "named": 1, "held": 0, "by_sources": [text]}}, "next": [text],
        "baseline": {"report": text, "as_of": text, "new": 1, "changed": 0, "known": 0, "gone": 0, "notes": [text]},
        "waivers": [{"id": text, "rule": text, "selector": text, "reason": text, "approver": text, "expires": text,
                     "expired": False, "used": 1}],
        "supposed": {"file": text, "rows": 1, "statements": [text]},
        "apps": carried.told(text, apps), "cables": laid.told(text, 2, status="planned"),
    }  # fmt: skip
    cells: dict[str, Any] = dict.fromkeys(FINDING.names(), name)
    lists = {"also": [name], "missing": [name], "remedy": [name], "why": [{"statement": name, "source": name}] * 2}
    rows = [cells | lists | {"verdict": verdict, "baseline": "new"} for verdict in ("violation", "exempt", "unknown")]
    group = (name, name, name, name, "unknown", name, [name], 1, [name])
    return Audit(
        header,
        pl.DataFrame(rows, schema=FINDING),
        pl.DataFrame([group], schema=GROUP, orient="row"),
        pl.DataFrame([(name, name, name, name, 1, 1, 1, 1, 1)], schema=TALLY, orient="row"),
        pl.DataFrame([("party", name, name, name, name, 1, 1.0)], schema=EXPOSURE, orient="row"),
        laid.courses({"asset": name, "name": name, "status": name, "worst": name}, {"name": name, "course": name}),
    )


def written(name: str, audit: Audit) -> bytes:
    """Return the report as it goes to a file."""
    module = reports.load(name)
    made = module.encode(audit) if hasattr(module, "encode") else module.render(audit, Options())
    return made if isinstance(made, bytes) else made.encode()


def seen(text: str) -> None:
    """Hold that all of a text is seen: line breaks part lines, and nothing else that is not seen stands in it."""
    unseen = {character for line in text.split("\n") for character in line if not character.isprintable()}
    assert unseen == set()


def texts(value: object) -> Iterator[str]:
    """Yield every text of a JSON value, keys as well."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *texts(item))
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)


def law_of_table(audit: Audit) -> None:
    """Hold that a terminal is sent nothing that it would obey but, where asked for, its own colours."""
    seen(written("table", audit).decode())
    coloured: str = reports.load("table").render(audit, Options(colour=True))
    seen(re.sub(r"\x1b\[[0-9;]*m", "", coloured))


def law_of_json(audit: Audit) -> None:
    """Hold that one reading gives the cells again, and that no control stands in it raw (RFC 8259, section 7)."""
    data = written("json", audit).decode()
    assert re.search("[\x00-\x09\x0b-\x1f]", data) is None
    read = json.loads(data)
    assert read["findings"] == audit.findings.to_dicts()
    assert read["groups"] == audit.groups.to_dicts()


class Elements(HTMLParser):
    """The elements of a page, with the names of their attributes and where they lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.leads: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note element and attributes."""
        self.found |= {tag, *(f"{tag} {name}" for name, _ in attrs)}
        self.leads |= {value or "" for name, value in attrs if name in ("href", "src", "action")}

    def handle_decl(self, decl: str) -> None:
        """Note a declaration."""
        self.found.add(f"!{decl.lower()}")

    def handle_comment(self, data: str) -> None:
        """Note a comment, of which the page has none."""
        self.found.add(f"comment {data}")


def law_of_html(audit: Audit) -> None:
    """Hold that names make no element, attribute, link or comment that a tame audit's page lacks."""
    page = written("html", audit).decode()
    seen(page)
    made, tame = Elements(page), Elements(written("html", hostile_audit("tame", "tame")).decode())
    assert made.found - tame.found == set()
    assert {lead for lead in made.leads - tame.leads if not re.fullmatch("#[A-Za-z0-9-]+", lead)} == set()


def law_of_sarif(audit: Audit) -> None:
    """Hold that all is valid and seen, that links lead to examples alone, and that help has no link or element."""
    log = json.loads(written("sarif", audit))
    schema = json.loads((Path(__file__).parent / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(log)
    markdown = MarkdownIt("commonmark")
    for run in log["runs"]:
        for rule in run["tool"]["driver"]["rules"]:
            assert "helpUri" not in rule
            shown = markdown.render(rule["help"]["markdown"])
            assert set(re.findall(r"<(/?\w+)", shown)) <= {"p", "/p", "strong", "/strong", "code", "/code"}
            outside = re.sub("<code>.*?</code>", "", shown)
            assert re.search(r"https?:|www\.|@", outside) is None
            rule["help"].pop("markdown")
        for text in texts(run):
            seen(text)
            assert "\n" not in text or text.startswith("Regime: ")
        for message in messages(run):
            for _, target in re.findall(r"\[([^\]]*)\]\(([^)]+)\)", message):
                assert target.isdecimal()
            message.format()  # no placeholder is left: a brace stands for itself only if doubled
        for place in places(run):
            assert re.fullmatch(r"(file:///)?[A-Za-z0-9._~/%-]+", place)


def messages(value: object) -> Iterator[str]:
    """Yield the text of every message of a log."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for key, item in value.items():
            if key != "properties":
                yield from messages(item)
    elif isinstance(value, list):
        for item in value:
            yield from messages(item)


def places(value: object) -> Iterator[str]:
    """Yield the address of every file of a log."""
    if isinstance(value, dict):
        if isinstance(value.get("uri"), str):
            yield value["uri"]
        for item in value.values():
            yield from places(item)
    elif isinstance(value, list):
        for item in value:
            yield from places(item)


def law_of_junit(audit: Audit) -> None:
    """Hold that it has the elements of a tame audit's report and no document type, and that all is seen."""
    data = written("junit", audit)
    seen(data.decode())
    assert b"<!" not in data
    root = ET.fromstring(data)  # noqa: S314 - our own output
    tame = ET.fromstring(written("junit", hostile_audit("tame", "tame")))  # noqa: S314
    forms = [{(part.tag, *sorted(part.attrib)) for part in tree.iter()} for tree in (root, tame)]
    assert forms[0] - forms[1] == set()


def law_of_csv(audit: Audit) -> None:
    """Hold that a row is a line of as many cells as the header, that all is seen, and that no cell begins a formula."""
    text = written("csv", audit).decode()
    seen(text.replace("\r\n", "\n"))
    lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert [len(cells) for cells in lines] == [len(ROW)] * (1 + table(audit).height)
    assert text.count("\n") == len(lines)
    for cell in (cell for cells in lines for cell in cells):
        # Where a spreadsheet takes something else for the end of a cell, what follows is a cell as well.
        for part in re.split(r"[,;|\t]", cell):
            assert not part.lstrip('"').startswith(("=", "+", "-", "@", "\t", "\r"))


def law_of_parquet(audit: Audit) -> None:
    """Hold that text is as it was read, in typed columns of known length."""
    data = written("parquet", audit)
    assert pl.read_parquet(io.BytesIO(data)).to_dicts() == table(audit).to_dicts()
    assert "crossline" in json.loads(pl.read_parquet_metadata(io.BytesIO(data))["crossline"])


def law_of_cyclonedx(audit: Audit) -> None:
    """Hold that all is seen, that references are unique and ours, and that endpoints and versions are of their form."""
    data = written("cyclonedx", audit).decode()
    seen(data)
    document = json.loads(data)
    tame = json.loads(written("cyclonedx", hostile_audit("tame", "tame")))
    assert document.keys() == tame.keys()
    components = [*document["components"], *(part for one in document["components"] for part in one["components"])]
    references = [part["bom-ref"] for part in (*components, *document["services"])]
    assert len(references) == len(set(references))
    assert all(re.fullmatch(r"crossline-(app|library|service)-[0-9a-f]{24}", reference) for reference in references)
    for service in document["services"]:
        assert all(re.fullmatch(r"//[A-Za-z0-9._~-]+", endpoint) for endpoint in service.get("endpoints", ()))


LAWS: Final[dict[str, Callable[[Audit], None]]] = {
    "table": law_of_table, "json": law_of_json, "html": law_of_html, "sarif": law_of_sarif, "junit": law_of_junit,
    "csv": law_of_csv, "parquet": law_of_parquet, "cyclonedx": law_of_cyclonedx,
}  # fmt: skip


@pytest.mark.parametrize("form", reports.names())
def test_no_name_acts(form: str) -> None:
    """In every format, each hostile name in every text of an audit stays text, as the law of the format says."""
    assert form in LAWS, f"write a law for {form} in this file: what would a hostile name do there?"
    for name in HOSTILE:
        LAWS[form](hostile_audit(name, name))
    if form in ("table", "html"):  # which tell of many apps otherwise
        LAWS[form](hostile_audit(HOSTILE[0], HOSTILE[0], apps=40))


@pytest.mark.parametrize("form", reports.names())
def test_lone_surrogates_are_replaced(form: str) -> None:
    """A header whose texts no UTF-8 can hold, such as names of files (PEP 383), is written all the same."""
    assert form in LAWS
    LAWS[form](hostile_audit("tame", SURROGATES[0]))


def test_laws_can_be_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A format that lets names through breaks its law: for each, one that does."""
    leaks = {
        "table": lambda audit, _: audit.header["as_of"],
        "json": lambda audit, _: f'{{"findings": [], "groups": "{audit.header["as_of"]}"}}',
        "html": lambda audit, _: f"<p>{audit.header['as_of']}</p>",
        "junit": lambda audit, _: f"<testsuites>{audit.header['as_of']}</testsuites>",
        "csv": lambda audit, _: ",".join(ROW) + "\r\n" + ",".join([audit.header["as_of"]] * len(ROW)) + "\r\n",
    }
    for form, leak in leaks.items():
        module = reports.load(form)
        if hasattr(module, "encode"):
            monkeypatch.delattr(module, "encode")
        monkeypatch.setattr(module, "render", leak)
        broken = 0
        for name in HOSTILE:
            try:
                LAWS[form](hostile_audit(name, name))
            except (AssertionError, ValueError, ET.ParseError, csv.Error):
                broken += 1
        assert broken > 0, form


@pytest.mark.parametrize("name", SURROGATES)
def test_no_name_acts_when_explained(tmp_path: Path, name: str) -> None:
    """What ``explain`` tells of a report whose every text is hostile holds nothing that a terminal would obey."""
    tame = "tame"
    made = json.loads(written("json", hostile_audit(tame, tame)))
    header = hostile_audit(tame, name).header
    path = tmp_path / "report.json"
    hostile = {key: name for key in FINDING if key not in ("also", "why", "missing", "remedy")}
    finding = made["findings"][0] | hostile | {"identifier": "asn:1", "verdict": name}
    finding |= {"also": [name], "missing": [name], "remedy": [name], "why": [{"statement": name, "source": name}]}
    group = made["groups"][0] | {"regime": name, "rule": name, "kind": name, "identifier": "asn:1", "missing": [name]}
    path.write_text(json.dumps(made | header | {"findings": [finding], "groups": [group]}), encoding="utf-8")
    told = explain.explain(path, "asn:1")
    assert (told.finding_count, told.group_count) == (1, 1)
    seen(explain.render(told, Options()))
    seen(re.sub(r"\x1b\[[0-9;]*m", "", explain.render(told, Options(colour=True))))
