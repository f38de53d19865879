"""Running crossline in this process, over small files whose outcome under one rule is known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from click.testing import CliRunner

from crossline.cli import main
from miniature import rule

if TYPE_CHECKING:
    from click.testing import Result


ROOT = Path(__file__).parents[1]
DAY = "2026-11-22"


def run(*arguments: str | Path) -> Result:
    """Run crossline in this process; whatever happens it ends by an exit status and shows no traceback."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise AssertionError(f"crossline {' '.join(map(str, arguments))} raised") from result.exception
    assert "Traceback" not in result.output
    return result


def write(path: Path, text: str) -> Path:
    """Write a file and return its path."""
    path.write_text(text, encoding="utf-8")
    return path


BAD = "asset,data_class,subjects,operator,owner,host\nstore,sensitive,US,party:alibaba,none,none\n"
GOOD = BAD.replace("alibaba", "microsoft")
UNKNOWN = BAD.replace("party:alibaba", "")
OTHER = BAD.replace("sensitive,US", "other,US")
AUDIT = ("audit", "--regime", "us-clean-network", "--as-of", DAY)
MINI = {
    "id": "mini",
    "title": "A made-up regime",
    "issuer": "AA",
    "legal": "It binds nobody.",
    "home": "US",
    "tests_as_of": None,
    "lists": {"clouds": {"list": "us-clean-network", "scope": "cloud", "statuses": ["named"]}},
}
CASES = [
    {"given": {"operator": ["party:baidu"]}, "verdict": "violation"},
    {"given": {"operator": ["party:microsoft"]}, "verdict": "compliant"},
    {"given": {}, "verdict": "unknown"},
]


def mini(path: Path, *, file: str = "mini.yaml", **keys: object) -> Path:
    """Write a regime of one rule about data stores, with the rule's keys changed."""
    one = rule('operator.exists(t, t.listed("clouds"))', tests=CASES, applies='data_class != "other"')
    for case in one["tests"]:
        case["given"] = {"data_class": "secret"} | case["given"]
    document = MINI | {"tests_as_of": None, "rules": [one | keys]}
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True).replace(
        "tests_as_of: null", "tests_as_of: 2026-07-31"
    )
    return write(path / file, text)


def audited(*arguments: str | Path) -> dict[str, object]:
    """Return the report of an audit in JSON."""
    result = run("audit", *arguments, "--format", "json")
    assert result.exit_code in (0, 1, 3), result.output
    return json.loads(result.stdout)  # type: ignore[no-any-return]
