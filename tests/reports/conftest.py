"""Audits made by hand: a routing table judged by two regimes, with names written by somebody hostile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from crossline.reports import EXPOSURE, FINDING, GROUP, TALLY, Audit

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\x1b[2J\x1b[31mall compliant\x1b[0m",
    "\u202egnp.exe\u202c",
    "=cmd()|'/c calc'!A0",
    "two\nlines\r\n\x00\x07\x9b31m",
    "[bold red]markup[/] :warning: {{ 7*7 }} {% raw %}",
    "Z\u0337\u0335\u0334\u0321\u0322\u0323\u0324\u0325\u0326\u0327\u0328 \u200b\u2066\U000e0041\u3164",
    "x" * 5000,
    "é漢字🙂",
)


def _why(asn: int, holder: str) -> list[dict[str, str]]:
    return [
        {"statement": f"AS{asn} is held by {holder}", "source": "apnic-2020"},
        {"statement": f"{holder} is owned to at least 51 % by China Telecom Group", "source": "filing-2019"},
        {
            "statement": f"{holder} is on the list us-clean-network, scope carrier, status named, since 2020-08-05",
            "source": "us-state-2020-08-05",
        },
    ]


def _header() -> dict[str, Any]:
    return {
        "crossline": "0.1.0",
        "as_of": "2020-11-01",
        "regimes": ["us-clean-network", "cn-gdsi"],
        "parameters": {
            "us-clean-network": {"home": "US", "target": "CN", "reading": "narrow"},
            "cn-gdsi": {"home": "CN", "target": None},
        },
        "we": {"states": ["US"], "hypothetical": True},
        "world": [{"source": "apnic-2020", "published": "2020-10-01"}],
        "summary": {
            "us-clean-network": {
                "violation": 27_343, "compliant": 400_062, "unknown": 24_696, "exempt": 0, "not-applicable": 0,
            },
            "cn-gdsi": {"violation": 0, "compliant": 0, "unknown": 2, "exempt": 0, "not-applicable": 1},
        },
        "coverage": [
            {
                "path": "mrt/bview.20201101.0000.gz", "reader": "mrt", "rows": 452_101, "rejected": 3,
                "rejects": [{"locator": "byte 1048576", "reason": "the record ends after 12 of 40 bytes", "count": 3}],
                "notes": [], "kinds": {"route": 452_018, "session": 83},
            },
            {"path": "mrt/README.pdf", "reader": None, "rows": 0, "rejected": 0, "rejects": [], "notes": []},
        ],
        "titles": {
            "us-clean-network": {
                "title": "The Clean Network", "issuer": "US Department of State",
                "legal": "A diplomatic programme and statements of aim; it binds hardly anyone.",
            },
            "cn-gdsi": {
                "title": "Global Initiative on Data Security", "issuer": "Ministry of Foreign Affairs of China",
                "legal": "A voluntary initiative that states may support.",
            },
        },
        "rules": [
            {
                "regime": "us-clean-network", "rule": "clean-carrier-session", "line": "carrier", "kind": "session",
                "title": "No session with a listed carrier", "effect": "aim", "reading": "contested",
                "severity": "high", "cite": "Clean Carrier", "source": "us-state-2020-08-05",
                "remedy": ["drop-session"], "decidable": "yes",
            },
            {
                "regime": "us-clean-network", "rule": "clean-carrier-route", "line": "carrier", "kind": "route",
                "title": "No route announced through a listed carrier", "effect": "aim", "reading": "contested",
                "severity": "medium", "cite": "Clean Carrier", "source": "us-state-2020-08-05",
                "remedy": ["filter", "prefer-other"], "decidable": "yes",
            },
            {
                "regime": "us-clean-network", "rule": "clean-path-estate", "line": "path", "kind": "estate",
                "title": "No equipment of untrusted vendors end to end", "effect": "restriction",
                "reading": "settled", "severity": "low", "cite": "Clean Path", "source": "us-state-2020-08-05",
                "remedy": [], "decidable": "never",
            },
            {
                "regime": "cn-gdsi", "rule": "gdsi-7", "line": "product", "kind": "estate",
                "title": "No backdoors in products", "effect": "pledge", "reading": "settled", "severity": "low",
                "cite": "commitment 7", "source": "cn-mfa-2020-09-08", "remedy": [], "decidable": "never",
            },
        ],
        "notes": ["The list us-clean-network is aimed at CN; cn-gdsi names nobody."],
        "sources": {
            "apnic-2020": {
                "title": "APNIC registry", "issuer": "APNIC", "url": "https://www.apnic.net/",
                "published": "2020-10-01", "licence": "terms",
            },
            "filing-2019": {
                "title": "Annual report 2019", "issuer": "China Telecom Corporation", "url": "javascript:alert(1)",
                "published": "2020-04-01", "licence": None,
            },
            "us-state-2020-08-05": {
                "title": "Announcing the Expansion of the Clean Network", "issuer": "US Department of State",
                "url": "https://2017-2021.state.gov/announcing-the-expansion-of-the-clean-network/",
                "published": "2020-08-05", "licence": "public domain",
            },
        },
        "resolved": {"asn": {"total": 70_123, "named": 69_000, "held": 2_344, "by_sources": ["apnic-2020"]}},
        "next": [
            "Find out who controls AS64500: 9,120 judgements hang on it.",
            "Say in estate.yaml whose vantage the table has.",
        ],
    }  # fmt: skip


def _finding(number: int, **cells: Any) -> dict[str, Any]:
    return {
        "id": f"f{number:07d}", "evidence_id": "e1", "regime": "us-clean-network", "rule": "clean-carrier-route",
        "line": "carrier", "kind": "route", "asset": f"route:{number}", "name": f"route-{number}",
        "verdict": "violation", "severity": "medium", "role": "transit", "identifier": "asn:4134",
        "party": "china-telecom", "also": [], "limb": "narrow", "why": _why(4134, "China Telecom"), "missing": [],
        "cite": "Clean Carrier", "file": "mrt/bview.20201101.0000.gz", "locator": f"byte {number}",
        "remedy": ["filter", "prefer-other"],
    } | cells  # fmt: skip


TALLIES = [
    ("us-clean-network", "clean-carrier-session", "carrier", "session", 1, 62, 20, 0, 0),
    ("us-clean-network", "clean-carrier-route", "carrier", "route", 27_342, 400_000, 24_676, 0, 0),
    ("us-clean-network", "clean-path-estate", "path", "estate", 0, 0, 1, 0, 0),
    ("cn-gdsi", "gdsi-7", "product", "estate", 0, 0, 1, 0, 1),
]
GROUPS = [
    ("us-clean-network", "clean-carrier-route", "carrier", "route", "unknown", "asn:64500",
     ["which party holds AS64500"], 15_556, ["198.51.100.0/24"]),
    ("us-clean-network", "clean-carrier-route", "carrier", "route", "unknown", "asn:3356",
     ["whether every chain of control of Lumen ends"], 9_120, ["203.0.113.0/24"]),
    ("us-clean-network", "clean-carrier-session", "carrier", "session", "unknown", None,
     ["whose vantage the table has"], 20, []),
    ("us-clean-network", "clean-path-estate", "path", "estate", "unknown", None, ["no evidence can decide it"], 1, []),
    ("cn-gdsi", "gdsi-7", "product", "estate", "unknown", None, ["no evidence can decide it"], 1, []),
]  # fmt: skip
EXPOSURES = [
    ("party", "china-telecom", "China Telecom", "route", "transit", 21_340, 4.72),
    ("party", "china-unicom", "China Unicom", "route", "transit", 6_002, 1.33),
    ("party", "lumen", "Lumen", "route", "transit", 200_001, 44.24),
    ("state-registered", "state-us", "United States", "route", "transit", 300_000, 66.36),
    ("state-registered", "state-cn", "China", "route", "transit", 27_342, 6.05),
    ("state-controlled", "state-cn", "China", "route", "transit", 21_340, 4.72),
]


def _audit(routes_4134: int = 21_340, routes_4837: int = 6_002) -> Audit:
    session = _finding(
        9_999_999, rule="clean-carrier-session", kind="session", asset="session:1", name="192.0.2.7", severity="high",
        role="neighbour", identifier="asn:4134", remedy=["drop-session"],
    )  # fmt: skip
    hostile = [_finding(9_000_000 + number, name=name, asset=name) for number, name in enumerate(HOSTILE)]
    number = pl.int_range(routes_4134 + routes_4837 - len(hostile), eager=True)
    second = number >= routes_4134 - len(hostile)
    first_row = pl.DataFrame([_finding(0)], schema=FINDING)
    other_row = pl.DataFrame(
        [_finding(0, identifier="asn:4837", party="china-unicom", why=_why(4837, "China Unicom"))], schema=FINDING
    )
    rows = pl.concat(
        [
            frame.join(pl.DataFrame({"number": number.filter(mask)}), how="cross")
            for frame, mask in ((first_row, ~second), (other_row, second))
        ]
    ).with_columns(
        pl.format("f{}", pl.col("number").cast(pl.String).str.zfill(7)).alias("id"),
        pl.format("route:{}", "number").alias("asset"),
        pl.format("10.{}.{}.0/24", (pl.col("number") // 256) % 256, pl.col("number") % 256).alias("name"),
        pl.format("byte {}", pl.col("number") * 40).alias("locator"),
    )
    findings = pl.concat([pl.DataFrame([session, *hostile], schema=FINDING), rows.select(FINDING.names())])
    return Audit(
        header=_header(),
        findings=findings,
        groups=pl.DataFrame(GROUPS, schema=GROUP, orient="row"),
        tally=pl.DataFrame(TALLIES, schema=TALLY, orient="row"),
        exposure=pl.DataFrame(EXPOSURES, schema=EXPOSURE, orient="row"),
    )


@pytest.fixture(scope="session")
def make_audit() -> Callable[..., Audit]:
    """Return the maker of an audit with so many violations through AS4134 and AS4837."""
    return _audit


@pytest.fixture(scope="session")
def audit() -> Audit:
    """Return the audit of 452,018 routes and 83 sessions, 27,343 of them in violation."""
    return _audit()


@pytest.fixture(scope="session")
def hostile_names() -> tuple[str, ...]:
    """Return names of assets that try to break out of a report."""
    return HOSTILE


@pytest.fixture
def make_finding() -> Callable[..., dict[str, Any]]:
    """Return the maker of one finding, by number and cells that differ."""
    return _finding
